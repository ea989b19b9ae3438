import { settingError } from '../../setting-values.js';

/** Gives the local time of a P1 telegram. */
export type LocalTime = (milliseconds: number) => string;

const twoDigits = (number: number): string => String(number).padStart(2, '0');

/**
 * Local time as a telegram has it, `YYMMDDhhmmss` and `S` for summer time or `W` for winter time.
 * @param timeZone an IANA name
 * @throws UsageError `bad-setting` for an unknown zone
 */
export function localTime(timeZone: string): LocalTime {
  const offsetAt = offsetIn(timeZone);
  return (milliseconds) => {
    const offset = offsetAt(milliseconds);
    const local = new Date(milliseconds + offset);
    const year = local.getUTCFullYear();
    const standard = Math.min(offsetAt(Date.UTC(year, 0, 1)), offsetAt(Date.UTC(year, 6, 1)));
    const digits = [
      year % 100,
      local.getUTCMonth() + 1,
      local.getUTCDate(),
      local.getUTCHours(),
      local.getUTCMinutes(),
      local.getUTCSeconds(),
    ];
    return `${digits.map(twoDigits).join('')}${offset > standard ? 'S' : 'W'}`;
  };
}

/** By how many milliseconds the clocks of a zone are ahead of UTC at a time. */
function offsetIn(timeZone: string): (milliseconds: number) => number {
  const format = formatIn(timeZone);
  return (milliseconds) => {
    const parts = new Map(format.formatToParts(milliseconds).map(({ type, value }) => [type, Number(value)]));
    const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
    const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    return local - Math.floor(milliseconds / 1000) * 1000;
  };
}

function formatIn(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw settingError('timeZone', 'the name of a time zone, such as Europe/Copenhagen');
  }
}
