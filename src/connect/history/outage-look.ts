import { mergeEvents, mergeOutages, type MeterOutage } from '../../history/index.js';
import { toHex } from '../../bytes/hex.js';
import { isRefusal } from '../../error-kinds.js';
import { LogMemory, wantedBy } from './entries.js';
import { eventsOf, findLogs, isSameSetup, type MeterLogs } from './event-look.js';
import { type LocalClock, meterMoments } from './local-clock.js';
import { LogLooks } from './log-looks.js';
import type { HistoryLook, HistoryPart } from './look.js';
import type { HistoryMemory } from './memory.js';
import { type HistoryRecord, meterOf, tableOf } from './records.js';
import { contentsIfAny, structuresOf } from './source.js';
import type { MeterDescription } from '../../meter/index.js';

/** The lists change only with one of these: the headers of the logs, and the newest outage of ET09. */
const HEADS = [
  { table: 'BT74', count: 11 },
  { table: 'ET09', count: 24 },
  { table: 'ET81', count: 6 },
];
/** Both ends of one outage may differ by this much between two lists, in ms. */
const MAX_DIFFERENCE_MS = 65_000;
const MAX_KNOWN = 128;

interface Found extends MeterLogs {
  readonly clock: LocalClock;
  /** Tables that the meter lacks, or does not permit to be read. */
  readonly absent: Set<string>;
}

/** An outage as it is remembered. */
type KnownOutage = readonly [start: string, end: string, source: string];

/** Looks for outages in all lists that the firmware has. */
export class OutageLooks extends LogLooks<Found> {
  protected async *read(
    found: Found,
    memory: HistoryMemory,
    options: HistoryLook,
  ): AsyncGenerator<HistoryPart, boolean> {
    const { signal, span } = options;
    const heads = await this.#heads(found, signal);
    if (heads === undefined) return false;
    const kept = new LogMemory('outages', memory, heads.meter.serial, options);
    if (!span && kept.entry?.['heads'] === heads.text && kept.notes.length === 0) return true;
    const outages = await this.#outages(found, signal);
    const known = span ? [] : knownIn(kept.entry);
    const fresh = outages.filter((outage) => !known.some((one) => isSame(one, outage)));
    const isWanted = wantedBy(
      options,
      kept.entry === undefined,
      outages.map(({ end }) => end),
    );
    const records = fresh.filter(({ end }) => isWanted(end)).map((outage) => outageRecord(outage, heads.meter));
    const entry = {
      heads: heads.text,
      outages: outages.slice(-MAX_KNOWN).map(({ start, end, source }) => [start, end, source]),
    };
    const moved = kept.move(entry);
    if (records.length > 0 || kept.notes.length > 0 || moved !== memory)
      yield { records, notes: kept.notes, memory: moved };
    return true;
  }

  protected async find(signal: AbortSignal | undefined): Promise<Found | undefined> {
    const found = await findLogs(this.source, signal);
    if (found === undefined) return undefined;
    const clock = await meterMoments(this.source, this.hostZone, signal);
    return { ...found, clock, absent: new Set() };
  }

  /** @returns undefined where another meter or another set-up may be there */
  async #heads(
    { meter: known, absent }: Found,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly text: string; readonly meter: MeterDescription } | undefined> {
    const texts: string[] = [];
    let meter = known;
    for (const { table, count } of HEADS) {
      if (absent.has(table)) continue;
      try {
        const piece = await this.source.readPiece(table, { offset: 0, count }, signal);
        if (!isSameSetup(piece.meter, known)) return undefined;
        ({ meter } = piece);
        texts.push(toHex(piece.bytes));
      } catch (error) {
        if (!isRefusal(error)) throw error;
        absent.add(table);
      }
    }
    return { text: texts.join(' '), meter };
  }

  async #outages(found: Found, signal: AbortSignal | undefined): Promise<MeterOutage[]> {
    const { source } = this;
    const events = (await eventsOf(source, found, {}, signal)) ?? [];
    const et09 = found.absent.has('ET09') ? undefined : await contentsIfAny(source, 'ET09', signal);
    const et81 = found.absent.has('ET81') ? undefined : await contentsIfAny(source, 'ET81', signal);
    const { momentsOf, isFromMeter } = found.clock;
    const inUtc = {
      events: mergeEvents(...events.map((log) => log.events)),
      et09: structuresOf(et09?.values['powerOutageRecords']),
    };
    const inLocalTime = {
      et81: oldestFirst(structuresOf(et81?.values['logEntries']), Number(et81?.values['lastEntryElement'] ?? 0)),
      momentsOf,
    };
    const isUsable = isFromMeter || haveCommon(mergeOutages(inUtc), mergeOutages(inLocalTime));
    return mergeOutages(isUsable ? { ...inUtc, ...inLocalTime } : inUtc);
  }
}

/** Whether two lists have an outage in common: then the local times of one are in the zone that was assumed. */
function haveCommon(some: readonly MeterOutage[], others: readonly MeterOutage[]): boolean {
  return some.some(({ start, end, source }) => others.some((other) => isSame([start, end, source], other)));
}

/** The entries of a circular queue in the order in which they were written. */
function oldestFirst<T>(entries: readonly T[], newest: number): T[] {
  return [...entries.slice(newest + 1), ...entries.slice(0, newest + 1)];
}

function knownIn(entry: Readonly<Record<string, unknown>> | undefined): KnownOutage[] {
  const list = entry?.['outages'];
  if (!Array.isArray(list)) return [];
  return list.filter((one): one is KnownOutage => Array.isArray(one) && one.every((text) => typeof text === 'string'));
}

function isSame([start, end, source]: KnownOutage, outage: MeterOutage): boolean {
  const difference = source === outage.source ? 0 : MAX_DIFFERENCE_MS;
  const isNear = (one: string, other: string): boolean => Math.abs(Date.parse(one) - Date.parse(other)) <= difference;
  return isNear(start, outage.start) && isNear(end, outage.end);
}

function outageRecord({ source, ...outage }: MeterOutage, meter: MeterDescription): HistoryRecord {
  return {
    topic: 'outage',
    payload: { ...outage },
    history: { kind: 'outage', source },
    table: tableOf(source, outage.end),
    meter: meterOf(meter),
  };
}
