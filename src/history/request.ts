import { UsageError } from '../errors.js';
import { isFields } from '../readings/index.js';

/** What `msg.history` requests: new records, those of a span of time (ms since 1970), or all of them anew. */
export type HistoryOrder =
  | { readonly kind: 'news' }
  | { readonly kind: 'span'; readonly from: number; readonly to: number }
  | { readonly kind: 'reset' };

/** A date, or a date with a time; without a zone it is UTC. */
const ISO_TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?<zone>Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Reads `msg.history`.
 * @throws UsageError `bad-history`
 */
export function historyOrderOf(value: unknown): HistoryOrder {
  if (value === undefined || value === null) return { kind: 'news' };
  if (!isFields(value)) throw badHistory('an object is needed');
  const { from, to, reset } = value;
  const isSpan = from !== undefined || to !== undefined;
  if (reset !== undefined && (reset !== true || isSpan)) throw badHistory('reset is true, and alone');
  if (reset === true) return { kind: 'reset' };
  if (!isSpan) throw badHistory('it has neither from nor reset');
  const span = { kind: 'span', from: timeOf(from, 'from'), to: timeOf(to, 'to') } as const;
  if (span.from >= span.to) throw badHistory('from is not before to');
  return span;
}

function timeOf(value: unknown, name: string): number {
  const match = typeof value === 'string' ? ISO_TIME.exec(value) : null;
  if (match === null) throw badHistory(`${name} is not a time in ISO 8601`);
  const [text] = match;
  const isLocal = text.includes('T') && match.groups?.['zone'] === undefined;
  const time = Date.parse(isLocal ? `${text}Z` : text);
  if (Number.isNaN(time)) throw badHistory(`${name} is not a time in ISO 8601`);
  return time;
}

function badHistory(why: string): UsageError {
  return new UsageError('bad-history', `msg.history: ${why}`, { values: { why } });
}
