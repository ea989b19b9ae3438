/** Readings from other meter readers: the ESP32 module of dabbler.dk, amsreader and its derivatives. */
import { badPayload } from '../message.js';
import { decodedFields, nothingKnown, payloadOf, type ReaderMessage } from './decode.js';
import { objectIn } from './lenient-json.js';
import { plainValue } from './plain-topics.js';
import { withoutZeros } from './zeros.js';

export type { ReaderMessage } from './decode.js';
export { isPlainTopic } from './plain-topics.js';
export {
  type KnownReader,
  type NoReading,
  readerName,
  type ReaderInput,
  type ReaderResult,
  receiveFromReader,
} from './receive.js';
export { recallReader } from './memory.js';

/** One message alone cannot show whether its zeros were measured. */
const BELIEVED = { hasRead: true, hasPhasePower: true };

/**
 * The reading in one message of another reader, in our units and of any age; `receiveFromReader` also decides whether
 * it is new. These readers do not verify the meter's responses, so pass their values through mep-plausibility.
 * @param payload an object, or JSON as text or bytes
 * @throws UsageError `bad-payload`: no JSON, from no known reader, or from a reader that has not read its meter yet
 */
export function fromReader(payload: unknown): ReaderMessage {
  const decoded = decodedFields(objectIn(payload));
  if (decoded === undefined) throw nothingKnown();
  const { values, meter } = decoded;
  withoutZeros(values, BELIEVED);
  if (values.size === 0) throw badPayload('the reader has not read its meter yet');
  return { payload: payloadOf(values), meter };
}

/**
 * The reading in a message of a reader that publishes each value on a topic of its own.
 * @param topic one that `isPlainTopic` accepts
 * @returns undefined where the message holds no value of the meter, or the reader has not read its meter yet
 * @throws UsageError `bad-payload`: a value that is no number
 */
export function fromPlainTopic(topic: string, payload: unknown): ReaderMessage | undefined {
  const value = plainValue(topic, payload);
  if (value === undefined) return undefined;
  const values = new Map([value]);
  withoutZeros(values, BELIEVED);
  if (values.size === 0) return undefined;
  return { payload: payloadOf(values), meter: { serial: null, manufacturer: null, model: null, firmware: null } };
}
