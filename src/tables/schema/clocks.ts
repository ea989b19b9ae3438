import type { ClockType, FieldValue, TableValues } from './description.js';

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
 * A date or time as text without zone: `2026-11-20T12:20:00`, `2026-11-20T12:20`, `2026-11-20`, `12:20:00`, or the fields of a RDATE.
 * Bytes that name no date or time (a meter's "never" is all zeros) become null.
 */
export function decodeClock(type: ClockType, bytes: Uint8Array): FieldValue {
  const at = (index: number): number => bytes[index] ?? 0;
  switch (type) {
    case 'TIME':
      return timeText([at(0), at(1), at(2)]);
    case 'LTIME_DATE':
      return joined(dateText(at(0), at(1), at(2)), timeText([at(3), at(4), at(5)]));
    case 'STIME_DATE':
      return joined(dateText(at(0), at(1), at(2)), timeText([at(3), at(4)]));
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

/** `decodeClock` for the two types that registers are stamped with. */
export function decodeTime(type: 'TIME' | 'STIME_DATE', bytes: Uint8Array): string | null {
  const value = decodeClock(type, bytes);
  return typeof value === 'string' ? value : null;
}

/** The bytes of what `decodeClock` gives; undefined when `value` is nothing of that kind. */
export function encodeClock(type: ClockType, value: FieldValue): Uint8Array | undefined {
  // All zeros are no date, but they are midnight.
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
const twoDigits = (value: number): string => String(value).padStart(2, '0');
const joined = (date: string | null, time: string | null): string | null =>
  date === null || time === null ? null : `${date}T${time}`;

function timeText(parts: readonly number[]): string | null {
  const [hour = 0, minute = 0, second = 0] = parts;
  return hour < 24 && minute < 60 && second < 60 ? parts.map(twoDigits).join(':') : null;
}

function dateText(year: number, month: number, day: number): string | null {
  const isDate = year < 100 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(FIRST_YEAR + year, month);
  return isDate ? `${FIRST_YEAR + year}-${twoDigits(month)}-${twoDigits(day)}` : null;
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
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
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
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
