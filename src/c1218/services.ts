/**
 * The table services that the MEP port and the optical port share [MEP p.12]. Numbers are big-endian here;
 * table data, which this file only carries, is little-endian.
 *
 * | service            | request                                | answer                |
 * |--------------------|----------------------------------------|-----------------------|
 * | full table read    | `30 tttt` (MEP adds `cccc`)            | `00 cccc data`        |
 * | partial table read | `3F tttt oooooo cccc`                  | `00 cccc data`        |
 * | full table write   | `40 tttt cccc data`                    | `00`                  |
 * | partial table write| `4F tttt oooooo cccc data`             | `00`                  |
 */
import { ProtocolError, type ProtocolErrorCode, UsageError } from '../errors.js';

export const FULL_TABLE_READ = 0x30;
export const PARTIAL_TABLE_READ = 0x3f;
export const FULL_TABLE_WRITE = 0x40;
export const PARTIAL_TABLE_WRITE = 0x4f;

/** Sizes of request and response code, table number, offset and count. */
const CODE_BYTES = 1;
const TABLE_BYTES = 2;
const OFFSET_BYTES = 3;
const COUNT_BYTES = 2;
const MAX_COUNT = 0xffff;

export type TableRequest =
  | ({ readonly service: 'full-read'; readonly table: number } & ReadLength)
  | ({ readonly service: 'partial-read'; readonly table: number; readonly offset: number } & ReadLength)
  | { readonly service: 'full-write'; readonly table: number; readonly data: Uint8Array }
  | { readonly service: 'partial-write'; readonly table: number; readonly offset: number; readonly data: Uint8Array };

/** The length of a read. */
interface ReadLength {
  readonly count: number;
  /** The length is missing or has one byte: `count` is then the maximum. We never send such a request. [MEP p.12] */
  readonly isWithoutLength?: true;
}

/**
 * The response codes of the MEP port [MEP p.12, p.15]. 0A and above have other meanings on the optical port. The guide omits
 * C12.18's codes for a busy device; they have the meaning of the standard here too.
 */
export const RESPONSE_CODES = {
  ok: 0x00,
  unrecognisedRequest: 0x01,
  unsupportedRequest: 0x02,
  noPermission: 0x03,
  operationNotPossible: 0x04,
  tableOperationNotPossible: 0x05,
  deviceBusy: 0x06,
  dataNotReady: 0x07,
  dataLocked: 0x08,
  invalidServiceSequence: 0x0a,
  authenticationFailure: 0x0b,
  invalidSequenceNumber: 0x0c,
} as const;

const REFUSALS: ReadonlyMap<number, { code: ProtocolErrorCode; text: string }> = new Map([
  [RESPONSE_CODES.unrecognisedRequest, { code: 'unrecognised-request', text: 'does not recognise the request' }],
  [RESPONSE_CODES.unsupportedRequest, { code: 'unsupported-request', text: 'does not support the request' }],
  [RESPONSE_CODES.noPermission, { code: 'no-permission', text: 'gives this key no permission' }],
  [RESPONSE_CODES.operationNotPossible, { code: 'operation-not-possible', text: 'cannot do this now' }],
  [RESPONSE_CODES.tableOperationNotPossible, { code: 'table-not-available', text: 'does not have this table' }],
  [RESPONSE_CODES.deviceBusy, { code: 'meter-busy', text: 'is busy' }],
  [RESPONSE_CODES.dataNotReady, { code: 'meter-busy', text: 'has the data not ready yet' }],
  [RESPONSE_CODES.dataLocked, { code: 'meter-busy', text: 'has locked the data' }],
  [RESPONSE_CODES.invalidServiceSequence, { code: 'session-required', text: 'wants a (TLS) session first' }],
]);

/** A write as the guide's examples have it: the beginning of a table is written without an offset. [MEP p.17, p.46, p.53] */
export function writeRequest(table: number, offset: number, data: Uint8Array): TableRequest {
  return offset === 0 ? { service: 'full-write', table, data } : { service: 'partial-write', table, offset, data };
}

/** Whether the request changes the meter. */
export function isWrite(request: TableRequest): request is Extract<TableRequest, { data: Uint8Array }> {
  return request.service === 'full-write' || request.service === 'partial-write';
}

/**
 * The bytes of a request as the MEP port wants them, from the code to the last data byte.
 * @throws UsageError `bad-count`, `bad-offset` when a number does not fit its field.
 */
export function encodeRequest(request: TableRequest): Uint8Array {
  const hasOffset = request.service === 'partial-read' || request.service === 'partial-write';
  const data = isWrite(request) ? request.data : undefined;
  const count = isWrite(request) ? request.data.length : request.count;
  if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
    throw new UsageError('bad-count', `A count of ${count} bytes is not possible`, { values: { count } });
  }
  const header = CODE_BYTES + TABLE_BYTES + (hasOffset ? OFFSET_BYTES : 0) + COUNT_BYTES;
  const bytes = new Uint8Array(header + (data?.length ?? 0));
  const view = new DataView(bytes.buffer);
  bytes[0] = REQUEST_CODES[request.service];
  view.setUint16(1, request.table);
  if (hasOffset) {
    const { offset } = request;
    if (!Number.isInteger(offset) || offset < 0 || offset > 0xffffff) {
      throw new UsageError('bad-offset', `An offset of ${offset} is not possible`, { values: { offset } });
    }
    view.setUint8(3, offset >> 16);
    view.setUint16(4, offset & 0xffff);
  }
  view.setUint16(header - COUNT_BYTES, count);
  if (data) bytes.set(data, header);
  return bytes;
}

const REQUEST_CODES = {
  'full-read': FULL_TABLE_READ,
  'partial-read': PARTIAL_TABLE_READ,
  'full-write': FULL_TABLE_WRITE,
  'partial-write': PARTIAL_TABLE_WRITE,
} as const;

/**
 * A request from its bytes: the meter's side of `encodeRequest`.
 * @returns undefined when the code is unknown or the bytes do not add up.
 */
export function decodeRequest(bytes: Uint8Array): TableRequest | undefined {
  if (bytes.length < CODE_BYTES + TABLE_BYTES + COUNT_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const table = view.getUint16(1);
  const code = bytes[0];
  const hasOffset = code === PARTIAL_TABLE_READ || code === PARTIAL_TABLE_WRITE;
  const header = CODE_BYTES + TABLE_BYTES + (hasOffset ? OFFSET_BYTES : 0) + COUNT_BYTES;
  if (bytes.length < header) return undefined;
  const offset = hasOffset ? view.getUint8(3) * 0x10000 + view.getUint16(4) : 0;
  const count = view.getUint16(header - COUNT_BYTES);
  const data = bytes.subarray(header);
  if (code === FULL_TABLE_READ || code === PARTIAL_TABLE_READ) {
    if (data.length !== 0) return undefined;
    return hasOffset ? { service: 'partial-read', table, offset, count } : { service: 'full-read', table, count };
  }
  if (code === FULL_TABLE_WRITE || code === PARTIAL_TABLE_WRITE) {
    if (data.length !== count) return undefined;
    return hasOffset ? { service: 'partial-write', table, offset, data } : { service: 'full-write', table, data };
  }
  return undefined;
}

/**
 * As `decodeRequest`, and reads whose length is missing or has one byte: "the interpreted value will be indeterminate. No
 * error will be returned in this case." [MEP p.12]
 */
export function decodeLenientRequest(bytes: Uint8Array): TableRequest | undefined {
  const strict = decodeRequest(bytes);
  const [code] = bytes;
  const hasOffset = code === PARTIAL_TABLE_READ;
  const header = CODE_BYTES + TABLE_BYTES + (hasOffset ? OFFSET_BYTES : 0);
  const isShort = bytes.length >= header && bytes.length < header + COUNT_BYTES;
  if (strict || !isShort || (code !== FULL_TABLE_READ && code !== PARTIAL_TABLE_READ)) return strict;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = { count: MAX_COUNT, isWithoutLength: true } as const;
  const table = view.getUint16(1);
  if (!hasOffset) return { service: 'full-read', table, ...length };
  return { service: 'partial-read', table, offset: view.getUint8(3) * 0x10000 + view.getUint16(4), ...length };
}

/** An answer to a table request: the data of a read, or nothing for a write. */
export interface TableAnswer {
  readonly data: Uint8Array;
}

/**
 * The data of an answer whose authenticity has been verified, from the response code to the last data byte.
 * @throws ProtocolError by response code; `inconsistent-answer` when count, data and request disagree: trailing zeros and
 * the length are not covered by the MEP digest, so they are checked here.
 */
export function decodeAnswer(request: TableRequest, answer: Uint8Array): TableAnswer {
  const status = answer[0];
  if (status === undefined) throw new ProtocolError('inconsistent-answer', 'An empty answer', { raw: answer });
  if (status !== RESPONSE_CODES.ok) throw refusalError(status, answer);
  if (isWrite(request)) {
    if (answer.length !== 1) throw inconsistent('A write was answered with data', answer);
    return { data: new Uint8Array(0) };
  }
  if (answer.length < CODE_BYTES + COUNT_BYTES) throw inconsistent('An answer without a count', answer);
  const count = new DataView(answer.buffer, answer.byteOffset).getUint16(1);
  const data = answer.subarray(CODE_BYTES + COUNT_BYTES);
  if (count !== data.length) throw inconsistent(`Count ${count} but ${data.length} bytes of data`, answer);
  if (count > request.count) throw inconsistent(`Asked for ${request.count} bytes, got ${count}`, answer);
  return { data: data.slice() };
}

/** The error for a response code other than 00. */
export function refusalError(status: number, raw: Uint8Array): ProtocolError {
  const known = REFUSALS.get(status);
  const hex = status.toString(16).padStart(2, '0').toUpperCase();
  return new ProtocolError(known?.code ?? 'unknown-response-code', `The meter ${known?.text ?? 'refused'} (${hex})`, {
    raw,
    status,
    values: { status: hex },
  });
}

/**
 * The error of a write that the meter may have executed.
 * @param cause the reason why there is no answer
 */
export function outcomeUnknown(cause?: unknown): ProtocolError {
  return new ProtocolError('write-outcome-unknown', 'The answer to a write was lost: whether it was done is unknown', {
    ...(cause !== undefined && { cause }),
  });
}

/** The error for a request that does not fit a message; nothing was sent. */
export function requestTooLong(bytes: number): ProtocolError {
  return new ProtocolError('request-too-long', `A request of ${bytes} bytes does not fit a message`);
}

function inconsistent(message: string, raw: Uint8Array): ProtocolError {
  return new ProtocolError('inconsistent-answer', message, { raw });
}
