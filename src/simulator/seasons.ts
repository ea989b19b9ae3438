/** The seasons of the tariff calendar: summer from April, winter from October. Both have the same tiers. */
import { DAY_MS } from './day-plan.js';
import { localClock } from './local-time.js';

/** Months in which seasons 0 and 1 begin, on the first day. */
export const SEASON_MONTHS: readonly [summer: number, winter: number] = [4, 10];

/** True if the local day (counted from 1970) is the first of a season. */
export function isFirstDayOfSeason(day: number): boolean {
  const date = new Date(day * DAY_MS);
  return date.getUTCDate() === 1 && SEASON_MONTHS.includes(date.getUTCMonth() + 1);
}

/** The season at a moment, and the local day (counted from 1970) on which it began. */
export function seasonAt(time: number): { season: 0 | 1; since: number } {
  const { day } = localClock(time);
  const date = new Date(day * DAY_MS);
  const year = date.getUTCFullYear();
  const [summer, winter] = SEASON_MONTHS;
  const month = date.getUTCMonth() + 1;
  const season = month >= summer && month < winter ? 0 : 1;
  const began = Date.UTC(month < summer ? year - 1 : year, SEASON_MONTHS[season] - 1, 1);
  return { season, since: began / DAY_MS };
}
