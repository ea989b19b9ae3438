import { periodAt, type PeriodName } from './calendar.js';
import { DOUBT_MS, isUnset, type KnownClocks, reckon, type Reckoning } from './clock.js';
import { isBelow, isElsewhere, type Registered, settled } from './register.js';
import type { EnergySample } from './sample.js';
import { byPeriod, isSeamless, periodsAfter } from './span.js';

/** The counted state of one meter; `last` is the last reading that was counted, with its accepted time. */
export interface CountedMeter extends KnownClocks, Registered {
  readonly last: EnergySample;
  /** A reading below the last one, or far above it, that waits for confirmation by the next one. */
  readonly fallen: EnergySample | null;
  /** When readings older than the last one began to arrive, ms of the monotonic clock. */
  readonly belatedSince: number | null;
  /** The last change of a period that only one clock showed. */
  readonly leap: Leap | null;
}

interface Leap {
  /** When it happened, ms of the monotonic clock. */
  readonly since: number;
  /** The time of the reading before the change. */
  readonly until: number;
}

/** The result of counting a reading. */
export interface Count {
  readonly meter: CountedMeter;
  /** Whether the reading was counted. A reading below the last one, or older than it, is not counted at first. */
  readonly isCounted: boolean;
}

/** A meter whose first reading this is: every period is counted from here. */
function begin(given: EnergySample, timeZone: string, now: number, age: number): CountedMeter {
  const sample = isUnset(given.at) ? { ...given, at: given.meterAt ?? given.at } : given;
  const { clocks } = reckon({ last: sample, offset: null, doubt: null }, sample, { now, age });
  return {
    last: sample,
    spans: byPeriod((period) => ({ period: periodAt(sample.at, period, timeZone), from: sample, isWhole: false })),
    totals: byPeriod(() => null),
    formers: byPeriod(() => []),
    fallen: null,
    belatedSince: null,
    leap: null,
    ...clocks,
  };
}

/**
 * Counts a reading.
 * @param meter undefined for the first reading
 * @param timeZone time zone of the days; empty = that of the machine
 * @param now arrival, ms of the monotonic clock
 * @param age age of the reading at its arrival, ms
 */
export function countSample(
  meter: CountedMeter | undefined,
  sample: EnergySample,
  timeZone: string,
  now: number,
  age = 0,
): Count {
  if (!meter) return { meter: begin(sample, timeZone, now, age), isCounted: true };
  const isUndone = isFromBeforeLeap(meter, sample, now);
  const reckoning = reckon(isUndone ? { ...meter, offset: null } : meter, sample, { now, age });
  const timed = { ...sample, at: reckoning.at };
  const isOfAnotherDay = !isUndone && isOfEarlierDay(meter, timed, timeZone);
  const isPast = timed.at < meter.last.at || sample.at < meter.last.at;
  if (isPast && (isOfAnotherDay || isBelow(timed, meter.last))) {
    const belatedSince = meter.belatedSince ?? now;
    if (now - belatedSince < DOUBT_MS) return { meter: { ...meter, belatedSince }, isCounted: false };
  }
  const known = { ...meter, ...reckoning.clocks };
  if (!isElsewhere(timed, meter.last)) {
    return { meter: countedOn(known, timed, timeZone, reckoning, now), isCounted: true };
  }
  const isConfirmed = meter.fallen !== null && !isElsewhere(timed, meter.fallen);
  if (!isConfirmed) return { meter: { ...known, fallen: timed }, isCounted: false };
  const { isBegun, ...after } = settled(meter, timed);
  const counted = countedOn({ ...known, ...after }, timed, timeZone, reckoning, now);
  const day = { ...counted.spans.day, from: timed, isWhole: false };
  return { meter: isBegun ? { ...counted, spans: { ...counted.spans, day } } : counted, isCounted: true };
}

/** Whether a reading shows that the clock was wrong by which the present period began. */
function isFromBeforeLeap({ leap, last }: CountedMeter, sample: EnergySample, now: number): boolean {
  if (leap === null || now < leap.since || now - leap.since >= DOUBT_MS) return false;
  return sample.at < last.at && sample.at >= leap.until;
}

function isOfEarlierDay({ last, spans }: CountedMeter, { at }: EnergySample, timeZone: string): boolean {
  return at < last.at && periodAt(at, 'day', timeZone) < spans.day.period;
}

/** The meter after a reading whose registers continue from the last one. */
function countedOn(
  meter: CountedMeter,
  sample: EnergySample,
  timeZone: string,
  { isSure, first, reckonedAt }: Reckoning,
  now: number,
): CountedMeter {
  const step = { sample, last: meter.last, isSure, first, reckonedAt };
  const counted = byPeriod((period: PeriodName) => {
    const { spans, totals, formers } = meter;
    return periodsAfter(
      { span: spans[period], total: totals[period], formers: formers[period] },
      period,
      timeZone,
      step,
    );
  });
  const isOtherDay = counted.day.span.period !== meter.spans.day.period;
  const isLeap = isOtherDay && !isSure && sample.at > meter.last.at && !isSeamless(step);
  return {
    last: sample,
    spans: byPeriod((period) => counted[period].span),
    totals: byPeriod((period) => counted[period].total),
    formers: byPeriod((period) => counted[period].formers),
    fallen: null,
    belatedSince: null,
    leap: isLeap ? { since: now, until: meter.last.at } : isOtherDay ? null : meter.leap,
    offset: meter.offset,
    doubt: meter.doubt,
  };
}
