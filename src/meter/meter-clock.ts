import type { TableLink } from '../c1218/table-link.js';
import type { Clock } from '../clock.js';
import { isRefusal } from '../error-kinds.js';
import { isMeterError } from '../errors.js';
import { decodeTable, tableSize } from '../tables/index.js';
import { requireTable } from './value-reader.js';

/** Holds the meter's own clock. [MEP p.224-225] */
export const CLOCK_TABLE = 'BT52';
const LOOK_EVERY_MS = 3_600_000;
const REFUSED_FOR_MS = 86_400_000;
/** After failed reads the last value is extrapolated for this long; then the meter's time counts as unknown. */
const FORGET_AFTER_MS = 2 * LOOK_EVERY_MS;
/** The host's two clocks differ by more than drift: it slept, or its wall clock was set. */
const HOST_DISAGREES_MS = 60_000;

/** A moment by the host's two clocks, in ms: monotonic and wall clock. */
export interface HostMoment {
  readonly now: number;
  readonly date: Date;
}

/** The present moment. */
export function momentOf(clock: Clock): HostMoment {
  return { now: clock.now(), date: clock.date() };
}

/**
 * The meter's own clock, a measure of elapsed time that does not depend on the host's clocks. Read together with the first
 * registers, then every hour, after a reconnect, and whenever the host's two clocks disagree; extrapolated in between. A
 * meter that refuses it is asked again after a day, since noise can look like a refusal; a busy one after an hour.
 */
export class MeterClock {
  readonly #link: TableLink;
  readonly #clock: Clock;
  #seen: { readonly time: number; readonly host: HostMoment } | undefined;
  #looked: HostMoment | undefined;
  #refusedUntil = Number.NEGATIVE_INFINITY;

  constructor(link: TableLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
  }

  /** The next reading reads the clock again: the connection was lost, or the meter may have been without power. */
  readonly invalidate = (): void => {
    this.#seen = undefined;
    this.#looked = undefined;
  };

  /**
   * Reads the clock if that is due. Call it within an exclusive request and after the registers: a clock that cannot be
   * read is no reason to lose a reading.
   * @throws UsageError `cancelled`: the caller no longer wants the reading
   */
  async lookIfDue(signal: AbortSignal): Promise<void> {
    if (this.#clock.now() < this.#refusedUntil || !this.#isDue()) return;
    this.#looked = momentOf(this.#clock);
    let sent = this.#looked;
    const onSending = (): void => {
      sent = momentOf(this.#clock);
    };
    const table = requireTable(CLOCK_TABLE);
    try {
      this.note(await this.#link.read(table.number, 0, tableSize(table, {}), { signal, onSending }), sent);
    } catch (error) {
      if (signal.aborted || !isMeterError(error)) throw error;
      // A refused digest is not repeated soon either: refusals can lock the port.
      const isRefused = error.code === 'authentication-failed' || isRefusal(error);
      if (isRefused) this.#refusedUntil = this.#clock.now() + REFUSED_FOR_MS;
    }
  }

  /**
   * Takes a whole BT52; a clock that was never set, or is not in UTC, is ignored.
   * @param host when it was requested
   */
  note(bytes: Uint8Array, host: HostMoment): void {
    this.#looked = host;
    const { clockCalendar, timeZoneApplied, dstApplied } = decodeTable(requireTable(CLOCK_TABLE), bytes, {});
    const isUtc = timeZoneApplied !== true && dstApplied !== true;
    const time = typeof clockCalendar === 'string' && isUtc ? Date.parse(`${clockCalendar}Z`) : NaN;
    this.#seen = Number.isNaN(time) ? undefined : { time, host };
  }

  /** The meter's time at a moment of the host's monotonic clock, ISO 8601 in UTC; null where unknown. */
  at(now: number): string | null {
    if (this.#seen === undefined || now - this.#seen.host.now > FORGET_AFTER_MS) return null;
    return new Date(this.#seen.time + now - this.#seen.host.now).toISOString();
  }

  #isDue(): boolean {
    if (this.#looked === undefined) return true;
    const { now, date } = momentOf(this.#clock);
    const passed = now - this.#looked.now;
    const isDisputed = Math.abs(date.getTime() - this.#looked.date.getTime() - passed) > HOST_DISAGREES_MS;
    return isDisputed || passed >= LOOK_EVERY_MS;
  }
}
