import { capacity, PLAUSIBILITY_DEFAULTS, ROLLOVER_DIGITS } from '../plausibility/index.js';
import type { PeriodName } from './calendar.js';
import type { EnergySample } from './sample.js';
import { byPeriod, type FormerSpan, type Span, type Total } from './span.js';

/** The part of a meter's state that depends on its register values. */
export interface Registered {
  readonly last: EnergySample;
  readonly spans: Readonly<Record<PeriodName, Span>>;
  readonly totals: Readonly<Record<PeriodName, Total | null>>;
  readonly formers: Readonly<Record<PeriodName, readonly FormerSpan[]>>;
}

/**
 * A register that fell by less than this share of its value, or by less than this many kWh, is still the same register:
 * one reading was slightly too high, or the meter lost its latest counts in an outage. Home Assistant uses the same
 * share.
 */
const SMALL_FALL = 0.1;
const SMALL_FALL_KWH = 1;
/** A larger rise cannot be consumption, however large the connection: it is another register. */
const MAX_RISE_KWH = 100;
const MAX_POWER_KW = 1000;
/** A rollover is accepted within this many kWh, even between readings that follow each other quickly. */
const MAX_STEP_KWH = 1;
const MS_PER_HOUR = 3_600_000;

/** Whether a register is lower: the meter was exchanged or set to zero, or the other reading was too high. */
export function isBelow(sample: EnergySample, other: EnergySample): boolean {
  const isSoldBelow = sample.export !== null && other.export !== null && sample.export < other.export;
  return sample.import < other.import || isSoldBelow;
}

function isFarAbove(sample: EnergySample, other: EnergySample): boolean {
  const max = MAX_RISE_KWH + (MAX_POWER_KW * Math.abs(sample.at - other.at)) / MS_PER_HOUR;
  const sold = sample.export === null || other.export === null ? 0 : sample.export - other.export;
  return sample.import - other.import > max || sold > max;
}

/** Whether the registers of a reading do not continue from those of another one. */
export function isElsewhere(sample: EnergySample, other: EnergySample): boolean {
  return isBelow(sample, other) || isFarAbove(sample, other);
}

function isSameRegister(sample: EnergySample, last: EnergySample): boolean {
  const isNear = (value: number, before: number): boolean =>
    value >= before * (1 - SMALL_FALL) || value > before - SMALL_FALL_KWH;
  const isSoldNear = sample.export === null || last.export === null || isNear(sample.export, last.export);
  return isNear(sample.import, last.import) && isSoldNear && !isFarAbove(sample, last);
}

/** The state after a confirmed jump of the registers. All energy that was counted before the jump is preserved. */
export function settled(meter: Registered, sample: EnergySample): Registered & { readonly isBegun: boolean } {
  if (isSameRegister(sample, meter.last)) return { ...corrected(meter, sample), isBegun: false };
  return moved(meter, sample);
}

/** The state after a last reading that was too high is replaced by a lower one. */
function corrected(meter: Registered, sample: EnergySample): Registered {
  const last = { ...meter.last, import: Math.min(meter.last.import, sample.import), export: lower(meter.last, sample) };
  // A period that began at a reading that was too high begins here, and the total of the one before it is not known.
  const isTooHigh = ({ from }: Span): boolean => isBelow(last, from);
  return {
    last,
    spans: byPeriod((period) => {
      const span = meter.spans[period];
      return isTooHigh(span) ? { ...span, from: sample, isWhole: false } : span;
    }),
    totals: byPeriod((period) => (isTooHigh(meter.spans[period]) ? null : meter.totals[period])),
    formers: byPeriod((period) => meter.formers[period].filter(({ span }) => !isTooHigh(span))),
  };
}

function lower(one: EnergySample, other: EnergySample): number | null {
  return one.export === null || other.export === null ? one.export : Math.min(one.export, other.export);
}

/** The jump of a register from one value to another, from which it continues to count. */
interface Move {
  readonly by: number;
  /** True where the energy between the two readings is not known. */
  readonly isBegun: boolean;
}

/** The guide leaves open whether the digits count Wh or register counts, so all units are tried. [MEP p.119, p.158] */
function moveOf(from: number, to: number, max: number, digits: readonly number[]): Move {
  if (to >= from && to - from <= max) return { by: 0, isBegun: false };
  const ends = digits.flatMap((digit) => [1000, 100, 10].map((countsPerKwh) => 10 ** digit / countsPerKwh));
  const end = ends.find((kWh) => from <= kWh && to + kWh - from >= 0 && to + kWh - from <= max);
  return end === undefined ? { by: to - from, isBegun: true } : { by: -end, isBegun: false };
}

/**
 * The state after registers were set to zero, exchanged, or rolled over. Each period keeps the energy it has counted,
 * and the day begins anew where the energy between the two readings is not known.
 */
function moved(meter: Registered, sample: EnergySample): Registered & { readonly isBegun: boolean } {
  const { last } = meter;
  const max = MAX_STEP_KWH + (capacity(PLAUSIBILITY_DEFAULTS) * Math.abs(sample.at - last.at)) / MS_PER_HOUR;
  const digits = sample.rolloverDigits === undefined ? ROLLOVER_DIGITS : [sample.rolloverDigits];
  const bought = moveOf(last.import, sample.import, max, digits);
  const sold =
    last.export === null || sample.export === null ? undefined : moveOf(last.export, sample.export, max, digits);
  const isBegun = bought.isBegun || sold?.isBegun === true;
  const shifted = (from: EnergySample, move: { bought: number; sold: number | undefined }): EnergySample => ({
    ...from,
    import: from.import + move.bought,
    export: from.export === null || move.sold === undefined ? null : from.export + move.sold,
  });
  const by = { bought: bought.by, sold: sold?.by };
  const spanOf = (span: Span): Span => ({ ...span, from: shifted(span.from, by), isWhole: span.isWhole && !isBegun });
  return {
    last: shifted(last, by),
    spans: byPeriod((period) => spanOf(meter.spans[period])),
    totals: meter.totals,
    formers: byPeriod((period) => meter.formers[period].map(({ span, total }) => ({ span: spanOf(span), total }))),
    isBegun,
  };
}
