/** The file of the times at which each meter's memory was written: version 1, and the form of 0.1.0 without a version. */
import {
  isFields,
  UNKNOWN_METER,
  withManufacturersNames,
  type WritesByMeter,
  type WriteTimes,
} from '../../src/internal.js';

const VERSION = 1;
/** From here on it is the clock that was set, and no rounding. */
const MIN_STEP_MS = 1_000;
/** A meter's address, as 0.1.0 wrote it where a meter did not give its serial number. */
const ADDRESS = /[:/\\(]/;

/** What the clocks of the machine show. */
export interface LedgerTime {
  /** ms since 1970, by the clock that people set. */
  readonly now: number;
  /** ms since the machine was started. */
  readonly uptimeMs: number;
  /** Differs after each start of the machine; '' where that is not known. */
  readonly boot: string;
}

/**
 * The writes that a file holds, by the clock as it is set now: setting it, forwards or back, neither gives writes back
 * nor takes them away for long.
 * @throws Error that says what is wrong with the file
 */
export function parseWrites(text: string, time: LedgerTime): WritesByMeter {
  const kept = parsed(text);
  if (!isFields(kept)) throw new Error('it is damaged');
  const { version } = kept;
  if (version === undefined || Array.isArray(version)) return withoutAddresses(timesByName(kept));
  if (version !== VERSION)
    throw new Error(`it is of version ${JSON.stringify(version)}, which is newer than this package`);
  const step = clockStep(kept['clock'], time);
  const writes = timesByName(kept['meters']);
  const names = namesIn(kept['manufacturersNames']);
  if (Math.abs(step) < MIN_STEP_MS) return withManufacturersNames(writes, names);
  const moved = [...writes].map(([meter, times]) => [meter, times.map((at) => at + step)] as const);
  return withManufacturersNames(new Map(moved), names);
}

/** What to keep, with what the clocks show now. */
export function writesText(writes: WritesByMeter, time: LedgerTime): string {
  const { manufacturersNames } = writes;
  return JSON.stringify({
    version: VERSION,
    clock: time,
    meters: Object.fromEntries(writes),
    ...(manufacturersNames && { manufacturersNames: Object.fromEntries(manufacturersNames) }),
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('it is damaged');
  }
}

function timesByName(kept: unknown): Map<string, WriteTimes> {
  if (!isFields(kept)) throw new Error('it is damaged');
  return new Map(
    Object.entries(kept).map(([meter, times]) => {
      if (!Array.isArray(times) || !times.every(isTime)) throw new Error('it is damaged');
      return [meter, times];
    }),
  );
}

/** Files without them were written by a package that did not know them yet. */
function namesIn(kept: unknown): ReadonlyMap<string, string> {
  if (kept === undefined) return new Map();
  if (!isFields(kept)) throw new Error('it is damaged');
  return new Map(
    Object.entries(kept).map(([meter, name]) => {
      if (typeof name !== 'string') throw new Error('it is damaged');
      return [meter, name];
    }),
  );
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** One meter has many addresses, so that writes to an address may have been to any meter. */
function withoutAddresses(writes: WritesByMeter): WritesByMeter {
  const named = [...writes].filter(([meter]) => !ADDRESS.test(meter));
  const others = [...writes].filter(([meter]) => ADDRESS.test(meter)).flatMap(([, times]) => [...times]);
  return new Map([...named, ...(others.length > 0 ? [[UNKNOWN_METER, others] as const] : [])]);
}

/** By how much the clock was set since the file was written; 0 where the machine was started anew meanwhile. */
function clockStep(kept: unknown, { now, uptimeMs, boot }: LedgerTime): number {
  if (!isFields(kept)) throw new Error('it is damaged');
  const { now: then, uptimeMs: uptimeThen, boot: bootThen } = kept;
  if (!isTime(then) || !isTime(uptimeThen) || typeof bootThen !== 'string') throw new Error('it is damaged');
  if (boot !== bootThen || uptimeMs < uptimeThen) return 0;
  return now - then - (uptimeMs - uptimeThen);
}
