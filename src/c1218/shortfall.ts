import { isCut } from '../error-kinds.js';
import { type MeterError, ProtocolError } from '../errors.js';

/**
 * The received part of an answer whose length was known.
 * @inline
 */
export interface Shortfall {
  /** Length of the answer, as it says itself. */
  readonly expected: number;
  /** Bytes received before the line was quiet. */
  readonly received: number;
}

/** Cut answers to one request before a conclusion: noise breaks one of them, not each. */
const MIN_SHORTFALLS = 2;
/** Size of an alert or an acknowledgement before an answer. */
const MAX_OTHER_BYTES = 2;
/** A filter removes few bytes; a buffer cuts off more, or always at the same place. */
const MAX_SWALLOWED_BYTES = 12;
/** XON and XOFF, which a bridge with software flow control removes. */
export const FLOW_CONTROL_BYTES: readonly number[] = [0x11, 0x13];

/** Distinguishes answers that a bridge cuts from answers that noise breaks. */
export class ShortfallWatch {
  #shortfalls: Shortfall[] = [];
  /** A flow-control byte was received, so that no filter removes them. */
  #passesFlowControl = false;

  /** A new request begins. */
  restart(): void {
    this.#shortfalls = [];
  }

  noteBytes(bytes: Uint8Array): void {
    this.#passesFlowControl ||= bytes.some((byte) => FLOW_CONTROL_BYTES.includes(byte));
  }

  /** An answer began and was not completed. */
  note(shortfall: Shortfall): void {
    this.#shortfalls.push(shortfall);
  }

  /**
   * What shortened every answer to a request: `answer-cut` where the last ones stopped at the same byte,
   * `bridge-flow-control` where each lacked a few bytes and none of flow control ever came; undefined where neither is plain.
   */
  get error(): ProtocolError | undefined {
    const last = this.#shortfalls.at(-1);
    if (!last || this.#shortfalls.length < MIN_SHORTFALLS) return undefined;
    if (areFew(last)) {
      if (!this.#shortfalls.every(areFew)) return undefined;
      if (!this.#passesFlowControl) return flowControl(last);
      const isSame = this.#shortfalls.every(({ received }) => received === last.received);
      return isSame && this.#shortfalls.length > MIN_SHORTFALLS ? answerCut(last) : undefined;
    }
    const latest = this.#shortfalls.slice(-MIN_SHORTFALLS);
    if (!latest.every((other) => other.expected === last.expected && isSamePlace(other, last))) return undefined;
    return answerCut({ ...last, received: Math.min(...latest.map(({ received }) => received)) });
  }
}

/** Whether so few bytes are missing that they may have been swallowed, or lost one by one. */
export function areFew({ expected, received }: Shortfall): boolean {
  return expected - received <= MAX_SWALLOWED_BYTES;
}

/** Whether two answers stopped at the same byte of what a bridge passed on. */
export function isSamePlace(one: Shortfall, other: Shortfall): boolean {
  return Math.abs(one.received - other.received) <= (areFew(one) ? 0 : MAX_OTHER_BYTES);
}

function answerCut({ expected, received }: Shortfall): ProtocolError {
  return new ProtocolError('answer-cut', `Only ${received} of ${expected} bytes of the answer came, each time`, {
    values: { expected, received },
  });
}

/** The error of a request whose answers lack bytes of flow control. */
export function flowControl({ expected, received }: Shortfall): ProtocolError {
  return new ProtocolError(
    'bridge-flow-control',
    `Only ${received} of ${expected} bytes of the answer came, and the missing ones are not at its end`,
    {
      values: { expected, received },
    },
  );
}

/** Where the answers stopped that an error is about; undefined for every other error. */
export function shortfallOf(error: MeterError): Shortfall | undefined {
  const { expected, received } = error.values;
  if (!isCut(error) || typeof expected !== 'number' || typeof received !== 'number') return undefined;
  return { expected, received };
}
