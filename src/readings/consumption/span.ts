import { periodAt, periodBefore, type PeriodName, PERIODS } from './calendar.js';
import { isUnset } from './clock.js';
import type { EnergySample } from './sample.js';

/** Where a period is counted from. */
export interface Span {
  /** `2026-11-21`, `2026-11` or `2026`. */
  readonly period: string;
  /** The reading that is counted from; below zero where a register began anew since. */
  readonly from: EnergySample;
  /** Whether the period is counted from its very beginning. */
  readonly isWhole: boolean;
  /** The period began by one clock only, which had jumped. */
  readonly isDoubtful?: true;
}

/** The energy of a period that is over and was counted as a whole, kWh. */
export interface Total {
  readonly import: number;
  readonly export: number | null;
}

/** A period that was left, to be counted on when a clock that was wrong is set right. */
export interface FormerSpan {
  readonly span: Span;
  /** Of the period before it. */
  readonly total: Total | null;
}

/** The periods of one kind. */
export interface Counted {
  readonly span: Span;
  /** Of the period before the present one; null where it was not counted as a whole. */
  readonly total: Total | null;
  /** The newest last. */
  readonly formers: readonly FormerSpan[];
}

/** A reading to be counted, and how sure its time is. */
export interface Turning {
  /** With the time that is believed. */
  readonly sample: EnergySample;
  readonly last: EnergySample;
  /** False where only one clock agrees. */
  readonly isSure: boolean;
  /** The first reading after the clock was set, where that was not believed at once. */
  readonly first: EnergySample | undefined;
  /** What the time would be if the clock had not been set. */
  readonly reckonedAt: number | undefined;
}

/**
 * A change of the day between two readings further apart than this belongs to neither day: what was used meanwhile is then
 * counted to no day, so that no day shows more than was used in it. A meter that is read every hour stays below.
 */
const MAX_GAP_MS = 65 * 60_000;
const MAX_FORMERS = 3;

/** Whether nothing can have been missed between two readings. */
export function isSeamless({ sample, last }: Pick<Turning, 'sample' | 'last'>): boolean {
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

/** A period that is counted from a reading on. */
function spanFrom(period: string, turning: Turning, from: EnergySample): Span {
  const seamless = isSeamless(turning);
  const isDoubtful = !seamless && (!turning.isSure || turning.first !== undefined);
  return {
    period,
    from: seamless ? turning.last : from,
    isWhole: seamless,
    ...(isDoubtful && { isDoubtful: true as const }),
  };
}

/** A period that began before the computer knew the time: when it began is known as soon as it does. */
function dated({ span }: Counted, period: string, name: PeriodName, zone: string, turning: Turning): Span | undefined {
  const { sample, reckonedAt } = turning;
  if (!isUnset(span.from.at) || isUnset(sample.at) || reckonedAt === undefined) return undefined;
  const from = { ...span.from, at: sample.at - (reckonedAt - span.from.at) };
  return periodAt(from.at, name, zone) === period ? { period, from, isWhole: false } : undefined;
}

/** A period that was left by a clock that was wrong, where that is what the reading comes back to. */
function formerOf({ span, formers }: Counted, period: string, turning: Turning): FormerSpan | undefined {
  const former = formers.find((each) => each.span.period === period);
  if (former === undefined) return undefined;
  if (period > span.period) return former.span.isDoubtful === true ? undefined : former;
  // Back to it: what is left was never true, or days begin at another hour now.
  return span.isDoubtful === true || turning.sample.at >= turning.last.at ? former : undefined;
}

/** Counts on in the period of a reading. The same period is never begun anew. */
export function turned(counted: Counted, name: PeriodName, zone: string, turning: Turning): Counted {
  const { span, total } = counted;
  const period = periodAt(turning.sample.at, name, zone);
  if (period === span.period) return counted;
  const left = { span, total };
  const others = counted.formers.filter((each) => each.span.period !== period && each.span.period !== span.period);
  const isForgotten = span.isDoubtful === true && period < span.period;
  const formers = isForgotten ? others : [...others, left].slice(-MAX_FORMERS);
  const former = formerOf(counted, period, turning);
  if (former !== undefined) return { ...former, formers };
  const begun = dated(counted, period, name, zone, turning);
  if (begun !== undefined) return { span: begun, total: null, formers: others };
  const isNext = periodBefore(period) === span.period;
  return {
    span: spanFrom(period, turning, turning.first ?? turning.sample),
    total: isSeamless(turning) && isNext && span.isWhole ? used(span.from, turning.last) : null,
    formers,
  };
}

/** By kind of period. */
export function byPeriod<Value>(valueOf: (period: PeriodName) => Value): Record<PeriodName, Value> {
  const [day, month, year] = PERIODS.map(valueOf);
  return { day, month, year } as Record<PeriodName, Value>;
}
