/**
 * Receives messages of other readers and decides for each whether it is a new reading, and the time of that reading.
 */
import { decodedFields, nothingKnown, payloadOf, type ReaderMessage } from './decode.js';
import { objectIn } from './lenient-json.js';
import { isOtherMessage, isOtherTopic } from './other-messages.js';
import { isPlainTopic, plainLoss, plainPrefix, type PlainTime, plainTime, plainValue } from './plain-topics.js';
import { checkTime, type SourceClock, type StaleReason, statedTime } from './source-clock.js';
import { type SourceEvidence, withoutZeros } from './zeros.js';

/** A message as it arrived. */
export interface ReaderInput {
  readonly topic: unknown;
  readonly payload: unknown;
  /** True where the broker had retained the message, so that its age is unknown. */
  readonly retain?: unknown;
}

/** The state of a reader from its messages so far; JSON-safe. */
export interface KnownReader extends SourceEvidence {
  readonly name: string;
  /**
   * Serial number of its meter, from the messages under its topics that have one; null before these, and without
   * topics.
   */
  readonly serial: string | null;
  /** True after the reader reported that its meter does not respond. */
  readonly isLost: boolean;
  /** Clocks by topic and meter. */
  readonly clocks: Readonly<Record<string, SourceClock>>;
  readonly plain: KnownPlain;
}

/** The state of values on topics of their own. */
interface KnownPlain {
  readonly values: Readonly<Record<string, number>>;
  /** Number of value changes: a reader whose values change still reads its meter. */
  readonly changes: number;
  /** By kind of time: why present messages are not new. */
  readonly stale: Readonly<Record<PlainTime['kind'], StaleReason | undefined>>;
}

/** Why a message is no new reading. */
export type NoReading =
  /** It has no meter value. */
  | 'other'
  /** The broker had retained it. */
  | 'stored'
  /** It has the same time as the previous one, or an older one. */
  | StaleReason
  /** The meter does not respond to its reader. */
  | 'lost'
  /** Zeros that cannot come from a meter. */
  | 'unread'
  /** Zeros without evidence that the reader has read its meter. */
  | 'unproven';

export type ReaderResult =
  | { readonly kind: 'reading'; readonly message: ReaderMessage; /** ms since 1970 */ readonly readAt: number }
  | { readonly kind: NoReading; /** Since when no new reading has arrived, ms since 1970. */ readonly since: number };

interface Received {
  readonly reader: KnownReader;
  readonly result: ReaderResult;
}

/** Number of clocks that are kept for a reader. */
const MAX_CLOCKS = 64;
/** Topics whose messages together form a reading, after the prefix of the reader. */
const PARTS = /(?:^|\/)(?:(?:sensors|frequency|meterConsumption(?:Total|Fwd|Rev))\/mydatajson|power|energy|list[1-4])$/;
const NO_METER = { serial: null, manufacturer: null, model: null, firmware: null };

/** Name of the reader that publishes under a topic; empty for messages without a topic. */
export function readerName(topic: unknown): string {
  if (isPlainTopic(topic)) return plainPrefix(topic);
  return typeof topic === 'string' ? topic.replace(PARTS, '') : '';
}

/**
 * Receives a message.
 * @param known the state of the reader of this name; undefined for a new reader
 * @param now ms since 1970
 * @throws UsageError `bad-payload`: no JSON, or from no known reader
 */
export function receiveFromReader(known: KnownReader | undefined, input: ReaderInput, now: number): Received {
  const reader = known ?? newReader(readerName(input.topic));
  if (input.retain === true) return nothing(reader, 'stored', now);
  const { topic, payload } = input;
  return isPlainTopic(topic) ? receivePlain(reader, topic, payload, now) : receiveJson(reader, topic, payload, now);
}

function newReader(name: string): KnownReader {
  const plain = { values: {}, changes: 0, stale: { received: undefined, clock: undefined } };
  return { name, serial: null, hasRead: false, hasPhasePower: false, isLost: false, clocks: {}, plain };
}

function nothing(reader: KnownReader, kind: NoReading, since: number): Received {
  return { reader, result: { kind, since } };
}

function reading(reader: KnownReader, message: ReaderMessage, readAt: number): Received {
  return { reader, result: { kind: 'reading', message, readAt } };
}

function receiveJson(reader: KnownReader, topic: unknown, payload: unknown, now: number): Received {
  if (isOtherTopic(topic) || isEmpty(payload)) return nothing(reader, 'other', now);
  const fields = objectIn(payload);
  const decoded = decodedFields(fields);
  if (decoded === undefined && isOtherMessage(fields)) return nothing(reader, 'other', now);
  if (decoded === undefined || decoded.values.size === 0) throw nothingKnown();
  const { values, meter, time, isMeterLost } = decoded;
  const place = JSON.stringify([topic, meter.serial]);
  const { clock, freshness } = checkTime(reader.clocks[place], time, now);
  const { isUnread, hasRead, hasPhasePower } = withoutZeros(values, reader);
  const serial = reader.name === '' ? null : (meter.serial ?? reader.serial);
  const after = { ...reader, serial, hasRead, hasPhasePower, clocks: withClock(reader.clocks, place, clock) };
  if (isUnread) return nothing(after, 'unread', now);
  if (isMeterLost) return nothing(after, 'lost', now);
  if (!freshness.isNew) return nothing(after, freshness.why, freshness.since);
  if (values.size === 0) return nothing(after, 'unproven', now);
  return reading(after, { payload: payloadOf(values), meter }, freshness.readAt);
}

function isEmpty(payload: unknown): boolean {
  return (typeof payload === 'string' || payload instanceof Uint8Array) && payload.length === 0;
}

/** The clock that was used last is moved to the end, so that the one unused for longest is dropped. */
function withClock(
  clocks: KnownReader['clocks'],
  place: string,
  clock: SourceClock | undefined,
): KnownReader['clocks'] {
  if (clock === undefined) return clocks;
  const others = Object.entries(clocks).filter(([name]) => name !== place);
  return Object.fromEntries([...others.slice(Math.max(0, others.length + 1 - MAX_CLOCKS)), [place, clock]]);
}

function receivePlain(reader: KnownReader, topic: string, payload: unknown, now: number): Received {
  const isLost = plainLoss(topic, payload);
  if (isLost !== undefined) return nothing({ ...reader, isLost }, isLost ? 'lost' : 'other', now);
  const time = plainTime(topic, payload);
  if (time !== undefined) return receivePlainTime(reader, time, now);
  const value = plainValue(topic, payload);
  if (value === undefined) return nothing(reader, 'other', now);
  return receivePlainValue(reader, value, now);
}

function receivePlainTime(reader: KnownReader, { kind, text }: PlainTime, now: number): Received {
  // A meter's time may be that of the last full hour, so a message with the same time is a repetition only if no value
  // changed.
  const stated =
    kind === 'received'
      ? { time: statedTime(text), text, values: '' }
      : { time: null, text, values: String(reader.plain.changes) };
  const { clock, freshness } = checkTime(reader.clocks[kind], stated, now);
  const stale = { ...reader.plain.stale, [kind]: freshness.isNew ? undefined : freshness.why };
  const after = { ...reader, clocks: withClock(reader.clocks, kind, clock), plain: { ...reader.plain, stale } };
  return freshness.isNew ? nothing(after, 'other', now) : nothing(after, freshness.why, freshness.since);
}

function receivePlainValue(reader: KnownReader, [key, value]: readonly [string, number], now: number): Received {
  const before = reader.plain.values[key];
  const isChanged = before !== undefined && before !== value;
  const plain = {
    values: { ...reader.plain.values, [key]: value },
    changes: reader.plain.changes + (isChanged ? 1 : 0),
    stale: isChanged ? { ...reader.plain.stale, clock: undefined } : reader.plain.stale,
  };
  const values = new Map([[key, value]]);
  const { hasPhasePower } = withoutZeros(values, { hasRead: true, hasPhasePower: reader.hasPhasePower });
  const hasRead = reader.hasRead || value !== 0;
  const after = { ...reader, hasPhasePower, hasRead, plain };
  const kind = 'received' in reader.clocks ? 'received' : 'clock';
  const why = plain.stale[kind];
  if (reader.isLost) return nothing(after, 'lost', now);
  if (why !== undefined) return nothing(after, why, reader.clocks[kind]?.since ?? now);
  if (values.size === 0 || !hasRead) return nothing(after, 'unproven', now);
  return reading(after, { payload: payloadOf(values), meter: NO_METER }, now);
}
