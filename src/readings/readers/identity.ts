/** The identity of the meter in another reader's message. */
import { type Fields, textOf } from '../message.js';

/** The meter as the message describes it; null for each property that the message does not have. */
export interface ReaderMeter {
  readonly serial: string | null;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly firmware: string | null;
}

const MAC_ADDRESS = /^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i;
/** Control characters, and the replacement character of bytes that are not UTF-8. */
const DAMAGE = /[\p{Cc}\ufffd]/gu;
const PADDING = /^[\s\0]+|[\s\0]+$/g;
/**
 * Bounds the time of trimming a text, which grows with the square of its blanks. No name or number of a meter is
 * longer.
 */
const MAX_CHARACTERS = 200;
/** Fields that amsreader sends about itself; beside them `id` is its own address. */
const OF_THE_READER = ['name', 'up', 'vcc', 'rssi'] as const;
/** Firmware as the ESP32 module writes it: two bytes of BT01 in decimal. */
const TWO_BYTES = /^(\d{1,3})\.(\d{1,3})$/;
/** The first major firmware version of meters. */
const FIRST_MAJOR = 2;

/** The meter in a message of the ESP32 module. */
export function dabblerMeter(fields: Fields): ReaderMeter {
  return {
    serial: idOf(fields['Utility_SN']),
    manufacturer: labelOf(fields['Meter_Manufacturer']),
    model: labelOf(fields['Meter_Model']),
    firmware: packedFirmware(labelOf(fields['Meter_SW_Version'])),
  };
}

/**
 * The meter in a message of amsreader and its derivatives. The NES-MEP-Reader has the manufacturer in `id` and the
 * serial number in `ser`; in a flat message `id` is the address of the reader.
 */
export function amsMeter(fields: Fields): ReaderMeter {
  const isOfReader = OF_THE_READER.some((name) => name in fields);
  const id = isOfReader ? undefined : fields['id'];
  const isNumbered = !('ser' in fields) && /\d/.test(textOf(id) ?? '');
  return {
    serial: idOf(fields['ser']) ?? idOf(fields['meterId']) ?? (isNumbered ? idOf(id) : null),
    manufacturer: isNumbered ? null : labelOf(id),
    model: labelOf(fields['type']),
    firmware: labelOf(fields['fwr']),
  };
}

/** A serial number; null for a MAC address, and for a damaged text or number, which could match another meter. */
function idOf(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? String(value) : null;
  const id = textOf(cut(value).replace(PADDING, ''));
  return id === null || MAC_ADDRESS.test(id) || id.search(DAMAGE) >= 0 ? null : id;
}

function labelOf(value: unknown): string | null {
  return textOf(cut(value).replace(DAMAGE, ''));
}

function cut(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_CHARACTERS) : '';
}

/** `57.14` is 0x390E, whose 4, 7 and 5 bits are version 3.72.14. Other texts are versions already. [MEP p.199] */
function packedFirmware(text: string | null): string | null {
  const bytes = TWO_BYTES.exec(text ?? '');
  const packed = Number(bytes?.[1]) * 256 + Number(bytes?.[2]);
  const major = packed >> 12;
  if (bytes === null || Number(bytes[2]) > 255 || packed > 0xffff || major < FIRST_MAJOR) return text;
  const twoDigits = (value: number): string => String(value).padStart(2, '0');
  return `${major}.${twoDigits((packed >> 5) & 0x7f)}.${twoDigits(packed & 0x1f)}`;
}
