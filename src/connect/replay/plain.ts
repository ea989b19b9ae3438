/** Encrypted conversations as those of a port without encryption, since a trace does not contain the key. Pure. */
import { DIGEST_BYTES } from '../../mep/digest.js';
import type { TracedExchange } from '../trace/conversation.js';
import type { TraceHead } from '../trace/line.js';
import type { Transmission } from './transmission.js';

/** The line of bytes that were not received in this form. */
const NO_LINE = -1;

/**
 * The transmissions of an exchange as a port with digest security would answer them: verified answers in plain, each to a
 * transmission of its own. What else was received cannot be verified without the key, so that a request which only caused
 * such bytes is not playable.
 */
export function inPlain(
  { protocol, security }: TraceHead,
  exchange: TracedExchange,
  transmissions: readonly Transmission[],
): { readonly transmissions: readonly Transmission[]; readonly isUnplayable: boolean } {
  if (protocol !== 'mep' || security === 'digest' || security === '') return { transmissions, isUnplayable: false };
  const verified = transmissions
    .map((transmission, index) => answered(transmission, exchange, transmissions[index + 1]?.line ?? Infinity))
    .filter((transmission) => transmission !== undefined);
  const wasSilent = transmissions.every(({ incoming }) => incoming.length === 0);
  if (wasSilent) return { transmissions, isUnplayable: false };
  if (exchange.failed === undefined) return { transmissions: verified, isUnplayable: false };
  return { transmissions: [], isUnplayable: true };
}

/** A transmission with its verified answers in place of the received bytes; undefined if it has none. */
function answered(transmission: Transmission, { answers }: TracedExchange, nextLine: number): Transmission | undefined {
  const incoming = answers.flatMap(({ bytes, refs }) => {
    const line = refs[0]?.line ?? NO_LINE;
    if (line < transmission.line || line > nextLine) return [];
    // Bytes that came later belong to a repetition.
    const afterMs = transmission.incoming.filter((received) => received.line < line).at(-1)?.afterMs ?? 0;
    const length = bytes.length + DIGEST_BYTES;
    return [
      { afterMs, line: NO_LINE, bytes: Uint8Array.of(length >> 8, length & 0xff) },
      { afterMs, line, bytes },
      { afterMs, line: NO_LINE, bytes: new Uint8Array(DIGEST_BYTES) },
    ];
  });
  // The sequence number that was sent is not visible.
  return incoming.length === 0 ? undefined : { ...transmission, sent: new Uint8Array(0), incoming };
}
