import { type EventLog, mergeEvents, type MeterEvent, readEvents } from '../../history/index.js';
import type { MeterDescription } from '../../meter/index.js';
import { LogMemory, wantedBy } from './entries.js';
import { LogLooks } from './log-looks.js';
import type { HistoryLook, HistoryPart } from './look.js';
import type { HistoryMemory } from './memory.js';
import { type HistoryNote, type HistoryRecord, meterOf, tableOf } from './records.js';
import { contentsIfAny, follow, type HistorySource } from './source.js';

/** Events in one part: about as many as one response holds. */
const EVENTS_PER_PART = 32;

/** The logs of a meter. */
export interface MeterLogs {
  readonly logs: readonly EventLog[];
  readonly meter: MeterDescription;
}

/** New events of a log. */
interface LogEvents {
  readonly log: EventLog;
  readonly events: readonly MeterEvent[];
  readonly newest: number;
  readonly isCut: boolean;
  readonly meter: MeterDescription;
}

/** Finds the event logs of a meter. @returns undefined where it has none, or does not permit them to be read */
export async function findLogs(source: HistorySource, signal: AbortSignal | undefined): Promise<MeterLogs | undefined> {
  const actual = await contentsIfAny(source, 'BT71', signal);
  const sizes = actual ?? (await contentsIfAny(source, 'BT70', signal));
  if (sizes === undefined) return undefined;
  const argumentBytes = Number(sizes.values['historyDataLength'] ?? 0);
  const entries = Number(sizes.values['numberOfHistoryEntries'] ?? 0);
  const second = await contentsIfAny(source, 'ET54', signal);
  const secondEntries = Number(second?.values['et79EntryCount'] ?? 0);
  const logs: EventLog[] = [
    { table: 'BT74', entries, argumentBytes },
    { table: 'ET79', entries: secondEntries, argumentBytes },
  ];
  return { logs: logs.filter((log) => log.entries > 0), meter: (second ?? sizes).reading.meter };
}

/** The events of a log that are newer than one. */
export async function newEvents(
  source: HistorySource,
  log: EventLog,
  known: number | undefined,
  signal: AbortSignal | undefined,
): Promise<LogEvents> {
  const steps = readEvents(log, known);
  const { last, meter } = await follow(source, steps, signal);
  return { log, events: last.events, newest: last.newest ?? 0, isCut: last.lost !== null, meter };
}

/** Looks for events in the logs of the meter. */
export class EventLooks extends LogLooks<MeterLogs> {
  protected find(signal: AbortSignal | undefined): Promise<MeterLogs | undefined> {
    return findLogs(this.source, signal);
  }

  protected async *read(
    found: MeterLogs,
    memory: HistoryMemory,
    options: HistoryLook,
  ): AsyncGenerator<HistoryPart, boolean> {
    const { signal, span } = options;
    const { meter } = found;
    const kept = new LogMemory('events', memory, meter.serial, options);
    const read = await eventsOf(this.source, found, span ? {} : (kept.entry ?? {}), signal);
    if (read === undefined) return false;
    const lost: HistoryNote[] = read.some(({ isCut }) => isCut)
      ? [{ topic: 'news', payload: { reason: 'overtaken', lost: null } }]
      : [];
    const all = mergeEvents(...read.map(({ events }) => events));
    const isWanted = wantedBy(
      options,
      kept.entry === undefined,
      all.map(({ time }) => time),
    );
    const events = all.filter(({ time }) => isWanted(time));
    const notes = [...kept.notes, ...lost];
    for (let from = 0; from === 0 || from < events.length; from += EVENTS_PER_PART) {
      const part = events.slice(from, from + EVENTS_PER_PART);
      const isLast = from + EVENTS_PER_PART >= events.length;
      const upTo = isLast ? Infinity : (part.at(-1)?.sequence ?? 0);
      const entry = Object.fromEntries(read.map(({ log, newest }) => [log.table, Math.min(newest, upTo)]));
      const former = kept.memory;
      const moved = kept.move(entry);
      const records = part.map((event) => eventRecord(event, meter));
      if (records.length > 0 || moved !== former || notes.length > 0) {
        yield { records, notes: notes.splice(0), memory: moved };
      }
    }
    return true;
  }
}

/** The events of all logs that are newer than known ones, under one set-up. */
export async function eventsOf(
  source: HistorySource,
  found: MeterLogs,
  known: Readonly<Record<string, unknown>>,
  signal: AbortSignal | undefined,
): Promise<readonly LogEvents[] | undefined> {
  const read: LogEvents[] = [];
  for (const log of found.logs) read.push(await newEvents(source, log, numberIn(known, log.table), signal));
  return read.every(({ meter }) => isSameSetup(meter, found.meter)) ? read : undefined;
}

/** Whether nothing was loaded again in between, as happens after every hint of a change. */
export function isSameSetup(meter: MeterDescription, found: MeterDescription): boolean {
  return meter.serial === found.serial && meter.dimensions['BT01'] === found.dimensions['BT01'];
}

function numberIn(known: Readonly<Record<string, unknown>>, table: string): number | undefined {
  const value = known[table];
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}

function eventRecord({ log, isSure, ...event }: MeterEvent, meter: MeterDescription): HistoryRecord {
  return {
    topic: 'event',
    payload: {
      time: event.time,
      sequence: event.sequence,
      event: event.event,
      name: event.name,
      sure: isSure,
      argument: event.argument,
      text: null,
      user: event.user,
    },
    history: { kind: 'event', log },
    table: tableOf(log, event.time),
    meter: meterOf(meter),
  };
}
