import { momentsIn } from '../../history/index.js';
import { isStructure, type TableValues } from '../../tables/index.js';
import { contentsIfAny, type HistorySource, structuresOf } from './source.js';

/** The moments, ms since 1970, at which the meter's local clock shows a time. */
export type MomentsOf = (local: string) => readonly number[];

/** The meter's local clock. */
export interface LocalClock {
  readonly momentsOf: MomentsOf;
  /** Whether the meter itself gives its zone; otherwise it is that of the host. */
  readonly isFromMeter: boolean;
}

const MINUTE_MS = 60_000;
const ONE_HOUR = 60;
const DST_ON = 1;
const DST_OFF = 2;
const MARCH = 3;
const OCTOBER = 10;
/** A zone for each offset, in minutes, whose clocks change on the last Sundays of March and October. */
const EUROPEAN_ZONES: ReadonlyMap<number, string> = new Map([
  [0, 'Europe/London'],
  [60, 'Europe/Copenhagen'],
  [120, 'Europe/Helsinki'],
]);

/**
 * How the meter's local times follow from UTC, by BT53 and its calendar. [MEP p.225-229] The zone of the host is used
 * where the meter gives none, as at the optical port, and where only that zone fits.
 * @param hostZone `Europe/Copenhagen`
 * @returns a clock without moments where the zone is not known
 */
export async function meterMoments(
  source: HistorySource,
  hostZone: string,
  signal: AbortSignal | undefined,
): Promise<LocalClock> {
  const offset = (await contentsIfAny(source, 'BT53', signal))?.values;
  if (offset === undefined) return { momentsOf: momentsIn(hostZone), isFromMeter: false };
  const standard = Number(offset['timeZoneOffset']);
  const summer = Number(offset['daylightSavingTimeAdjustment']);
  if (summer === 0) return { momentsOf: fixedMoments(standard), isFromMeter: true };
  if (summer === ONE_HOUR) {
    const zone = EUROPEAN_ZONES.get(standard);
    const calendar = (await contentsIfAny(source, 'BT54', signal))?.values;
    if (zone !== undefined && changesAsInEurope(calendar)) {
      return { momentsOf: momentsIn(zone), isFromMeter: true };
    }
  }
  const host = momentsIn(hostZone);
  return { momentsOf: isZoneOf(host, standard, summer) ? host : () => [], isFromMeter: true };
}

function fixedMoments(offset: number): MomentsOf {
  return (local) => {
    const shown = Date.parse(`${local}Z`);
    return Number.isNaN(shown) ? [] : [shown - offset * MINUTE_MS];
  };
}

function changesAsInEurope(calendar: TableValues | undefined): boolean {
  const dates = structuresOf(calendar?.['recurringDates']);
  const monthOf = (action: number): unknown => {
    const date = dates.find((one) => one['action'] === action)?.['recurringDate'];
    return isStructure(date) ? date['month'] : undefined;
  };
  return monthOf(DST_ON) === MARCH && monthOf(DST_OFF) === OCTOBER;
}

/** Whether a zone has these offsets in winter and in summer. */
function isZoneOf(moments: MomentsOf, standard: number, summer: number): boolean {
  const offsetAt = (local: string): number => {
    const [moment = NaN] = moments(local);
    return (Date.parse(`${local}Z`) - moment) / MINUTE_MS;
  };
  return offsetAt('2026-01-15T12:00:00') === standard && offsetAt('2026-07-15T12:00:00') === standard + summer;
}
