import { UsageError } from '../../errors.js';

/** The calendar periods over which energy is counted. */
export const PERIODS = ['day', 'month', 'year'] as const;
export type PeriodName = (typeof PERIODS)[number];

/** How many characters of `2026-11-21` are the name of a period. */
const NAME_LENGTHS: Readonly<Record<PeriodName, number>> = { day: 10, month: 7, year: 4 };

/** Formatters by time zone: creating one costs more than a hundred uses. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    const numbers = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    format = new Intl.DateTimeFormat('en', { ...numbers, ...(timeZone !== '' && { timeZone }) });
    formats.set(timeZone, format);
  }
  return format;
}

/**
 * Name of the day, month or year that contains a moment: `2026-11-21`, `2026-11`, `2026`.
 * @param at ms since 1970
 * @param timeZone IANA name; empty = time zone of the machine
 */
export function periodAt(at: number, period: PeriodName, timeZone: string): string {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const day = ['year', 'month', 'day'].map((part) => parts.get(part as 'day')).join('-');
  return day.slice(0, NAME_LENGTHS[period]);
}

/** Name of the previous period: `2026-10-31` for `2026-11-01`. */
export function periodBefore(name: string): string {
  const [year = 0, month, day] = name.split('-').map(Number);
  if (month === undefined) return String(year - 1);
  const before = day === undefined ? Date.UTC(year, month - 2, 1) : Date.UTC(year, month - 1, day - 1);
  return new Date(before).toISOString().slice(0, name.length);
}

/**
 * Checks the time zone in a node's settings.
 * @throws UsageError `bad-setting`: not a name such as `Europe/Copenhagen`
 */
export function timeZoneSetting(given: unknown): string {
  const name = typeof given === 'string' ? given.trim() : '';
  if (given !== undefined && given !== null && typeof given !== 'string') throw badTimeZone();
  try {
    periodAt(0, 'day', name);
  } catch {
    throw badTimeZone();
  }
  return name;
}

function badTimeZone(): UsageError {
  return new UsageError('bad-setting', 'There is no such time zone', { values: { setting: 'timeZone' } });
}
