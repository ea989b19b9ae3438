/**
 * Masks what may contain a key before it is traced: the password of the optical port, data of writes, tables with
 * keys, and the user's own keys wherever and in whichever form they appear. Its only state is that of the present connection.
 */
import { decodeLenientRequest, FULL_TABLE_WRITE, isWrite, PARTIAL_TABLE_WRITE } from '../../c1218/services.js';
import { byteAt } from '../../bytes/byte-at.js';
import { LENGTH_BYTES } from '../../mep/message.js';
import { HEADER_BYTES, START_OF_PACKET } from '../../optical/packet.js';
import { CATALOGUE, holdsSecrets } from '../../tables/index.js';
import { KeySearch } from '../key-search.js';
import type { TraceBytes } from './line.js';

const SECURITY = 0x51;
/** Keys are found by pieces that hold this many bytes of them, so that a damaged or cut one is masked as well. */
const PIECE_KEY_BYTES = 4;
/** BT07, ET52 and ET53 repeat what procedures and transactions were given. */
const REPEATING_TABLES = [7, 2100, 2101];
const SENSITIVE_TABLES: ReadonlySet<number> = new Set([
  ...REPEATING_TABLES,
  ...CATALOGUE.filter(holdsSecrets).map(({ number }) => number),
]);
/** Bytes of a write before its data. */
const WRITE_HEADER_BYTES: ReadonlyMap<number, number> = new Map([
  [FULL_TABLE_WRITE, 5],
  [PARTIAL_TABLE_WRITE, 8],
]);

/** How the messages of a link are laid out on its line. */
export type LineFormat = 'mep' | 'optical' | 'encrypted';

/** The mask of one connection. */
export class TraceMask {
  readonly #format: LineFormat;
  readonly #keys: KeySearch;
  /** Bytes of the present request that may be seen; undefined where all may. */
  #visibleBytes: number | undefined;
  #request: Uint8Array = new Uint8Array(0);
  #hidesAnswers = false;
  /** The last bytes that were returned, which may be the beginning of a key. */
  #before: Uint8Array = new Uint8Array(0);
  /** Received bytes that are held back, since they may be the beginning of a key. */
  #held: Uint8Array = new Uint8Array(0);

  /** @param secrets the keys, as bytes */
  constructor(format: LineFormat, secrets: readonly Uint8Array[]) {
    this.#format = format;
    this.#keys = new KeySearch(secrets, PIECE_KEY_BYTES);
  }

  /** A request begins. @returns its bytes as they may be shown */
  request(message: Uint8Array): TraceBytes {
    const code = byteAt(message, 0);
    this.#request = message;
    this.#visibleBytes = code === SECURITY && this.#format === 'optical' ? 1 : WRITE_HEADER_BYTES.get(code);
    if (code === SECURITY && this.#format === 'optical') this.#keys.addBytes(message.subarray(1));
    // An optical head may receive its own light, and a late answer may come after the next request.
    if (this.#isSensitive(message)) this.#hidesAnswers = true;
    return this.#shown(message, this.#visibleBytes ?? message.length);
  }

  /** An answer was accepted. @returns it as it may be shown */
  accepted(answer: Uint8Array): TraceBytes {
    const shown = this.#shown(answer, this.#hidesAnswers ? 1 : answer.length);
    this.#hidesAnswers = false;
    return shown;
  }

  /** Bytes on their way to the meter, one message or packet. */
  sent(bytes: Uint8Array): TraceBytes {
    if (this.#visibleBytes === undefined || this.#format === 'encrypted') return this.#shown(bytes, bytes.length);
    if (this.#format === 'mep') {
      const end = LENGTH_BYTES + this.#request.length;
      return this.#shown(bytes, LENGTH_BYTES + this.#visibleBytes, end);
    }
    if (bytes[0] !== START_OF_PACKET) return this.#shown(bytes, bytes.length);
    // The CRC of a masked packet reveals part of its content, in the echo as well.
    const isFirst = bytes[HEADER_BYTES] === this.#request[0];
    if (this.#visibleBytes === 1) this.#keys.addBytes(bytes.subarray(HEADER_BYTES + 1));
    return this.#shown(bytes, HEADER_BYTES + (isFirst ? this.#visibleBytes : 0));
  }

  /** Bytes from the meter, in any chunks. @returns what may be shown by now; the rest follows. */
  received(chunk: Uint8Array): TraceBytes {
    const before = this.#before.length;
    const bytes = joined(this.#before, this.#held, chunk);
    const mask = this.#hidesAnswers ? new Uint8Array(bytes.length).fill(1) : this.#keys.find(bytes);
    const begun = this.#hidesAnswers ? 0 : this.#keys.begunAtEnd(bytes, mask);
    const end = Math.max(before, bytes.length - begun);
    this.#held = bytes.slice(end);
    this.#before = bytes.slice(Math.max(0, end - (this.#keys.longestPiece - 1)), end);
    return masked(bytes.slice(before, end), mask.slice(before, end));
  }

  /** Bytes that were held back and are not part of a key. */
  rest(): TraceBytes {
    const bytes = this.#held;
    this.#held = new Uint8Array(0);
    this.#before = joined(this.#before, bytes).slice(1 - this.#keys.longestPiece);
    return { bytes, mask: undefined };
  }

  #isSensitive(message: Uint8Array): boolean {
    if (WRITE_HEADER_BYTES.has(byteAt(message, 0))) return true;
    const request = decodeLenientRequest(message);
    return request !== undefined && (isWrite(request) || SENSITIVE_TABLES.has(request.table));
  }

  /** @param end masks the bytes from `visible` up to here */
  #shown(bytes: Uint8Array, visible: number, end = bytes.length): TraceBytes {
    const mask = this.#keys.find(bytes);
    if (visible < end) mask.fill(1, visible, end);
    return masked(bytes, mask);
  }
}

function masked(bytes: Uint8Array, mask: Uint8Array): TraceBytes {
  if (!mask.includes(1)) return { bytes, mask: undefined };
  return { bytes: bytes.map((byte, index) => (mask[index] === 1 ? 0 : byte)), mask };
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
