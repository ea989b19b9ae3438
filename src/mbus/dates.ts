import { byteAt } from '../bytes/byte-at.js';

const two = (number: number): string => String(number).padStart(2, '0');

/**
 * A date or time by a device's own clock, without a zone: type G `2010-12-31`, F `2011-01-05T15:26`, I
 * `2011-01-05T15:26:07`, J `15:26:07`, by the number of bytes. [EN 13757-3:2018 annex A]
 * @param bytes least significant first
 * @returns null where the device marks it as invalid, or where it is no calendar date, such as "each day"
 */
export function dateOf(bytes: Uint8Array): string | null {
  switch (bytes.length) {
    case 2:
      return dayAt(bytes, 0);
    case 3:
      return secondsTime(bytes);
    case 4:
      return typeF(bytes);
    case 6:
      return typeI(bytes);
    default:
      return null;
  }
}

/** Type F, with minutes. */
function typeF(bytes: Uint8Array): string | null {
  const [minutes, hours] = [byteAt(bytes, 0), byteAt(bytes, 1)];
  if ((minutes & 0x80) !== 0) return null;
  const day = dayAt(bytes, 2, (hours >> 5) & 0x03);
  const time = clockTime(hours & 0x1f, minutes & 0x3f);
  return day && time && `${day}T${time}`;
}

/** Type I, with seconds. */
function typeI(bytes: Uint8Array): string | null {
  if ((byteAt(bytes, 1) & 0x80) !== 0) return null;
  const day = dayAt(bytes, 3);
  const time = secondsTime(bytes);
  return day && time && `${day}T${time}`;
}

/** Type J, and the first half of type I. */
function secondsTime(bytes: Uint8Array): string | null {
  const time = clockTime(byteAt(bytes, 2) & 0x1f, byteAt(bytes, 1) & 0x3f);
  const second = byteAt(bytes, 0) & 0x3f;
  return time === null || second > 59 ? null : `${time}:${two(second)}`;
}

function clockTime(hour: number, minute: number): string | null {
  return hour > 23 || minute > 59 ? null : `${two(hour)}:${two(minute)}`;
}

/**
 * Type G: seven bits of year, four of month, five of day.
 * @param centuries centuries since 1900; 0: years up to 80 belong to the present century
 */
function dayAt(bytes: Uint8Array, offset: number, centuries = 0): string | null {
  const [low, high] = [byteAt(bytes, offset), byteAt(bytes, offset + 1)];
  const day = low & 0x1f;
  const month = high & 0x0f;
  const short = ((low & 0xe0) >> 5) | ((high & 0xf0) >> 1);
  const year = short + (centuries > 0 ? 1900 + 100 * centuries : short > 80 ? 1900 : 2000);
  const date = new Date(Date.UTC(year, month - 1, day));
  const exists = short < 100 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? `${year}-${two(month)}-${two(day)}` : null;
}
