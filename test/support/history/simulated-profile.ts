import assert from 'node:assert/strict';
import {
  type IntervalCursor,
  type LoadProfile,
  loadProfilesOf,
  type LostBlocks,
  type NextInterval,
  readIntervals,
} from '../../../src/history/index.js';
import { type RecordedInterval, SimulatedMeter, type SimulatedMeterOptions } from '../../../src/simulator/index.js';
import { decodeTable, type Dimensions, findTable, type TableValues } from '../../../src/tables/index.js';
import { FakeClock } from '../fake-clock.js';

/** A simulated meter that measures once a minute, with a clock that the test advances. */
export function simulated(
  options: SimulatedMeterOptions = {},
  start = '2026-11-20T10:05:00Z',
): { meter: SimulatedMeter; clock: FakeClock } {
  const clock = new FakeClock(start);
  return { meter: new SimulatedMeter({ clock, profile: 'gen4', stepMs: 60_000, ...options }), clock };
}

/** A table, decoded from its bytes and those of the tables that it needs. */
export function tableOf(meter: SimulatedMeter, name: string): TableValues {
  const table = findTable(name);
  const image = meter.image(name);
  assert.ok(table && image, name);
  return decodeTable(table, image, meter.dimensions);
}

/** A field that holds text. */
export function textIn(values: TableValues | undefined, field: string): string {
  const value = values?.[field];
  return typeof value === 'string' ? value : '';
}

const PROFILE_TABLES = ['BT61', 'BT62', 'ET55', 'ET57', 'ET66', 'ET07', 'ET42'];

/** The configured data sets, from the bytes of the tables that describe them. */
export function profilesOf(meter: SimulatedMeter): LoadProfile[] {
  const dims: Record<string, TableValues> = {};
  for (const name of PROFILE_TABLES) if (meter.image(name)) dims[name] = tableOf(meter, name);
  return loadProfilesOf(dims satisfies Dimensions);
}

export function profileOf(meter: SimulatedMeter, dataSet = 1): LoadProfile {
  const profile = profilesOf(meter).find((one) => one.dataSet === dataSet);
  assert.ok(profile, `data set ${dataSet} is not configured`);
  return profile;
}

export interface Look {
  readonly records: readonly NextInterval[];
  readonly lost: readonly LostBlocks[];
  readonly cursor: IntervalCursor;
  /** Requests, and bytes asked for. */
  readonly requests: number;
  readonly bytes: number;
}

export interface LookOptions {
  readonly dataSet?: number;
  readonly cursor?: IntervalCursor;
  readonly pieceBytes?: number;
  /** Runs before each answer, with its number from 0. */
  readonly before?: (request: number) => Promise<void>;
}

/** Reads what is new in a data set, by partial reads of its tables. */
export async function look(meter: SimulatedMeter, options: LookOptions = {}): Promise<Look> {
  const { dataSet = 1, cursor, pieceBytes = 465, before } = options;
  const records: NextInterval[] = [];
  const lost: LostBlocks[] = [];
  let [requests, bytes] = [0, 0];
  const steps = readIntervals(profileOf(meter, dataSet), { cursor });
  for (let { value: step } = steps.next(); step;) {
    records.push(...step.records);
    lost.push(...step.lost);
    if (step.request === undefined) return { records, lost, cursor: step.cursor, requests, bytes };
    await before?.(requests);
    const { table, offset } = step.request;
    const count = Math.min(step.request.count, pieceBytes);
    const image = meter.image(table);
    assert.ok(image && offset + count <= image.length, `${table} ${offset} ${count}`);
    requests++;
    bytes += count;
    step = steps.next(image.slice(offset, offset + count)).value;
  }
  assert.fail('the last step has no request');
}

const FLAGS = ['daylight-saving', 'power-fail', 'clock-forward', 'clock-back'];

/** An interval as it was read, to compare with `textOfTruth`. */
export function textOf({ history, registers }: NextInterval): string {
  const { block, interval, end, flags } = history;
  return JSON.stringify([block, interval, end, flags, registers.map(({ status, raw }) => [status, raw])]);
}

/** The same of an interval as the meter recorded it. */
export function textOfTruth({ block, interval, end, common, statuses, values }: RecordedInterval): string {
  const flags = FLAGS.filter((_, bit) => (common & (1 << bit)) !== 0);
  const time = `${new Date(end).toISOString().slice(0, 19)}Z`;
  return JSON.stringify([block, interval, time, flags, statuses.map((status, i) => [status, values[i]])]);
}

/** Holds what was read against what the meter recorded. */
export function assertTruth(meter: SimulatedMeter, { records, lost }: Look, dataSet = 1): void {
  assert.deepEqual(lost, []);
  assert.deepEqual(records.map(textOf), meter.history.recorded(dataSet).map(textOfTruth));
}

/** Energy in all intervals and gaps, in the unit of the key. */
export function energyOf(records: readonly NextInterval[], key = 'activeEnergyImport'): number {
  return records.reduce((sum, { history: { used, gap } }) => sum + (used[key] ?? 0) + (gap?.used[key] ?? 0), 0);
}
