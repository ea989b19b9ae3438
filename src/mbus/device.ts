import { byteAt } from '../bytes/byte-at.js';

/** The device that sent a telegram. */
export interface MBusDevice {
  /** Eight digits, as printed on the device. */
  readonly serial: string;
  /** Three letters of the manufacturer; null in the fixed structure, which has none. */
  readonly manufacturer: string | null;
  /** The measured medium, such as `water`; null where the device type is not known. */
  readonly medium: string | null;
  /** Version number of the manufacturer; null in the fixed structure. */
  readonly version: number | null;
  /** Goes up by 1 with each answer. */
  readonly accessNumber: number;
  readonly alarms: readonly MBusAlarm[];
}

export type MBusAlarm = 'powerLow' | 'permanentError' | 'temporaryError';
const ALARM_BITS: readonly [mask: number, alarm: MBusAlarm][] = [
  [0x04, 'powerLow'],
  [0x08, 'permanentError'],
  [0x10, 'temporaryError'],
];

/** [EN 13757-3:2018 table 9; MEP p.94] */
export function alarmsOf(status: number): MBusAlarm[] {
  return ALARM_BITS.flatMap(([mask, alarm]) => ((status & mask) === 0 ? [] : alarm));
}

/** The identification number. It is BCD, but some devices use letters. */
export function serialOf(bytes: Uint8Array): string {
  return [3, 2, 1, 0].map((at) => byteAt(bytes, at).toString(16).padStart(2, '0').toUpperCase()).join('');
}
