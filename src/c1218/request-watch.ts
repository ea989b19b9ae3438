import { toHex } from '../bytes/hex.js';
import { isUnheard } from '../error-kinds.js';
import { type MeterError, ProtocolError } from '../errors.js';
import { FLOW_CONTROL_BYTES } from './shortfall.js';

/** Lost messages before a conclusion. Noise would have to lose every repetition of each, and no message without the bytes. */
const MIN_LOST = 3;
/** Transmissions of one message without a response before it counts as lost. */
const MIN_TRANSMISSIONS = 2;
/** Lost messages that are kept: those of requests that the meter never answers are no proof. */
const MAX_KEPT = 16;

/** A message that holds a flow-control byte and was not answered. */
interface LostMessage {
  readonly message: string;
  /** What it asks, before it is numbered and signed. */
  readonly request: string;
  /** The next message was answered, so that the meter was there. */
  isMeterThere: boolean;
  /** The same request was answered in another message, so that the meter does answer it. */
  isRequestAnswered: boolean;
}

/**
 * Detects a bridge that removes XON and XOFF from messages to the meter: of the messages on a connection just those with such
 * a byte are not answered. A number and a signature put the byte into some messages of any request.
 */
export class RequestWatch {
  #passesFlowControl = false;
  #isPreviousAnswered = false;
  #lost: LostMessage[] = [];

  /** A connection begins; another bridge may be there. */
  restart(): void {
    this.#passesFlowControl = false;
    this.#interrupt();
  }

  /**
   * A message was answered, and the answer is authentic.
   * @param request what the message asks, before it is numbered and signed
   */
  noteAnswered(message: Uint8Array, request: Uint8Array): void {
    if (this.#passesFlowControl) return;
    if (holdsFlowControl(message)) {
      this.#passesFlowControl = true;
      this.#interrupt();
      return;
    }
    const asked = toHex(request);
    for (const lost of this.#lost) {
      lost.isMeterThere = true;
      lost.isRequestAnswered ||= lost.request === asked;
    }
    this.#isPreviousAnswered = true;
  }

  /**
   * A message was not answered.
   * @param transmissions times it was sent
   * @param error the error of the request
   * @returns that error, or `bridge-flow-control` where the lost messages have these bytes in common and nothing else
   */
  explained(message: Uint8Array, request: Uint8Array, transmissions: number, error: MeterError): MeterError {
    const isSuspect = !this.#passesFlowControl && holdsFlowControl(message);
    if (!isSuspect || !isUnheard(error) || transmissions < MIN_TRANSMISSIONS) {
      // The meter may be away, or the line bad.
      this.#interrupt();
      return error;
    }
    if (!this.#isPreviousAnswered) return error;
    this.#isPreviousAnswered = false;
    const text = toHex(message);
    const others = this.#lost.filter((lost) => lost.message !== text);
    const proven = others.filter(({ isMeterThere, isRequestAnswered }) => isMeterThere && isRequestAnswered);
    const latest = { message: text, request: toHex(request), isMeterThere: false, isRequestAnswered: false };
    this.#lost = [...others, latest].slice(-MAX_KEPT);
    return proven.length + 1 < MIN_LOST ? error : swallowed(proven.length + 1, error);
  }

  #interrupt(): void {
    this.#lost = [];
    this.#isPreviousAnswered = false;
  }
}

/** Whether a message holds XON or XOFF. */
function holdsFlowControl(message: Uint8Array): boolean {
  return message.some((byte) => FLOW_CONTROL_BYTES.includes(byte));
}

function swallowed(count: number, cause: MeterError): ProtocolError {
  return new ProtocolError(
    'bridge-flow-control',
    `Of the requests just those with a byte 11 or 13 (hex) were not answered: ${count} of them`,
    { cause },
  );
}
