/** Logs: power outages, events, and logs without entries. [MEP p.67-77, p.107-111, p.173-186] */
import { findTable, tableSize, type TableValues } from '../../tables/index.js';
import { LOCAL_OFFSET_MS } from '../day-plan.js';
import { midnightOf } from '../history.js';
import type { Outage } from '../outages.js';
import { seasonAt } from '../seasons.js';
import { hasFirmware, type Identity, type ImageContext, longTime, since, type ValuesOf } from './context.js';

/** Event numbers of C12.19: the guide does not list its own. */
const EVENTS = { powerDown: 1, powerUp: 2, seasonChanged: 24 } as const;
const NOBODY = 0xffff;
const POWER_FAILURE = 3;
const HISTORY_ENTRIES = 100;
/** Entries of the power outage log, which is off unless it is configured. */
const OUTAGE_ENTRIES = 10;
/** Season, date and time before a copy of BT23. */
const SNAPSHOT_HEAD_BYTES = 6;
const BILLING_DEFINITION_BYTES = 2;
const RESET_HEAD_BYTES = 3;
const PRINTED_ENTRY_BYTES = 232;

/** Values of BT70 and BT71. [opt p.50-51] */
export const logDimensions = (entries = HISTORY_ENTRIES): TableValues => ({
  historyDateTime: true,
  historySequenceNumber: true,
  numberOfStandardEvents: 8,
  numberOfManufacturerEvents: 19,
  historyDataLength: 2,
  eventDataLength: 2,
  numberOfHistoryEntries: entries,
});

/** Values of ET36: ET31, ET32, ET38, ET41, ET45, ET75, ET81 with the sizes the guide prints. [MEP p.108-109] */
export function extendedLogDimensions(identity: Identity, registers: TableValues, sources: TableValues): TableValues {
  const BT23 = findTable('BT23');
  const hasDemand = identity.setup.numberOfDemands > 0;
  const copy = (BT23 ? tableSize(BT23, { BT21: registers, BT22: sources }) : 0) + SNAPSHOT_HEAD_BYTES;
  const oneTimeRead = Math.max(PRINTED_ENTRY_BYTES, copy + (hasDemand ? BILLING_DEFINITION_BYTES : 0));
  const demandReset = copy + BILLING_DEFINITION_BYTES + RESET_HEAD_BYTES;
  const outages = hasFirmware(identity.profile, '3.70') ? OUTAGE_ENTRIES : 0;
  const rows: readonly (readonly [number: number, size: number, max: number, now: number, hasLength: boolean])[] = [
    [31, oneTimeRead, 255, 2, false],
    [32, 525, 255, 8, true],
    [38, 35, 255, 10, false],
    [41, demandReset, 255, hasDemand ? 4 : 0, true],
    [45, 525, 253, 0, true],
    [75, 143, 253, 0, false],
    [81, 12, 253, outages, false],
  ];
  return {
    count: rows.length,
    actualDimensionList: rows.map(([tableNumber, entrySize, maxEntries, currentEntries, lengthIncluded]) => {
      return { tableNumber, isExtendedTable: true, entrySize, maxEntries, currentEntries, lengthIncluded };
    }),
    unreadEntriesBitmap: [],
  };
}

interface Event {
  readonly time: number;
  readonly event: number;
}

/** Events of the meter, oldest first: outages, and the season changes since the first of them. */
function eventsOf({ meter }: ImageContext): Event[] {
  const events: Event[] = meter.outages.flatMap(({ from, to }) => [
    { time: from, event: EVENTS.powerDown },
    { time: to, event: EVENTS.powerUp },
  ]);
  const first = meter.outages[0]?.from ?? meter.time;
  for (let began = seasonBegin(meter.time); began > first; began = seasonBegin(began - 1)) {
    events.push({ time: began, event: EVENTS.seasonChanged });
  }
  return events.sort((one, other) => one.time - other.time);
}

const seasonBegin = (time: number): number => midnightOf(seasonAt(time).since);

/** BT74: a circular queue; the first entry ever had number 1. */
function eventLog(context: ImageContext): TableValues {
  const { meter } = context;
  const events = eventsOf(context);
  // Sequence numbers count outages that are no longer kept, too.
  const forgotten = 2 * (meter.registers.powerOutages - meter.outages.length);
  const records = Array.from({ length: HISTORY_ENTRIES }, (): TableValues => ({}));
  for (const [i, { time, event }] of events.entries()) {
    const number = forgotten + i + 1;
    records[(number - 1) % HISTORY_ENTRIES] = {
      time: longTime(time),
      sequenceNumber: number & 0xffff,
      userId: NOBODY,
      event,
    };
  }
  const last = forgotten + events.length;
  return {
    listType: 1,
    numberOfValidEntries: events.length,
    lastEntryElement: Math.max(0, last - 1) % HISTORY_ENTRIES,
    lastEntrySequenceNumber: last,
    historyRecords: records,
  };
}

/** ET81: a circular queue, in local time. */
function outageLog({ meter }: ImageContext): TableValues {
  const latest = meter.outages.slice(-OUTAGE_ENTRIES);
  const count = meter.registers.powerOutages;
  const entries = Array.from({ length: OUTAGE_ENTRIES }, (): TableValues => ({}));
  for (const [i, { from, to }] of latest.entries()) {
    entries[(count - latest.length + i) % OUTAGE_ENTRIES] = {
      startTimestamp: longTime(from + LOCAL_OFFSET_MS),
      endTimestamp: longTime(to + LOCAL_OFFSET_MS),
    };
  }
  return {
    overflow: count > OUTAGE_ENTRIES,
    listType: true,
    numberOfValidEntries: latest.length,
    lastEntryElement: Math.max(0, count - 1) % OUTAGE_ENTRIES,
    lastEntrySequenceNumber: count & 0xffff,
    logEntries: entries,
  };
}

const outageRecord = ({ from, to }: Outage): TableValues => ({
  powerOnDateTime: longTime(to),
  resetCause: POWER_FAILURE,
  powerOffDateTime: longTime(from),
  powerOffDuration: (to - from) / 1000,
});

/** An enabled log without entries. */
const EMPTY_LOG: TableValues = { listType: true };

export const LOG_VALUES: Readonly<Record<string, ValuesOf>> = {
  // Firmware without BT71 has the maximum. [opt p.50]
  BT70: ({ identity: { profile } }) => logDimensions(hasFirmware(profile, '2.12') ? 2 * HISTORY_ENTRIES : undefined),
  BT71: ({ dims }) => dims['BT71'] ?? {},
  BT74: eventLog,
  // Every outage is recorded as a long one; no other limit was exceeded.
  ET09: ({ identity: { profile }, dims, meter }) => {
    const count = Number(dims['ET04']?.['maxPowerOutagesRecorded']);
    const latest = meter.outages.slice(-count).reverse();
    return {
      sag1SurgeTimeThreshold: 3,
      sag1Threshold: 10,
      surgeThreshold: 10,
      overCurrentThreshold: 10,
      powerOutageRecords: Array.from({ length: count }, (_, i) => (latest[i] ? outageRecord(latest[i]) : {})),
      ...since(profile, '2.12', { pqConfigurationId: 1 }),
      ...since(profile, '3.10', { powerUpQualityHoldTime: 2, overCurrentTimeThreshold: 10 }),
    };
  },
  ET31: () => EMPTY_LOG,
  ET36: ({ dims }) => dims['ET36'] ?? {},
  ET41: () => EMPTY_LOG,
  ET45: () => ({}),
  ET74: () => ({}),
  ET75: () => ({}),
  ET79: () => ({}),
  ET81: outageLog,
};
