/**
 * The events of a meter in the order in which they happened, numbered across both logs: BT74 and ET79 share one
 * sequence number. [MEP p.181, p.241-243]
 */
import { daylightSavingOf, midnightOf } from './local-time.js';
import type { MeterClock } from './meter-clock.js';
import type { Outage } from './outages.js';
import { seasonAt } from './seasons.js';

/** Event numbers of C12.19, and the one of the manufacturer for a failed backfill: the guide does not list any. */
export const EVENTS = {
  powerDown: 1,
  powerUp: 2,
  clockChangedFrom: 3,
  clockChangedTo: 4,
  daylightSavingOn: 22,
  daylightSavingOff: 23,
  seasonChanged: 24,
  backfillFailed: 79,
} as const;
/** Argument of a power-up after a power failure. */
const POWER_FAILURE = 3;
/** No user was logged in. */
export const NO_USER = 0xffff;
/** More than any log holds. */
const MAX_ENTRIES = 400;

/** An event as it was logged. */
export interface LoggedEvent {
  readonly sequence: number;
  /** By the meter's clock (UTC), ms since 1970. */
  readonly time: number;
  readonly event: number;
  readonly argument: number;
  readonly user: number;
  /** In the alternate log. */
  readonly isAlternate: boolean;
  /** Number of the event in its own log, from 0: the place in the circular queue. */
  readonly place: number;
}

/** An event to log. */
export interface NewEvent {
  readonly event: number;
  /** 16 bits; default 0. */
  readonly argument?: number;
  /** User id; default: no user was logged in. */
  readonly user?: number;
}

interface Happening extends NewEvent {
  /** True time. */
  readonly at: number;
}

export interface EventSources {
  readonly clock: MeterClock;
  /** The latest outages, oldest first. */
  readonly outages: readonly Outage[];
  /** Outages in all, forgotten ones included. */
  readonly powerOutages: number;
  /** True time now. */
  readonly now: number;
}

export class EventLog {
  readonly #sources: () => EventSources;
  #events: LoggedEvent[] = [];
  #newest: number | undefined;
  /** Events so far of the primary and of the alternate log. */
  readonly #counts: [number, number] = [0, 0];
  /** True time up to which events were logged. */
  #until: number | undefined;
  /** Entries of ET79; 0: there is no alternate log. */
  alternateEntries = 0;
  /** Events from this number on go to the alternate log, where there is one. */
  firstAlternate = 64;

  constructor(sources: () => EventSources) {
    this.#sources = sources;
  }

  /** Logs an event now. */
  log(event: NewEvent): void {
    this.#advance();
    this.#add({ at: this.#sources().now, ...event });
  }

  /** Sets the number of the newest event, so that the next one has the number that follows. */
  setNewest(sequence: number): void {
    this.#advance();
    const step = sequence - (this.#newest ?? 0);
    this.#events = this.#events.map((one) => ({ ...one, sequence: one.sequence + step }));
    this.#newest = sequence;
  }

  /** Clears both logs; since firmware 3.70 their number goes on. */
  clear(): void {
    this.#advance();
    this.#events = [];
  }

  /** The newest events of a log, at most `entries`, oldest first, and the number of the newest event of it. */
  kept(isAlternate: boolean, entries: number): readonly LoggedEvent[] {
    this.#advance();
    const own = this.#events.filter((one) => one.isAlternate === isAlternate);
    return entries === 0 ? [] : own.slice(-entries);
  }

  #advance(): void {
    const sources = this.#sources();
    const { outages, powerOutages, now } = sources;
    if (this.#until === undefined) {
      // Outages that are no longer kept were logged as two events each.
      this.#newest = 2 * (powerOutages - outages.length);
      this.#counts[0] = this.#newest;
      this.#until = (outages[0]?.from ?? now) - 1;
    }
    const since = this.#until;
    this.#until = now;
    const happened = [...outageEvents(outages), ...calendarEvents(since, now)].filter(
      ({ at }) => at > since && at <= now,
    );
    for (const one of happened.sort((left, right) => left.at - right.at)) this.#add(one);
  }

  #add({ at, event, argument = 0, user = NO_USER }: Happening): void {
    const sequence = (this.#newest ?? 0) + 1;
    const isAlternate = this.alternateEntries > 0 && event >= this.firstAlternate;
    const time = this.#sources().clock.shown(at);
    const place = this.#counts[isAlternate ? 1 : 0]++;
    this.#newest = sequence;
    this.#events = [...this.#events, { sequence, time, event, argument, user, isAlternate, place }].slice(-MAX_ENTRIES);
  }
}

function outageEvents(outages: readonly Outage[]): Happening[] {
  return outages.flatMap(({ from, to }) => [
    { at: from, event: EVENTS.powerDown },
    { at: to, event: EVENTS.powerUp, argument: POWER_FAILURE },
  ]);
}

/** Season changes and the changes of daylight saving time between two moments. */
function calendarEvents(since: number, now: number): Happening[] {
  const events: Happening[] = [];
  for (let began = seasonBegin(now); began > since; began = seasonBegin(began - 1)) {
    events.push({ at: began, event: EVENTS.seasonChanged });
  }
  const yearOf = (time: number): number => new Date(time).getUTCFullYear();
  for (let year = yearOf(since); year <= yearOf(now); year++) {
    const { begin, end } = daylightSavingOf(year);
    events.push({ at: begin, event: EVENTS.daylightSavingOn }, { at: end, event: EVENTS.daylightSavingOff });
  }
  return events;
}

const seasonBegin = (time: number): number => midnightOf(seasonAt(time).since);
