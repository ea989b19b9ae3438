import { isFields } from '../message.js';
import { isNumber, isRegisterValue, isTime } from '../numbers.js';
import type { CountedMeter } from './count.js';
import type { EnergySample } from './sample.js';
import { byPeriod, type FormerSpan, type Span, type Total } from './span.js';

/**
 * Restores a meter that was stored over a restart; `CountedMeter` is JSON-safe.
 * @param kept the stored value, unchecked
 * @returns undefined when the value is no `CountedMeter`: counting then begins anew
 */
export function recallCountedMeter(kept: unknown): CountedMeter | undefined {
  if (!isFields(kept) || !isFields(kept['spans']) || !isFields(kept['totals'])) return undefined;
  const last = sampleOf(kept['last'], isRegisterValue);
  if (!last) return undefined;
  const { spans: keptSpans, totals, formers, offset } = kept;
  const spans = byPeriod((period) => spanOf(keptSpans[period], last));
  const { day, month, year } = spans;
  if (!day || !month || !year) return undefined;
  return {
    last,
    spans: { day, month, year },
    totals: byPeriod((period) => totalOf(totals[period])),
    // Earlier versions did not store these.
    formers: byPeriod((period) => formersOf(isFields(formers) ? formers[period] : [], last)),
    fallen: null,
    belatedSince: null,
    leap: null,
    offset: isNumber(offset) ? offset : null,
    doubt: null,
  };
}

function sampleOf(kept: unknown, isValue: (value: unknown) => value is number): EnergySample | undefined {
  if (!isFields(kept)) return undefined;
  const { id, at, import: bought, export: sold, meterAt, rolloverDigits } = kept;
  if (typeof id !== 'string' || !isTime(at)) return undefined;
  if (!isValue(bought) || !(sold === null || isValue(sold))) return undefined;
  return {
    ...{ id, at, import: bought, export: sold },
    ...(isTime(meterAt) && { meterAt }),
    ...(isNumber(rolloverDigits) && { rolloverDigits }),
  };
}

function spanOf(kept: unknown, last: EnergySample): Span | undefined {
  if (!isFields(kept)) return undefined;
  const { period, isWhole, isDoubtful } = kept;
  const from = sampleOf(kept['from'], isNumber);
  if (typeof period !== 'string' || !/^\d{4}(-\d\d){0,2}$/.test(period) || typeof isWhole !== 'boolean' || !from)
    return undefined;
  if (from.id !== last.id || from.import > last.import) return undefined;
  return { period, from, isWhole, ...(isDoubtful === true && { isDoubtful }) };
}

function totalOf(kept: unknown): Total | null {
  if (!isFields(kept)) return null;
  const { import: bought, export: sold } = kept;
  return isRegisterValue(bought) && (sold === null || isRegisterValue(sold)) ? { import: bought, export: sold } : null;
}

function formersOf(kept: unknown, last: EnergySample): readonly FormerSpan[] {
  return (Array.isArray(kept) ? (kept as unknown[]) : []).flatMap((former) => {
    const span = isFields(former) ? spanOf(former['span'], last) : undefined;
    return isFields(former) && span !== undefined ? [{ span, total: totalOf(former['total']) }] : [];
  });
}
