/** March 2026 of two meters in Denmark, with the change to daylight saving time: history and live readings of one series. */

/** A row: energy from the history or a live reading, or the power of a live reading. */
export interface MarchRow {
  readonly serial: string;
  /** ms since 1970 */
  readonly at: number;
  readonly wattHours: number | null;
  readonly watts: number | null;
}

const HOUR_MS = 3_600_000;
const QUARTER_MS = HOUR_MS / 4;
/** Midnight of 1 March and of 1 April, local time. */
const BEGIN = Date.parse('2026-02-28T23:00:00Z');
const END = Date.parse('2026-03-31T22:00:00Z');
/** One uses a kWh an hour, the other two. */
const KILOWATTS = [
  ['A', 1],
  ['B', 2],
] as const;

/** Intervals of a quarter of an hour, some hours beyond both ends of the month, and readings between them. */
export function marchOfTwoMeters(): readonly MarchRow[] {
  const rows: MarchRow[] = [];
  for (let at = BEGIN - 4 * HOUR_MS; at <= END + HOUR_MS; at += QUARTER_MS) {
    for (const [serial, kilowatts] of KILOWATTS) {
      const wattHoursAt = (time: number): number => 5_000_000 + Math.round((kilowatts * 1_000 * (time - BEGIN)) / HOUR_MS);
      rows.push({ serial, at, wattHours: wattHoursAt(at), watts: null });
      const live = at + 400_000;
      if (at % HOUR_MS === 0) rows.push({ serial, at: live, wattHours: wattHoursAt(live), watts: null });
      rows.push({ serial, at: live + 1_000, wattHours: null, watts: kilowatts * 1_000 });
    }
  }
  return rows;
}

/** The energy of each day, kWh, by serial number. */
export const MARCH_DAYS: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map(
  KILOWATTS.map(([serial, kilowatts]) => {
    const days = Array.from({ length: 31 }, (_, index) => {
      const day = `2026-03-${String(index + 1).padStart(2, '0')}`;
      return [day, kilowatts * (day === '2026-03-29' ? 23 : 24)] as const;
    });
    return [serial, new Map(days)];
  }),
);

/** The energy of the month, kWh, by serial number. */
export const MARCH_KWH: ReadonlyMap<string, number> = new Map(
  KILOWATTS.map(([serial, kilowatts]) => [serial, kilowatts * (31 * 24 - 1)]),
);
