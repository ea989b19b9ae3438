/** Logs: power outages, events, and logs without entries. [MEP p.67-77, p.107-111, p.173-186] */
import { findTable, tableSize, type TableValues } from '../../tables/index.js';
import { toHex } from '../../bytes/hex.js';
import { localOffset } from '../local-time.js';
import type { MeterClock } from '../meter-clock.js';
import type { Outage } from '../outages.js';
import { hasFirmware, type Identity, type ImageContext, longTime, since, type ValuesOf } from './context.js';

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
    [45, 525, 253, identity.logSizes.deviceReads, true],
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

/** BT74 or ET79: a circular queue; both logs share one count of events. [MEP p.181] */
function eventLog({ history }: ImageContext, entries: number, isAlternate: boolean): TableValues {
  const events = history.events.kept(isAlternate, entries);
  const last = events.at(-1);
  const records = Array.from({ length: entries }, (): TableValues => ({}));
  const { place = 0 } = last ?? {};
  for (const [i, one] of events.entries()) {
    records[(place - (events.length - 1 - i) + entries) % entries] = {
      time: longTime(one.time),
      sequenceNumber: one.sequence & 0xffff,
      userId: one.user,
      event: one.event,
      argument: toHex(Uint8Array.of(one.argument & 0xff, one.argument >> 8), ''),
    };
  }
  return {
    listType: 1,
    numberOfValidEntries: events.length,
    lastEntryElement: entries === 0 ? 0 : place % entries,
    lastEntrySequenceNumber: last?.sequence ?? 0,
    historyRecords: records,
  };
}

/** ET81: a circular queue, in local time. */
function outageLog({ meter, history: { clock } }: ImageContext): TableValues {
  const latest = meter.outages.slice(-OUTAGE_ENTRIES);
  const count = meter.registers.powerOutages;
  const entries = Array.from({ length: OUTAGE_ENTRIES }, (): TableValues => ({}));
  for (const [i, { from, to }] of latest.entries()) {
    entries[(count - latest.length + i) % OUTAGE_ENTRIES] = {
      startTimestamp: localTime(clock.shown(from)),
      endTimestamp: localTime(clock.shown(to)),
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

const localTime = (time: number): string => longTime(time + localOffset(time));

const outageRecord = ({ from, to }: Outage, clock: MeterClock): TableValues => ({
  powerOnDateTime: longTime(clock.shown(to)),
  resetCause: POWER_FAILURE,
  powerOffDateTime: longTime(clock.shown(from)),
  powerOffDuration: (to - from) / 1000,
});

/** An enabled log without entries. */
const EMPTY_LOG: TableValues = { listType: true };

export const LOG_VALUES: Readonly<Record<string, ValuesOf>> = {
  // Firmware without BT71 has the maximum. [opt p.50]
  BT70: ({ identity: { profile } }) => logDimensions(hasFirmware(profile, '2.12') ? 2 * HISTORY_ENTRIES : undefined),
  BT71: ({ dims }) => dims['BT71'] ?? {},
  BT74: (context) => eventLog(context, HISTORY_ENTRIES, false),
  // Every outage is recorded as a long one; no other limit was exceeded.
  ET09: ({ identity: { profile }, dims, meter, history }) => {
    const count = Number(dims['ET04']?.['maxPowerOutagesRecorded']);
    const latest = meter.outages.slice(-count).reverse();
    return {
      sag1SurgeTimeThreshold: 3,
      sag1Threshold: 10,
      surgeThreshold: 10,
      overCurrentThreshold: 10,
      powerOutageRecords: Array.from({ length: count }, (_, i) =>
        latest[i] ? outageRecord(latest[i], history.clock) : {},
      ),
      ...since(profile, '2.12', { pqConfigurationId: 1 }),
      ...since(profile, '3.10', { powerUpQualityHoldTime: 2, overCurrentTimeThreshold: 10 }),
    };
  },
  ET31: () => EMPTY_LOG,
  ET36: ({ dims }) => dims['ET36'] ?? {},
  ET41: () => EMPTY_LOG,
  ET74: () => ({}),
  ET75: () => ({}),
  ET79: (context) => eventLog(context, context.identity.logSizes.alternateEvents, true),
  ET81: outageLog,
};
