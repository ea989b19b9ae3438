import { fieldsOf, isFields } from '../../readings/index.js';
import { type MqttMessage, passing } from '../mqtt.js';
import { plainNumber } from '../plain-number.js';
import type { MeterReading } from '../reading.js';
import type { HomeAssistantSettings } from './settings.js';
import { topicsOf } from './topics.js';

/** A reading that is not confirmed yet. */
interface KeptReading {
  readonly topic: string;
  /** Members of its JSON object. */
  readonly members: string;
  /** Readings of the same meter that had to be dropped since the one before it. */
  readonly droppedBefore: number;
  /** Number of the message it was last sent with. */
  readonly number: number;
  /** When that was, in ms of a monotonic clock. */
  readonly sentAt: number;
}

/** An announcement that is not confirmed yet. */
type OpenAnnouncement = Pick<KeptReading, 'number' | 'sentAt'>;

/**
 * What was sent and not confirmed. An `mqtt out` node drops messages silently while its broker is away, but it completes a
 * message only when the broker has confirmed it. As brokers confirm in order, a message that is still open
 * when a later one was confirmed is lost.
 */
export interface Outbox {
  readonly lastNumber: number;
  /** The oldest first. */
  readonly readings: readonly KeptReading[];
  readonly announcements: readonly OpenAnnouncement[];
  /** Readings that had to be dropped since the last time nothing was open. */
  readonly dropped: number;
}

/** A message with the number by which its receipt is known. */
export type NumberedMessage = MqttMessage & { readonly number: number };

export interface Posted {
  readonly outbox: Outbox;
  readonly messages: readonly NumberedMessage[];
}

export const EMPTY_OUTBOX: Outbox = { lastNumber: 0, readings: [], announcements: [], dropped: 0 };

/** A message is not lost before this time, in whatever order a broker confirms. */
const ON_THE_WAY_MS = 2_000;
/** Limit of readings that are sent again at once, so that a small computer and its broker keep up. */
const SENT_TOGETHER = 50;
/** More open announcements than these add no information. */
const MAX_ANNOUNCEMENTS = 100;

/**
 * Numbers messages that are being sent.
 * @param reading the one that the last of them holds, kept until it is confirmed; undefined where all are announcements
 * @param most readings that are kept; the oldest beyond that are dropped
 * @param now in ms of a monotonic clock
 */
export function post(
  outbox: Outbox,
  messages: readonly MqttMessage[],
  reading: MeterReading | undefined,
  settings: HomeAssistantSettings,
  now: number,
): Posted {
  const numbered = numberedFrom(outbox.lastNumber + 1, messages);
  const lastNumber = outbox.lastNumber + messages.length;
  const isKept = reading !== undefined && messages.length > 0 && settings.keepReadings > 0;
  const opened = numbered
    .slice(0, reading === undefined ? undefined : -1)
    .map(({ number }) => ({ number, sentAt: now }));
  const announcements = [...outbox.announcements, ...opened].slice(0, MAX_ANNOUNCEMENTS);
  const posted = { ...outbox, lastNumber, announcements };
  if (!isKept) return { outbox: posted, messages: numbered };
  const kept = keptReading(reading, settings, lastNumber, now);
  return { outbox: bounded({ ...posted, readings: [...outbox.readings, kept] }, settings), messages: numbered };
}

function numberedFrom(first: number, messages: readonly MqttMessage[]): NumberedMessage[] {
  return messages.map((message, place) => ({ ...message, number: first + place }));
}

function keptReading(
  reading: MeterReading,
  settings: HomeAssistantSettings,
  number: number,
  sentAt: number,
): KeptReading {
  const { history } = topicsOf(reading.id, settings);
  return { topic: history, members: membersOf(reading), droppedBefore: 0, number, sentAt };
}

/** Only what this reading measured, with its own time: no value of another table, read before. */
function membersOf({ readAt, values }: MeterReading): string {
  const members = [`"timestamp":"${new Date(readAt).toISOString()}"`];
  for (const [key, value] of Object.entries(values)) {
    if (value !== null) members.push(`${JSON.stringify(key)}:${plainNumber(value)}`);
  }
  return members.join();
}

/** Drops the oldest of too many; the next reading of the same meter has their number. */
function bounded(outbox: Outbox, { keepReadings }: HomeAssistantSettings): Outbox {
  const excess = outbox.readings.length - keepReadings;
  if (excess <= 0) return outbox;
  const droppedCounts = new Map<string, number>();
  for (const { topic, droppedBefore } of outbox.readings.slice(0, excess)) {
    droppedCounts.set(topic, (droppedCounts.get(topic) ?? 0) + droppedBefore + 1);
  }
  const readings = outbox.readings.slice(excess).map((reading) => {
    const dropped = droppedCounts.get(reading.topic);
    droppedCounts.delete(reading.topic);
    return dropped === undefined ? reading : { ...reading, droppedBefore: reading.droppedBefore + dropped };
  });
  return { ...outbox, readings, dropped: outbox.dropped + excess };
}

export interface Confirmed extends Posted {
  /** Whether announcements were lost on the way, so that all must be announced again. */
  readonly mustAnnounce: boolean;
}

/**
 * Takes in that a message was confirmed.
 * @returns readings that were lost, to be sent again, the oldest first and not too many at once
 */
export function confirm(outbox: Outbox, number: number, now: number): Confirmed {
  const isLost = (sent: OpenAnnouncement): boolean => sent.number < number && now - sent.sentAt >= ON_THE_WAY_MS;
  const announcements = outbox.announcements.filter((sent) => sent.number !== number);
  const mustAnnounce = announcements.some(isLost);
  const open = outbox.readings.filter((sent) => sent.number !== number);
  // Readings are delivered in order: one that may still be on its way must not be overtaken.
  const uncertain = open.findIndex((sent) => sent.number < number && !isLost(sent));
  const lost = open.slice(0, uncertain < 0 ? undefined : uncertain).filter(isLost);
  const onTheWay = open.filter((sent) => sent.number > number).length;
  const again = lost.slice(0, Math.max(0, SENT_TOGETHER - onTheWay));
  const messages = numberedFrom(outbox.lastNumber + 1, again.map(historyMessage));
  const renumbered = new Map(again.map((reading, place) => [reading, outbox.lastNumber + 1 + place]));
  return {
    messages,
    mustAnnounce,
    outbox: {
      lastNumber: outbox.lastNumber + messages.length,
      announcements: mustAnnounce ? announcements.filter((sent) => !isLost(sent)) : announcements,
      readings: open.map((reading) => ({
        ...reading,
        ...(renumbered.has(reading) && { number: renumbered.get(reading) ?? 0, sentAt: now }),
      })),
      dropped: open.length === 0 ? 0 : outbox.dropped,
    },
  };
}

/** A reading that is too old for the state topic. */
export function lateReading(reading: MeterReading, settings: HomeAssistantSettings): MqttMessage {
  return historyMessage({
    topic: topicsOf(reading.id, settings).history,
    members: membersOf(reading),
    droppedBefore: 0,
  });
}

function historyMessage({
  topic,
  members,
  droppedBefore,
}: Pick<KeptReading, 'topic' | 'members' | 'droppedBefore'>): MqttMessage {
  const dropped = droppedBefore > 0 ? `"dropped":${droppedBefore},` : '';
  return passing(topic, `{${dropped}${members}}`);
}

/** How many readings wait for the broker to be back. */
export function waiting({ readings }: Outbox, now: number): number {
  return readings.filter(({ sentAt }) => now - sentAt >= ON_THE_WAY_MS).length;
}

/** What to keep over a restart of Node-RED, JSON-safe; undefined where nothing is open. */
export function rememberOutbox({ readings, dropped }: Outbox): unknown {
  if (readings.length === 0) return undefined;
  return {
    dropped,
    readings: readings.map(({ topic, members, droppedBefore }) => ({ topic, members, droppedBefore })),
  };
}

/**
 * What was kept, to be sent as soon as the broker confirms anything.
 * @param remembered what `rememberOutbox` gave, back from wherever it was kept; of anything else nothing is kept
 */
export function recallOutbox(remembered: unknown): Outbox {
  const { readings, dropped } = fieldsOf(remembered);
  const recalled: KeptReading[] = [];
  for (const reading of Array.isArray(readings) ? (readings as unknown[]) : []) {
    const { topic, members, droppedBefore } = fieldsOf(reading);
    if (typeof topic !== 'string' || typeof members !== 'string' || typeof droppedBefore !== 'number') continue;
    recalled.push({ topic, members, droppedBefore, number: recalled.length + 1, sentAt: -Infinity });
  }
  return {
    ...EMPTY_OUTBOX,
    lastNumber: recalled.length,
    readings: recalled,
    dropped: typeof dropped === 'number' ? dropped : 0,
  };
}

/**
 * The number of the message that a Complete node reports.
 * @param from id of the node that numbered it: several nodes may share a Complete node
 * @returns undefined for any other message
 */
export function receiptOf(msg: Readonly<{ complete?: unknown; delivery?: unknown }>, from: string): number | undefined {
  const delivery = fieldsOf(msg.delivery);
  const isReceipt = isFields(msg.complete) && delivery['from'] === from && typeof delivery['number'] === 'number';
  return isReceipt ? (delivery['number'] as number) : undefined;
}
