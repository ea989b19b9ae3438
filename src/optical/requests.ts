/**
 * The services of C12.18 at the optical port. Numbers are big-endian; table data, which this file only carries, is
 * little-endian. [OPT p.5, p.9-10, p.13]
 *
 * | service             | request                            | answer                            |
 * |---------------------|------------------------------------|-----------------------------------|
 * | identification      | `20`                               | `00 standard version revision ... 00` |
 * | terminate           | `21`                               | `00`                              |
 * | full table read     | `30 tttt`                          | `00 cccc data checksum`           |
 * | partial table read  | `3F tttt oooooo cccc`              | `00 cccc data checksum`           |
 * | full table write    | `40 tttt cccc data checksum`       | `00`                              |
 * | partial table write | `4F tttt oooooo cccc data checksum`| `00`                              |
 * | logon               | `50 user-id(2) user(10)`           | `00`                              |
 * | security            | `51 password(20)`                  | `00`                              |
 * | logoff              | `52`                               | `00`                              |
 * | negotiate           | `60`+n `size(2) packets` n `baud`  | `00 size(2) packets baud`         |
 * | wait                | `70 seconds`                       | `00`                              |
 */
import { byteAt, uint16At } from '../bytes/byte-at.js';
import { concatBytes } from '../bytes/hex.js';
import { decodeRequest, encodeRequest, FULL_TABLE_READ, isWrite, type TableRequest } from '../c1218/services.js';

const SERVICE_CODES = {
  identification: 0x20,
  terminate: 0x21,
  logon: 0x50,
  security: 0x51,
  logoff: 0x52,
  /** With no baud rate; one more for each that is offered. */
  negotiate: 0x60,
  wait: 0x70,
} as const;

export const PASSWORD_BYTES = 20;
const USER_NAME_BYTES = 10;
/** Baud rates that a negotiation may offer at most. */
const MAX_BAUD_RATES = 11;

/** Baud rates by their codes, from 1 on. */
export const BAUD_RATES: readonly number[] = [300, 600, 1_200, 2_400, 4_800, 9_600, 14_400, 19_200, 28_800, 57_600];

/** A request of the optical port. Full reads name no count here: the meter knows the size of its table. */
export type OpticalRequest =
  | { readonly service: 'identification' | 'terminate' | 'logoff' }
  | {
      readonly service: 'negotiate';
      /** Maximum size of a packet in bytes, overhead included. */
      readonly packetSize: number;
      /** Maximum number of packets of a message. */
      readonly packetCount: number;
      /** In bits a second; empty = stay at this one. */
      readonly baudRates: readonly number[];
    }
  /** The meter checks neither, and logs the id with what is done in the session. [OPT p.13, p.52] */
  | { readonly service: 'logon'; readonly userId: number; readonly userName: string }
  /** The password is one of the meter's keys: MK, PK or RK. [OPT p.13] */
  | { readonly service: 'security'; readonly password: Uint8Array }
  /** Keeps the session open for this long once, instead of the usual 6 s. */
  | { readonly service: 'wait'; readonly seconds: number }
  | { readonly service: 'full-read'; readonly table: number }
  | Exclude<TableRequest, { readonly service: 'full-read' }>;

const BLANK = 0x20;

/** Two's complement of the sum of a table's data, in 8 bits. */
export function dataChecksum(data: Uint8Array): number {
  let sum = 0;
  for (const byte of data) sum += byte;
  return -sum & 0xff;
}

/**
 * A request's message, from its service code on.
 * @throws UsageError `bad-count`, `bad-offset` of a table request; RangeError when a password is no 20 bytes, a user's name
 * is longer than 10 or a baud rate has no code
 */
export function encodeOpticalRequest(request: OpticalRequest): Uint8Array {
  switch (request.service) {
    case 'identification':
    case 'terminate':
    case 'logoff':
      return Uint8Array.of(SERVICE_CODES[request.service]);
    case 'negotiate': {
      const baudCodes = request.baudRates.map(baudCode);
      const code = SERVICE_CODES.negotiate + baudCodes.length;
      return Uint8Array.of(code, ...uint16(request.packetSize), request.packetCount, ...baudCodes);
    }
    case 'logon': {
      const name = new Uint8Array(USER_NAME_BYTES).fill(BLANK);
      name.set(Uint8Array.from(request.userName, (character) => character.charCodeAt(0)));
      return Uint8Array.of(SERVICE_CODES.logon, ...uint16(request.userId), ...name);
    }
    case 'security': {
      if (request.password.length !== PASSWORD_BYTES) throw new RangeError('A password has 20 bytes');
      return Uint8Array.of(SERVICE_CODES.security, ...request.password);
    }
    case 'wait':
      return Uint8Array.of(SERVICE_CODES.wait, request.seconds);
    case 'full-read':
      return Uint8Array.of(FULL_TABLE_READ, ...uint16(request.table));
    default: {
      const bytes = encodeRequest(request);
      return isWrite(request) ? concatBytes(bytes, Uint8Array.of(dataChecksum(request.data))) : bytes;
    }
  }
}

/**
 * A request from its message: the meter's side of `encodeOpticalRequest`.
 * @returns undefined when the code is unknown, the bytes do not add up, or the checksum of a write is wrong
 */
export function decodeOpticalRequest(message: Uint8Array): OpticalRequest | undefined {
  const code = message[0];
  if (code === undefined) return undefined;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const rest = message.subarray(1);
  const plain = (['identification', 'terminate', 'logoff'] as const).find((name) => SERVICE_CODES[name] === code);
  if (plain) return rest.length === 0 ? { service: plain } : undefined;
  if (code >= SERVICE_CODES.negotiate && code <= SERVICE_CODES.negotiate + MAX_BAUD_RATES) return negotiation(message);
  switch (code) {
    case SERVICE_CODES.logon: {
      if (rest.length !== 2 + USER_NAME_BYTES) return undefined;
      return { service: 'logon', userId: view.getUint16(1), userName: text(rest.subarray(2)).trimEnd() };
    }
    case SERVICE_CODES.security:
      return rest.length === PASSWORD_BYTES ? { service: 'security', password: rest.slice() } : undefined;
    case SERVICE_CODES.wait:
      return rest.length === 1 ? { service: 'wait', seconds: byteAt(rest, 0) } : undefined;
    case FULL_TABLE_READ:
      return rest.length === 2 ? { service: 'full-read', table: view.getUint16(1) } : undefined;
    default:
      return tableRequest(message);
  }
}

function negotiation(message: Uint8Array): OpticalRequest | undefined {
  const count = byteAt(message, 0) - SERVICE_CODES.negotiate;
  if (message.length !== 4 + count) return undefined;
  const baudRates = Array.from(message.subarray(4), (code) => BAUD_RATES[code - 1]);
  return {
    service: 'negotiate',
    packetSize: uint16At(message, 1),
    packetCount: byteAt(message, 3),
    baudRates: baudRates.filter((rate) => rate !== undefined),
  };
}

function tableRequest(message: Uint8Array): OpticalRequest | undefined {
  const read = decodeRequest(message);
  if (read && !isWrite(read)) return read.service === 'partial-read' ? read : undefined;
  const write = decodeRequest(message.subarray(0, -1));
  if (!write || !isWrite(write)) return undefined;
  return dataChecksum(write.data) === message[message.length - 1] ? write : undefined;
}

/**
 * The code of a baud rate.
 * @throws RangeError when it has none
 */
export function baudCode(baudRate: number): number {
  const code = BAUD_RATES.indexOf(baudRate) + 1;
  if (code === 0) throw new RangeError(`${baudRate} baud cannot be negotiated`);
  return code;
}

function uint16(value: number): [number, number] {
  return [(value >> 8) & 0xff, value & 0xff];
}

function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
