/**
 * The lines of a trace: `2026-03-01T12:00:00.123Z > 00 14 3F 00 17 ...`. The wall time, a direction, and bytes in hex, or the
 * words of an event. Pure.
 */
import { toHex } from '../../bytes/hex.js';

/** `>` to the meter, `<` from it, `-` an event. */
export type TraceDirection = '>' | '<' | '-';

/** Bytes, and which of them are masked; masked bytes are 0 here. */
export interface TraceBytes {
  readonly bytes: Uint8Array;
  /** 1 for each byte that is masked; undefined where none is. */
  readonly mask: Uint8Array | undefined;
}

/** One line of a trace. */
export type TraceLine =
  | ({ readonly direction: '>' | '<'; readonly at: number } & TraceBytes)
  /** `word` is the event, `rest` its details. */
  | { readonly direction: '-'; readonly at: number; readonly word: string; readonly rest: string };

/** The version of the format that this program writes, and the only one it knows. */
export const TRACE_VERSION = 1;
/** Maximum length of a line; the longest chunk of a port needs less. */
export const MAX_TRACE_LINE = 65_536;

const MASKED = '**';
const LINE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z) ([<>-]) (\S.*)$/;
const HEX = /^(?:[0-9a-f]{2}|\*\*)(?: (?:[0-9a-f]{2}|\*\*))*$/i;
const EVENT = /^([a-z][a-z-]*)(?::? (.*))?$/;

/** The bytes of a line: `3F 00 17`, `**` for each that is masked. */
export function traceHex({ bytes, mask }: TraceBytes): string {
  if (!mask) return toHex(bytes);
  return Array.from(bytes, (byte, index) => (mask[index] === 1 ? MASKED : toHex(Uint8Array.of(byte)))).join(' ');
}

/** Parses bytes in the form of `traceHex`; undefined for other text. */
export function traceBytesOf(text: string): TraceBytes | undefined {
  const trimmed = text.trim();
  if (!HEX.test(trimmed)) return undefined;
  const pairs = trimmed.split(' ');
  const bytes = Uint8Array.from(pairs, (pair) => (pair === MASKED ? 0 : Number.parseInt(pair, 16)));
  return {
    bytes,
    mask: trimmed.includes('*') ? Uint8Array.from(pairs, (pair) => (pair === MASKED ? 1 : 0)) : undefined,
  };
}

/** A line without its end. */
export function formatTraceLine(line: TraceLine): string {
  const head = `${new Date(line.at).toISOString()} ${line.direction} `;
  if (line.direction !== '-') return head + traceHex(line);
  return head + line.word + (line.rest === '' ? '' : ` ${line.rest}`);
}

/**
 * Parses a line of a trace.
 * @returns undefined for other text
 */
export function parseTraceLine(text: string): TraceLine | undefined {
  const [, time = '', direction = '', content = ''] = LINE.exec(text.trimEnd()) ?? [];
  const at = Date.parse(time);
  if (Number.isNaN(at)) return undefined;
  if (direction === '-') {
    const [, word, rest = ''] = EVENT.exec(content) ?? [];
    return word === undefined ? undefined : { direction, at, word, rest };
  }
  const found = traceBytesOf(content);
  return found && { direction: direction === '>' ? '>' : '<', at, ...found };
}

/** Content of the first line of each connection: program, port, and security of its messages. */
export interface TraceHead {
  readonly version: number;
  readonly protocol: string;
  readonly security: string;
}

/** Parses the head in a `trace` event; undefined for other text. */
export function traceHeadOf(rest: string): TraceHead | undefined {
  const [, version, protocol = '', security = ''] = /^(\d+)(?: nes-meter \S+ (\w+)(?: (\w+))?)?/.exec(rest) ?? [];
  return version === undefined ? undefined : { version: Number(version), protocol, security };
}

/** The bytes in the words of an event: before the colon of `request`, after the colon of `accepted`. */
export function eventBytes(word: string, rest: string): TraceBytes | undefined {
  const at = rest.indexOf(':');
  if (word === 'request') return traceBytesOf(at < 0 ? rest : rest.slice(0, at));
  return at < 0 ? undefined : traceBytesOf(rest.slice(at + 1));
}
