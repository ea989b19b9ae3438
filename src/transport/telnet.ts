/**
 * A bridge that speaks telnet (RFC 854) does not carry all bytes as they are: 255 is a command to it. Some numbers and
 * signatures hold one, so that such a bridge seems to work now and then.
 */
import { mayComeFromLostBytes } from '../error-kinds.js';
import { ProtocolError } from '../errors.js';
import type { Transport } from './transport.js';

const IAC = 255;
const WILL = 251;
const DONT = 254;
/** Higher numbers are given to no option that a bridge may want. */
const HIGHEST_OPTION = 49;
const GREETING_BYTES = 3;

/** Tells by the first bytes of a connection whether the far end negotiates options of telnet. */
export class TelnetDetector {
  readonly #first: number[] = [];

  /** Takes in what came, in any chunks. */
  push(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length && this.#first.length < GREETING_BYTES; i++) {
      this.#first.push(bytes[i] as number);
    }
  }

  get isTelnet(): boolean {
    const [iac, verb = 0, option = IAC] = this.#first;
    return iac === IAC && verb >= WILL && verb <= DONT && option <= HIGHEST_OPTION;
  }
}

/**
 * The error that names the reason of what failed over a line that speaks telnet; any other error as it is.
 * @param line what it failed over
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
