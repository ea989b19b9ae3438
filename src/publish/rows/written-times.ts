import { isFields } from '../../readings/index.js';

/** Times with the same distance between neighbours, as the intervals of a meter have. */
interface Run {
  /** ms since 1970. */
  readonly first: number;
  readonly count: number;
  /** ms; 0 while there is only one. */
  readonly step: number;
}

/** The times of which a row was written, by series; JSON-safe. */
export type WrittenTimes = Readonly<Record<string, readonly Run[]>>;

/** A file with more holes than this in one series forgets the oldest rows. */
const MAX_RUNS = 2_000;

export function isWritten(times: WrittenTimes, series: string, at: number): boolean {
  return runsOf(times, series).some(({ first, count, step }) => {
    const distance = at - first;
    if (distance === 0) return true;
    return step > 0 && distance > 0 && distance <= (count - 1) * step && distance % step === 0;
  });
}

/** Adds a time that is not among them yet. */
export function withTime(times: WrittenTimes, series: string, at: number): WrittenTimes {
  const runs = runsOf(times, series);
  const last = runs.at(-1);
  const distance = last === undefined ? 0 : at - last.first;
  const isNext = last !== undefined && distance > 0 && (last.count === 1 || distance === last.count * last.step);
  const added = isNext
    ? [...runs.slice(0, -1), { first: last.first, count: last.count + 1, step: distance / last.count }]
    : [...runs, { first: at, count: 1, step: 0 }];
  return { ...times, [series]: added.slice(-MAX_RUNS) };
}

/** What was kept, back from wherever it was; empty for anything else. */
export function recallTimes(kept: unknown): WrittenTimes {
  if (!isFields(kept)) return {};
  return Object.fromEntries(
    Object.entries(kept).map(([series, runs]) => [series, Array.isArray(runs) ? runs.filter(isRun) : []]),
  );
}

function runsOf(times: WrittenTimes, series: string): readonly Run[] {
  return Object.hasOwn(times, series) ? (times[series] ?? []) : [];
}

function isRun(value: unknown): value is Run {
  return isFields(value) && ['first', 'count', 'step'].every((name) => Number.isSafeInteger(value[name]));
}
