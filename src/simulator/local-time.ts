/**
 * The local time of simulated meters: Central European Time. It is calculated from the rule of the European Union, so
 * that it depends neither on the zone of the host nor on its zone database.
 */
import { DAY_MS, LOCAL_OFFSET_MS, MINUTE_MS } from './day-plan.js';

/** How far daylight saving time is ahead of standard time. */
export const DAYLIGHT_SAVING_MS = 60 * MINUTE_MS;
const [MARCH, OCTOBER] = [2, 9];
/** Both changes happen at 01:00 UTC. */
const CHANGE_MS = 60 * MINUTE_MS;
const DAYS_A_WEEK = 7;

/** Begin and end of daylight saving time in a year, ms since 1970 (UTC). */
export function daylightSavingOf(year: number): { begin: number; end: number } {
  return { begin: lastSunday(year, MARCH) + CHANGE_MS, end: lastSunday(year, OCTOBER) + CHANGE_MS };
}

export function isDaylightSaving(time: number): boolean {
  const year = new Date(time).getUTCFullYear();
  if (newest.year !== year) newest = { year, ...daylightSavingOf(year) };
  return time >= newest.begin && time < newest.end;
}

/** The year that was calculated last: times mostly follow each other. */
let newest = { year: 0, begin: 0, end: 0 };

/** Local time minus UTC. */
export function localOffset(time: number): number {
  return LOCAL_OFFSET_MS + (isDaylightSaving(time) ? DAYLIGHT_SAVING_MS : 0);
}

/** The local day (counted from 1970) and the minute that the clock shows on it. */
export function localClock(time: number): { day: number; minute: number } {
  const local = time + localOffset(time);
  const day = Math.floor(local / DAY_MS);
  return { day, minute: Math.floor((local - day * DAY_MS) / MINUTE_MS) };
}

/** ms since 1970 (UTC) at which a local day begins. */
export function midnightOf(day: number): number {
  const standard = day * DAY_MS - LOCAL_OFFSET_MS;
  // Clocks change at 01:00 UTC, never between local midnight of standard time and that of daylight saving time.
  return standard - (isDaylightSaving(standard - DAYLIGHT_SAVING_MS) ? DAYLIGHT_SAVING_MS : 0);
}

function lastSunday(year: number, month: number): number {
  const last = Date.UTC(year, month + 1, 0);
  return last - (new Date(last).getUTCDay() % DAYS_A_WEEK) * DAY_MS;
}
