import { isFields } from '../message.js';
import { isRegisterValue, isTime } from '../numbers.js';
import { type PeriodName, PERIODS } from './calendar.js';
import type { CountedMeter, Span, Total } from './count.js';
import type { EnergySample } from './sample.js';

/**
 * A meter as it was kept over a restart; `CountedMeter` is safe in JSON as it is.
 * @param kept whatever it has become
 * @returns undefined when it is something else: then counting begins anew
 */
export function recallCountedMeter(kept: unknown): CountedMeter | undefined {
  if (!isFields(kept) || !isFields(kept['spans']) || !isFields(kept['totals'])) return undefined;
  const last = sampleOf(kept['last']);
  if (!last) return undefined;
  const spans: Partial<Record<PeriodName, Span>> = {};
  const totals: Partial<Record<PeriodName, Total | null>> = {};
  for (const period of PERIODS) {
    const span = spanOf(kept['spans'][period]);
    if (!span || span.from.id !== last.id || span.from.import > last.import) return undefined;
    spans[period] = span;
    totals[period] = totalOf(kept['totals'][period]);
  }
  return {
    last,
    spans: spans as CountedMeter['spans'],
    totals: totals as CountedMeter['totals'],
    fallen: null,
    belatedSince: null,
  };
}

function sampleOf(kept: unknown): EnergySample | undefined {
  if (!isFields(kept)) return undefined;
  const { id, at, import: bought, export: sold } = kept;
  if (typeof id !== 'string' || !isTime(at)) return undefined;
  if (!isRegisterValue(bought) || !(sold === null || isRegisterValue(sold))) return undefined;
  return { id, at, import: bought, export: sold };
}

function spanOf(kept: unknown): Span | undefined {
  if (!isFields(kept)) return undefined;
  const { period, isWhole } = kept;
  const from = sampleOf(kept['from']);
  if (typeof period !== 'string' || !/^\d{4}(-\d\d){0,2}$/.test(period) || typeof isWhole !== 'boolean' || !from)
    return undefined;
  return { period, from, isWhole };
}

function totalOf(kept: unknown): Total | null {
  if (!isFields(kept)) return null;
  const { import: bought, export: sold } = kept;
  return isRegisterValue(bought) && (sold === null || isRegisterValue(sold)) ? { import: bought, export: sold } : null;
}
