import { periodAt, periodBefore, type PeriodName, PERIODS } from './calendar.js';
import { isUnset } from './clock.js';
import type { EnergySample } from './sample.js';

/** A period and the reading from which it is counted. */
export interface Span {
  /** `2026-11-21`, `2026-11` or `2026`. */
  readonly period: string;
  /** The reading from which the period is counted; below zero where a register restarted since. */
  readonly from: EnergySample;
  /** Whether the period is counted from its beginning. */
  readonly isWhole: boolean;
  /** Set where the period began by a single clock that had jumped. */
  readonly isDoubtful?: true;
}

/** The energy of a completed period that was counted as a whole, kWh. */
export interface Total {
  readonly import: number;
  readonly export: number | null;
}

/** An earlier period, kept so that counting can continue in it after a wrong clock is corrected. */
export interface FormerSpan {
  readonly span: Span;
  /** Total of the period before it. */
  readonly total: Total | null;
}

/** The counted days, months or years. */
export interface Counted {
  readonly span: Span;
  /** Total of the previous period; null where it was not counted as a whole. */
  readonly total: Total | null;
  /** Earlier periods, the newest last. */
  readonly formers: readonly FormerSpan[];
}

/** A reading to be counted, and how its time was determined. */
export interface CountedStep {
  /** With its accepted time. */
  readonly sample: EnergySample;
  readonly last: EnergySample;
  /** False where only one clock agrees. */
  readonly isSure: boolean;
  /** The first reading after the clock was set, where the new time was not accepted at once. */
  readonly first: EnergySample | undefined;
  /** The time of the reading if the clock had not been set. */
  readonly reckonedAt: number | undefined;
}

/**
 * Where the day changes between two readings that are further apart than this, the energy between them is counted to
 * neither day, so that no day shows more than was used in it. A meter that is read every hour stays below this limit.
 */
const MAX_GAP_MS = 65 * 60_000;
const MAX_FORMERS = 3;

/** Whether the time between two readings is within `MAX_GAP_MS`. */
export function isSeamless({ sample, last }: Pick<CountedStep, 'sample' | 'last'>): boolean {
  const gap = sample.at - last.at;
  return gap >= 0 && gap <= MAX_GAP_MS;
}

/** The energy between two readings, kWh. Registers count whole Wh at the finest: so does the difference. [MEP p.158] */
export function used(from: EnergySample, to: EnergySample): Total {
  const exact = (kWh: number): number => Math.round(kWh * 1000) / 1000;
  return {
    import: exact(to.import - from.import),
    export: from.export === null || to.export === null ? null : exact(to.export - from.export),
  };
}

/** A period that is counted from a reading. */
function periodFrom(period: string, step: CountedStep, from: EnergySample): Span {
  const seamless = isSeamless(step);
  const isDoubtful = !seamless && (!step.isSure || step.first !== undefined);
  return {
    period,
    from: seamless ? step.last : from,
    isWhole: seamless,
    ...(isDoubtful && { isDoubtful: true as const }),
  };
}

/** The start of a period that began while the clock was not set, worked out once the clock is set. */
function dated({ span }: Counted, period: string, name: PeriodName, zone: string, step: CountedStep): Span | undefined {
  const { sample, reckonedAt } = step;
  if (!isUnset(span.from.at) || isUnset(sample.at) || reckonedAt === undefined) return undefined;
  const from = { ...span.from, at: sample.at - (reckonedAt - span.from.at) };
  return periodAt(from.at, name, zone) === period ? { period, from, isWhole: false } : undefined;
}

/** The earlier period that a reading returns to after a wrong clock was corrected. */
function formerOf({ span, formers }: Counted, period: string, step: CountedStep): FormerSpan | undefined {
  const former = formers.find((each) => each.span.period === period);
  if (former === undefined) return undefined;
  if (period > span.period) return former.span.isDoubtful === true ? undefined : former;
  // The present period was never valid, or the time zone was changed.
  return span.isDoubtful === true || step.sample.at >= step.last.at ? former : undefined;
}

/**
 * The periods after a reading: a new one where the day, month or year changes, an earlier one where it returns to it.
 */
export function periodsAfter(counted: Counted, name: PeriodName, zone: string, step: CountedStep): Counted {
  const { span, total } = counted;
  const period = periodAt(step.sample.at, name, zone);
  if (period === span.period) return counted;
  const left = { span, total };
  const others = counted.formers.filter((each) => each.span.period !== period && each.span.period !== span.period);
  const isForgotten = span.isDoubtful === true && period < span.period;
  const formers = isForgotten ? others : [...others, left].slice(-MAX_FORMERS);
  const former = formerOf(counted, period, step);
  if (former !== undefined) return { ...former, formers };
  const begun = dated(counted, period, name, zone, step);
  if (begun !== undefined) return { span: begun, total: null, formers: others };
  const isNext = periodBefore(period) === span.period;
  return {
    span: periodFrom(period, step, step.first ?? step.sample),
    total: isSeamless(step) && isNext && span.isWhole ? used(span.from, step.last) : null,
    formers,
  };
}

/** By kind of period. */
export function byPeriod<Value>(valueOf: (period: PeriodName) => Value): Record<PeriodName, Value> {
  const [day, month, year] = PERIODS.map(valueOf);
  return { day, month, year } as Record<PeriodName, Value>;
}
