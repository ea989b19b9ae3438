import { periodAt, periodBefore, type PeriodName, PERIODS } from './calendar.js';
import type { EnergySample } from './sample.js';

/** Where a period is counted from. */
export interface Span {
  /** `2026-11-21`, `2026-11` or `2026`. */
  readonly period: string;
  /** The reading that is counted from. */
  readonly from: EnergySample;
  /** Whether the period is counted from its very beginning. */
  readonly isWhole: boolean;
}

/** The energy of a period that is over and was counted as a whole, kWh. */
export interface Total {
  readonly import: number;
  readonly export: number | null;
}

/** What is known of one meter. */
export interface CountedMeter {
  readonly last: EnergySample;
  readonly spans: Readonly<Record<PeriodName, Span>>;
  /** Of the period before the present one; null where it was not counted as a whole. */
  readonly totals: Readonly<Record<PeriodName, Total | null>>;
  /** A reading below the last one, which the next one must confirm. */
  readonly fallen: EnergySample | null;
  /** Since when readings come that are from before the last one, in ms of a clock that only grows. */
  readonly belatedSince: number | null;
}

/** What a reading led to. */
export interface Count {
  readonly meter: CountedMeter;
  /** Whether the reading was counted; one below the last, or from before it, is not yet. */
  readonly isCounted: boolean;
}

/**
 * A change of the day between two readings further apart than this belongs to neither day: what was used meanwhile is then
 * counted to no day, so that no day shows more than was used in it. A meter that is read every hour stays below.
 */
const LONGEST_GAP_MS = 65 * 60_000;
/**
 * For so long readings from before the last one are left alone: old ones that were kept on their way, or those of a computer
 * without a battery for its clock, which starts in the past until network time has come. After that the clock was set.
 */
const BELATED_MS = 15 * 60_000;
/**
 * A register that lost less than this share of itself, or less than this many kWh, is still the same one: it was read a
 * little too high once, or went back a little when the meter lost its power. Home Assistant draws the line at that share.
 */
const SMALL_FALL = 0.1;
const SMALL_FALL_KWH = 1;

/** Counts from here on, with no past. */
function begin(sample: EnergySample, timeZone: string): CountedMeter {
  return {
    last: sample,
    spans: byPeriod((period) => ({ period: periodAt(sample.at, period, timeZone), from: sample, isWhole: false })),
    totals: byPeriod(() => null),
    fallen: null,
    belatedSince: null,
  };
}

/**
 * Counts a reading.
 * @param meter undefined for the first reading
 * @param timeZone in which days begin; empty = that of the machine
 * @param now when it came, in ms of a clock that only grows
 */
export function countSample(
  meter: CountedMeter | undefined,
  sample: EnergySample,
  timeZone: string,
  now: number,
): Count {
  if (!meter) return { meter: begin(sample, timeZone), isCounted: true };
  const isOfAnotherDay = periodAt(sample.at, 'day', timeZone) < meter.spans.day.period;
  if (sample.at < meter.last.at && (isOfAnotherDay || isBelow(sample, meter.last))) {
    const belatedSince = meter.belatedSince ?? now;
    if (now - belatedSince < BELATED_MS) return { meter: { ...meter, belatedSince }, isCounted: false };
  }
  if (isBelow(sample, meter.last)) {
    const isConfirmed = meter.fallen !== null && !isBelow(sample, meter.fallen);
    if (!isConfirmed) return { meter: { ...meter, fallen: sample }, isCounted: false };
    if (!isSameRegister(sample, meter.last)) return { meter: begin(sample, timeZone), isCounted: true };
    return countSample(corrected(meter, sample), sample, timeZone, now);
  }
  // A clock that was set back to another day: which day the past readings belonged to is not known.
  if (isOfAnotherDay) return { meter: begin(sample, timeZone), isCounted: true };
  const turns = byPeriod((period) => turn(meter, period, sample, timeZone));
  return {
    meter: {
      last: sample,
      spans: byPeriod((period) => turns[period].span),
      totals: byPeriod((period) => turns[period].total),
      fallen: null,
      belatedSince: null,
    },
    isCounted: true,
  };
}

/** A meter that was exchanged or set to zero counts less than before, and so does one that was read too high. */
function isBelow(sample: EnergySample, other: EnergySample): boolean {
  const isSoldBelow = sample.export !== null && other.export !== null && sample.export < other.export;
  return sample.import < other.import || isSoldBelow;
}

function isSameRegister(sample: EnergySample, last: EnergySample): boolean {
  const isNear = (value: number, before: number): boolean =>
    value >= before * (1 - SMALL_FALL) || value > before - SMALL_FALL_KWH;
  const isSoldNear = sample.export === null || last.export === null || isNear(sample.export, last.export);
  return isNear(sample.import, last.import) && isSoldNear;
}

/** What is known of a meter, with a last reading that was too high set right by one that is below it. */
function corrected(meter: CountedMeter, sample: EnergySample): CountedMeter {
  const last = { ...meter.last, import: Math.min(meter.last.import, sample.import), export: lower(meter.last, sample) };
  // A period that was counted from a reading that was too high is counted from here on, and the one before it too long.
  const isTooHigh = (period: PeriodName): boolean => isBelow(last, meter.spans[period].from);
  return {
    ...meter,
    last,
    spans: byPeriod((period) => {
      const span = meter.spans[period];
      return isTooHigh(period) ? { ...span, from: sample, isWhole: false } : span;
    }),
    totals: byPeriod((period) => (isTooHigh(period) ? null : meter.totals[period])),
    fallen: null,
  };
}

function lower(one: EnergySample, other: EnergySample): number | null {
  return one.export === null || other.export === null ? one.export : Math.min(one.export, other.export);
}

function turn(
  meter: CountedMeter,
  name: PeriodName,
  sample: EnergySample,
  timeZone: string,
): { span: Span; total: Total | null } {
  const span = meter.spans[name];
  const period = periodAt(sample.at, name, timeZone);
  if (period === span.period) return { span, total: meter.totals[name] };
  const isSeamless = sample.at - meter.last.at <= LONGEST_GAP_MS;
  const isNext = periodBefore(period) === span.period;
  return {
    span: { period, from: isSeamless ? meter.last : sample, isWhole: isSeamless },
    total: isSeamless && isNext && span.isWhole ? used(span.from, meter.last) : null,
  };
}

/** The energy between two readings, kWh. Registers count whole Wh at the finest: so does the difference. [MEP p.158] */
export function used(from: EnergySample, to: EnergySample): Total {
  const exact = (kWh: number): number => Math.round(kWh * 1000) / 1000;
  return {
    import: exact(to.import - from.import),
    export: from.export === null || to.export === null ? null : exact(to.export - from.export),
  };
}

function byPeriod<Value>(valueOf: (period: PeriodName) => Value): Record<PeriodName, Value> {
  return Object.fromEntries(PERIODS.map((period) => [period, valueOf(period)])) as Record<PeriodName, Value>;
}
