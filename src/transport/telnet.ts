/**
 * A bridge that speaks telnet (RFC 854) changes some bytes: 255 is a command to it. Only some numbers and digests hold that
 * byte, so such a bridge works some of the time.
 */
import { mayComeFromLostBytes } from '../error-kinds.js';
import { ProtocolError } from '../errors.js';
import type { Transport } from './transport.js';

const IAC = 255;
const WILL = 251;
const DONT = 254;
/** No option that a bridge negotiates has a higher number. */
const HIGHEST_OPTION = 49;
const NEGOTIATION_BYTES = 3;

/** Detects by the first bytes of a connection whether the far end negotiates telnet options. */
export class TelnetDetector {
  readonly #first: number[] = [];

  /** Adds received bytes, in any chunks. */
  push(bytes: Uint8Array): void {
    this.#first.push(...bytes.subarray(0, NEGOTIATION_BYTES - this.#first.length));
  }

  get isTelnet(): boolean {
    const [iac, verb = 0, option = IAC] = this.#first;
    return iac === IAC && verb >= WILL && verb <= DONT && option <= HIGHEST_OPTION;
  }
}

/**
 * Replaces an error that telnet may have caused by one that names telnet; returns any other error as it is.
 * @param line the transport of the failed request
 */
export function namingTelnet(
  error: unknown,
  { description, isTelnet }: Pick<Transport, 'description' | 'isTelnet'>,
): unknown {
  if (isTelnet !== true || !mayComeFromLostBytes(error)) return error;
  return new ProtocolError('bridge-telnet', `The bridge ${description} speaks telnet: ${error.message}`, {
    cause: error,
    ...(error.raw && { raw: error.raw }),
  });
}
