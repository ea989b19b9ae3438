/** Transactions: requests in ET52 that a meter executes together, and their answers in ET53. [MEP p.43-50, p.130-132] */
import { concatBytes } from '../bytes/hex.js';
import { decodeLenientRequest, isWrite, RESPONSE_CODES, type TableRequest } from '../c1218/services.js';

const HEADER_BYTES = 5;
const NUMBER_BYTES = 2;
const LENGTH_BYTES = 2;
const REQUESTS = 0;
const RESPONSES = 1;
const SOME_RESPONSES = 2;

type Perform = (request: TableRequest) => { readonly code: number; readonly data?: Uint8Array };

/**
 * Runs the transaction in ET52 when its number is at both ends.
 * @param maxBytes size of ET53
 * @returns the content of ET53; undefined where the transaction is not complete
 */
export function runTransaction(requests: Uint8Array, maxBytes: number, perform: Perform): Uint8Array | undefined {
  const view = new DataView(requests.buffer, requests.byteOffset, requests.byteLength);
  const size = view.getUint16(0, true);
  const number = view.getUint16(3, true);
  if (size < HEADER_BYTES + NUMBER_BYTES || size > requests.length || requests[2] !== REQUESTS) return undefined;
  const end = size - NUMBER_BYTES;
  if (view.getUint16(end, true) !== number) return undefined;
  const answers: Uint8Array[] = [];
  let length = HEADER_BYTES + NUMBER_BYTES;
  let type = RESPONSES;
  for (let at = HEADER_BYTES; at + LENGTH_BYTES <= end;) {
    const next = at + LENGTH_BYTES + view.getUint16(at, true);
    if (next > end || next === at + LENGTH_BYTES) return undefined;
    const answer = answerTo(decodeLenientRequest(requests.subarray(at + LENGTH_BYTES, next)), perform);
    length += answer.length;
    if (length > maxBytes) {
      type = SOME_RESPONSES;
      length -= answer.length;
      break;
    }
    answers.push(answer);
    at = next;
  }
  const head = concatBytes(little(length), Uint8Array.of(type), little(number));
  return concatBytes(head, ...answers, little(number));
}

function answerTo(request: TableRequest | undefined, perform: Perform): Uint8Array {
  const { code, data } = request ? perform(request) : { code: RESPONSE_CODES.unrecognisedRequest, data: undefined };
  const hasData = code === RESPONSE_CODES.ok && request !== undefined && !isWrite(request);
  const read = data ?? new Uint8Array(0);
  const message = hasData
    ? concatBytes(Uint8Array.of(code, read.length >> 8, read.length & 0xff), read)
    : Uint8Array.of(code);
  return concatBytes(little(message.length), message);
}

const little = (value: number): Uint8Array => Uint8Array.of(value & 0xff, value >> 8);
