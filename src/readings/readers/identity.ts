/** Which meter another reader's message is about. */
import { type Fields, textOf } from '../message.js';

/** The meter as far as a message describes it; null for what it does not hold. */
export interface ReaderMeter {
  readonly serial: string | null;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly firmware: string | null;
}

const MAC_ADDRESS = /^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i;
/** Control characters, and what takes the place of bytes that are no text. */
const DAMAGE = /[\p{Cc}\ufffd]/gu;
const PADDING = /^[\s\0]+|[\s\0]+$/g;
/** No name or number of a meter is longer: a pattern for the end of a text takes time by the square of its blanks. */
const MAX_CHARACTERS = 200;
/** Fields that amsreader sends about itself; beside them `id` is its own address. */
const OF_THE_READER = ['name', 'up', 'vcc', 'rssi'] as const;
/** Two bytes of BT01 in decimal, as the ESP32 module writes them. */
const TWO_BYTES = /^(\d{1,3})\.(\d{1,3})$/;
/** Meters began with firmware 2. */
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
 * The meter in a message of amsreader and its relatives. The NES-MEP-Reader puts the manufacturer into `id` and the number
 * of the meter into `ser`; in a flat message `id` is the address of the reader.
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

/** A number of a meter; null for the address of a network card, and for one that arrived damaged: it would be another meter's. */
function idOf(value: unknown): string | null {
  const id = textOf(cut(value).replace(PADDING, ''));
  return id === null || MAC_ADDRESS.test(id) || id.search(DAMAGE) >= 0 ? null : id;
}

function labelOf(value: unknown): string | null {
  return textOf(cut(value).replace(DAMAGE, ''));
}

function cut(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_CHARACTERS) : '';
}

/** `57.14` is 390E hex, of which 4, 7 and 5 bits are 3.72.14. Other texts are versions already. [MEP p.199] */
function packedFirmware(text: string | null): string | null {
  const bytes = TWO_BYTES.exec(text ?? '');
  const packed = Number(bytes?.[1]) * 256 + Number(bytes?.[2]);
  const major = packed >> 12;
  if (bytes === null || Number(bytes[2]) > 255 || packed > 0xffff || major < FIRST_MAJOR) return text;
  const twoDigits = (value: number): string => String(value).padStart(2, '0');
  return `${major}.${twoDigits((packed >> 5) & 0x7f)}.${twoDigits(packed & 0x1f)}`;
}
