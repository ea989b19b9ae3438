import { byteAt } from '../bytes/byte-at.js';
import { toHex } from '../bytes/hex.js';
import { alarmsOf, type MBusDevice, serialOf } from './device.js';
import { manufacturerOf } from './manufacturer.js';
import { mediumOf } from './medium.js';
import { decodeRecords, type MBusRecords, type RecordOptions } from './records.js';

/** A telegram of a device, with a variable or a fixed data structure. */
export interface MBusTelegram extends MBusRecords {
  readonly device: MBusDevice;
  /** True where the records are encrypted: `rest` has all their bytes, and `records` is empty. */
  readonly isEncrypted: boolean;
}

export interface TelegramOptions extends RecordOptions {
  /** Whether the records are encrypted; default: by the signature. */
  readonly isCiphertext?: boolean;
}

/** Bytes before the first record. */
const HEADER_BYTES = 12;
/** Encryption methods are 1 to 15; higher numbers are signatures of devices from before these were defined. */
const MAX_METHOD = 15;

/**
 * Decodes a response with a variable data structure.
 * @param bytes from the identification number on, after CI field 72h
 * @returns undefined where the header is cut off
 */
export function decodeTelegram(bytes: Uint8Array, options: TelegramOptions = {}): MBusTelegram | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const header = inOrder(bytes, options);
  const device = {
    serial: serialOf(header),
    manufacturer: manufacturerOf(byteAt(header, 4) | (byteAt(header, 5) << 8)),
    medium: mediumOf(byteAt(header, 7)),
    version: byteAt(header, 6),
    accessNumber: byteAt(header, 8),
    alarms: alarmsOf(byteAt(header, 9)),
  };
  const data = bytes.subarray(HEADER_BYTES);
  const method = byteAt(header, 11) & 0x1f;
  const isEncrypted = options.isCiphertext ?? (method > 0 && method <= MAX_METHOD);
  if (isEncrypted) return { device, isEncrypted, records: [], rest: toHex(data), moreFollows: false };
  return { device, isEncrypted, ...decodeRecords(data, options) };
}

/** The header converted to least significant byte first. */
function inOrder(bytes: Uint8Array, { isMsbFirst = false }: RecordOptions): Uint8Array {
  const header = bytes.slice(0, HEADER_BYTES);
  if (isMsbFirst)
    for (const [from, to] of [
      [0, 4],
      [4, 6],
      [10, 12],
    ] as const)
      header.subarray(from, to).reverse();
  return header;
}
