/** Takes messages of other readers one after another: what of them is a new reading, and when it was taken. */
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
  /** The broker had stored it, so its age is unknown. */
  readonly retain?: unknown;
}

/** What is known of a reader from its messages so far; JSON-safe. */
export interface KnownReader extends SourceEvidence {
  readonly name: string;
  /** The number of its meter, from those messages under its topics that give one; null before, and without topics. */
  readonly serial: string | null;
  /** It has reported that its meter does not respond. */
  readonly isLost: boolean;
  /** By topic and meter. */
  readonly clocks: Readonly<Record<string, SourceClock>>;
  readonly plain: KnownPlain;
}

/** What is known of values that come on topics of their own. */
interface KnownPlain {
  readonly values: Readonly<Record<string, number>>;
  /** How often a value was another one than before: a reader whose values change has not lost its meter. */
  readonly changes: number;
  /** By the kind of time that is given: why what comes now is not new. */
  readonly stale: Readonly<Record<PlainTime['kind'], StaleReason | undefined>>;
}

/** Why a message is no new reading. */
export type NoReading =
  /** It is of something else. */
  | 'other'
  /** The broker had stored it. */
  | 'stored'
  /** It has the time of the one before, or is older. */
  | StaleReason
  /** The reader does not reach its meter. */
  | 'lost'
  /** Zeros where no meter that was read has any. */
  | 'unread'
  /** Zeros of a reader that has not shown yet that it has read its meter. */
  | 'unproven';

export type ReaderNews =
  | { readonly kind: 'reading'; readonly message: ReaderMessage; /** ms since 1970 */ readonly readAt: number }
  | { readonly kind: NoReading; /** Since when nothing new came, ms since 1970. */ readonly since: number };

interface Received {
  readonly reader: KnownReader;
  readonly news: ReaderNews;
}

/** Meters whose clocks are kept for a reader. */
const MAX_CLOCKS = 64;
/** Topics of one reader that together make a reading, after the prefix of the reader. */
const PARTS = /(?:^|\/)(?:(?:sensors|frequency|meterConsumption(?:Total|Fwd|Rev))\/mydatajson|power|energy|list[1-4])$/;
const NO_METER = { serial: null, manufacturer: null, model: null, firmware: null };

/** The name of the reader that publishes under a topic; empty where messages have none. */
export function readerName(topic: unknown): string {
  if (isPlainTopic(topic)) return plainPrefix(topic);
  return typeof topic === 'string' ? topic.replace(PARTS, '') : '';
}

/**
 * Takes in a message.
 * @param known what is known of the reader of this name; undefined for one not seen before
 * @param now ms since 1970
 * @throws UsageError `bad-payload`: no JSON, or of no reader that is known
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
  return { reader, news: { kind, since } };
}

function reading(reader: KnownReader, message: ReaderMessage, readAt: number): Received {
  return { reader, news: { kind: 'reading', message, readAt } };
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

/** The clock that was used last goes last, so that the one unused for longest is dropped. */
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
  // The clock of a meter may be that of the last full hour: the message is a repetition only while no value changes.
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
