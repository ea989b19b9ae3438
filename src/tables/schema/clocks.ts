import type { ClockType } from './description.js';
import type { FieldValue, TableValues } from './values.js';
import { isStructure } from './paths.js';

/** Bytes of the guide's date and time types. [MEP p.40-42] */
export const CLOCK_BYTES: Readonly<Record<ClockType, number>> = {
  TIME: 3,
  LTIME_DATE: 6,
  STIME_DATE: 5,
  DATE: 3,
  ANSI_DATE: 2,
  RDATE: 2,
};

const FIRST_YEAR = 2000;
const MONTHLY = 13;
const WEEKLY = 14;
const PERIODIC = 15;

/**
 * The date or time at `offset` as text without zone: `2026-11-20T12:20:00`, `2026-11-20T12:20`, `2026-11-20`,
 * `12:20:00`, or the fields of a RDATE. Invalid dates and times become null; a meter writes zeros for "never".
 */
export function decodeClock(type: ClockType, bytes: Uint8Array, offset = 0): FieldValue {
  const at = (index: number): number => bytes[offset + index] ?? 0;
  switch (type) {
    case 'TIME':
      return timeText(at(0), at(1), at(2));
    case 'LTIME_DATE':
      return joined(dateText(at(0), at(1), at(2)), timeText(at(3), at(4), at(5)));
    case 'STIME_DATE':
      return joined(dateText(at(0), at(1), at(2)), timeText(at(3), at(4)));
    case 'DATE':
      return dateText(at(0), at(1), at(2));
    case 'ANSI_DATE': {
      const word = at(0) + 256 * at(1);
      return dateText(word & 0x7f, (word >> 7) & 0x0f, word >> 11);
    }
    case 'RDATE':
      return decodeRecurrence(at(0) + 256 * at(1));
  }
}

/** `decodeClock` for the two types of register time stamps. */
export function decodeTime(type: 'TIME' | 'STIME_DATE', bytes: Uint8Array): string | null {
  const value = decodeClock(type, bytes);
  return typeof value === 'string' ? value : null;
}

/** The bytes of a result of `decodeClock`; undefined where `value` is no such result. */
export function encodeClock(type: ClockType, value: FieldValue): Uint8Array | undefined {
  // All zeros are an invalid date, but a valid time: midnight.
  if (value === null) return new Uint8Array(CLOCK_BYTES[type]).fill(type === 'TIME' ? 0xff : 0);
  if (type === 'RDATE') return encodeRecurrence(value);
  if (typeof value !== 'string' || !/^[\d:T-]+$/.test(value)) return undefined;
  const numbers = value.split(/[-:T]/).map(Number);
  if (type !== 'TIME') numbers[0] = (numbers[0] ?? 0) - FIRST_YEAR;
  if (numbers.some((number) => number < 0 || number > 255)) return undefined;
  const [year = 0, month = 0, day = 0] = numbers;
  const bytes = type === 'ANSI_DATE' ? word(year | (month << 7) | (day << 11)) : Uint8Array.from(numbers);
  return bytes.length === CLOCK_BYTES[type] && decodeClock(type, bytes) === value ? bytes : undefined;
}

const word = (value: number): Uint8Array => Uint8Array.of(value & 0xff, (value >> 8) & 0xff);
const TWO_DIGITS: readonly string[] = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));
const twoDigits = (value: number): string => TWO_DIGITS[value] ?? '';
const joined = (date: string | null, time: string | null): string | null =>
  date === null || time === null ? null : `${date}T${time}`;

function timeText(hour: number, minute: number, second?: number): string | null {
  if (hour >= 24 || minute >= 60 || (second ?? 0) >= 60) return null;
  const text = `${twoDigits(hour)}:${twoDigits(minute)}`;
  return second === undefined ? text : `${text}:${twoDigits(second)}`;
}

function dateText(year: number, month: number, day: number): string | null {
  const isDate = year < 100 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(FIRST_YEAR + year, month);
  return isDate ? `${FIRST_YEAR + year}-${twoDigits(month)}-${twoDigits(day)}` : null;
}

const FEBRUARY = 2;
const SHORT_MONTHS: readonly number[] = [4, 6, 9, 11];

/** Days of a month in the years 2000 to 2099, of which every fourth is a leap year. */
function daysOf(year: number, month: number): number {
  if (month === FEBRUARY) return year % 4 === 0 ? 29 : 28;
  return SHORT_MONTHS.includes(month) ? 30 : 31;
}

function decodeRecurrence(value: number): TableValues | null {
  if (value === 0) return null;
  const month = value & 0x0f;
  if (month === PERIODIC) return { month, period: (value >> 4) & 0x3f, delta: value >> 10 };
  const weekday = (value >> 8) & 0x07;
  if (month === WEEKLY) return { month, weekday };
  return { month, offset: (value >> 4) & 0x0f, weekday, day: value >> 11 };
}

function encodeRecurrence(value: FieldValue): Uint8Array | undefined {
  if (!isStructure(value)) return undefined;
  const part = (name: string, width: number, shift: number): number => {
    const given = value[name];
    return typeof given === 'number' && Number.isInteger(given) && given >= 0 && given < 2 ** width
      ? given << shift
      : 0;
  };
  const month = part('month', 4, 0);
  if (month === PERIODIC) return word(month | part('period', 6, 4) | part('delta', 6, 10));
  if (month === WEEKLY) return word(month | part('weekday', 3, 8));
  return month <= MONTHLY ? word(month | part('offset', 4, 4) | part('weekday', 3, 8) | part('day', 5, 11)) : undefined;
}
