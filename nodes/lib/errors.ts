import type { NodeAPI } from 'node-red';
import { isMeterError, printable } from '../../src/internal.js';
import { sharedText } from './texts.js';

/** The code of an error that no part of this package threw on purpose. */
export const UNEXPECTED = 'unexpected';
const STACK_FRAME = /^ {4}at .*:\d+(?::\d+)?\)?$/;

/**
 * What a Catch node and the debug sidebar get: the user's text as message, `code` as an own property.
 * The empty name keeps a class name out of `msg.error.message`, which is `String(error)`.
 */
export class NodeError extends Error {
  override readonly name = '';
  readonly code: string;
  /** The response code of the meter's answer, where there was one. */
  readonly status: number | undefined;

  constructor(text: string, cause: unknown) {
    super(text);
    this.code = errorCode(cause);
    this.status = isMeterError(cause) ? cause.status : undefined;
    if (cause instanceof Error) this.stack = stackOf(text, cause);
  }
}

/** Where it happened, below the user's text: the error's own message may hold what a meter or a broker sent. */
function stackOf(text: string, { stack = '' }: Error): string {
  const frames = stack.split('\n').filter((line) => STACK_FRAME.test(line));
  return [text, ...frames.map((line) => printable(line))].join('\n');
}

/** The stable code of an error: one of the package's own, or `unexpected`. */
export function errorCode(error: unknown): string {
  if (error instanceof NodeError || isMeterError(error)) return error.code;
  return UNEXPECTED;
}

/** What happened and what to check next, in the language of the runtime. Holds no secret: no error of the package does. */
export function errorText(RED: NodeAPI, error: unknown): string {
  if (error instanceof NodeError) return error.message;
  const detail = error instanceof Error ? error.message : String(error);
  const values = isMeterError(error) ? error.values : {};
  return sharedText(RED, `errors.${textName(error)}`, { ...values, detail });
}

/** The error to hand to `done` or `node.error`; errors that carry their text already are kept. */
export function toNodeError(RED: NodeAPI, error: unknown): NodeError {
  return error instanceof NodeError ? error : new NodeError(errorText(RED, error), error);
}

/**
 * The name under which the catalogue has the texts for an error: its code. A missing or disabled connection is the
 * commonest bad setting and has texts of its own.
 */
export function textName(error: unknown): string {
  const code = errorCode(error);
  const isConnection = code === 'bad-setting' && isMeterError(error) && error.values['setting'] === 'meter';
  return isConnection ? 'no-connection' : code;
}
