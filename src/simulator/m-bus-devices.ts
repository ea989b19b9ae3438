/** M-Bus devices behind a simulated meter, and the reads of them that the meter stores. [MEP p.80-95, EN 13757-3] */
import { concatBytes, fromHex } from '../bytes/hex.js';
import { DAY_MS, MINUTE_MS } from './day-plan.js';
import { localOffset } from './local-time.js';
import { noise } from './random.js';
import { stimeDate } from './stime-date.js';

/** A data record of a device. */
export interface DeviceRecord {
  /** DIF, DIFEs, VIF and VIFEs, in hex: `0C13`. */
  readonly header: string;
  /** 8 BCD digits or 4 binary bytes of the value; the header has to fit. */
  readonly coding: 'bcd' | 'binary';
  /** In units of the header, at a moment (ms since 1970). */
  readonly value: (time: number) => number;
  /** Its data type in ET57, where the load profile may record it. */
  readonly mdt?: number;
}

export interface SimulatedDevice {
  /** 8 digits. */
  readonly serial: string;
  /** Three letters. */
  readonly manufacturer: string;
  readonly version: number;
  /** 3 gas, 4 heat, 6 hot water, 7 water ... */
  readonly medium: number;
  readonly records: readonly DeviceRecord[];
  /** Encryption mode of the records, such as 5; default 0: none. */
  readonly encryption?: number;
  /** The meter has the key and stores the records decrypted. */
  readonly isDecrypted?: boolean;
  /** Minutes between scheduled reads; default 60. */
  readonly readMinutes?: number;
  /** Minutes between polls for the load profile (ET34); 0: at every interval; default 60. */
  readonly pollMinutes?: number;
}

/** A device at its place in ET13, and how it is now. */
export class AttachedDevice {
  readonly device: SimulatedDevice;
  readonly handle: number;
  /** No response: reads fail, and channels of the load profile have status 10. */
  isDown = false;
  /** Status byte of the device: bit 2 battery low, 3 permanent error, 4 temporary error. */
  status = 0;
  /** Of ET14, latched until cleared by EP18. */
  readonly alarms = new Set<DeviceAlarm>();
  readonly installed: number;

  constructor(device: SimulatedDevice, handle: number, installed: number) {
    this.device = device;
    this.handle = handle;
    this.installed = installed;
  }

  get readMinutes(): number {
    return this.device.readMinutes ?? DEFAULT_MINUTES;
  }

  get pollMinutes(): number {
    return this.device.pollMinutes ?? DEFAULT_MINUTES;
  }

  /** The moment of the last scheduled read; undefined where there was none. */
  lastRead(now: number): number | undefined {
    const step = this.readMinutes * MINUTE_MS;
    // A read takes place some time after its hour.
    const at = Math.floor((now - READ_AFTER_MS) / step) * step + READ_AFTER_MS;
    return at >= this.installed ? at : undefined;
  }

  /** The stored read (MBR) of a moment. [MEP p.92-94] */
  storedRead(at: number): Uint8Array {
    const { encryption = 0, isDecrypted = false } = this.device;
    const local = at + localOffset(at);
    const time = concatBytes(stimeDate(local), Uint8Array.of(new Date(local).getUTCSeconds()));
    const telegram = concatBytes(this.#header(at), this.#records(at), Uint8Array.of(0));
    const info = encryption > 0 && isDecrypted ? DECRYPTED : 0;
    return concatBytes(time, Uint8Array.of(info, telegram.length), telegram);
  }

  /** The four data bytes that a channel of the load profile records, as a number; undefined without such a record. */
  channelValue(mdt: number, at: number): number | undefined {
    const record = this.device.records.find((one) => one.mdt === mdt);
    if (!record) return undefined;
    // Shorter values are filled up with zeros, longer ones cut. [MEP p.32]
    const bytes = new Uint8Array(CHANNEL_BYTES);
    bytes.set(dataOf(record, at).subarray(0, CHANNEL_BYTES));
    return new DataView(bytes.buffer).getInt32(0, true);
  }

  #header(at: number): Uint8Array {
    const { serial, manufacturer, version, medium, encryption = 0 } = this.device;
    const code = Array.from(manufacturer).reduce((sum, letter) => sum * 32 + letter.charCodeAt(0) - BEFORE_A, 0);
    const access = Math.floor(at / DAY_MS) & 0xff;
    return concatBytes(
      bcd(Number(serial)),
      Uint8Array.of(code & 0xff, code >> 8, version, medium, access, this.status, 0, encryption),
    );
  }

  #records(at: number): Uint8Array {
    const plain = concatBytes(
      ...this.device.records.map((record) =>
        concatBytes(fromHex(record.header) ?? new Uint8Array(0), dataOf(record, at)),
      ),
    );
    const { encryption = 0, isDecrypted = false } = this.device;
    if (encryption === 0 || isDecrypted) return plain;
    // Ciphertext of full blocks: the simulator has no key for it, as a client has none.
    const length = Math.ceil(plain.length / BLOCK_BYTES) * BLOCK_BYTES;
    return Uint8Array.from({ length }, (_, i) => Math.floor(noise(this.handle, Math.floor(at / 1000), i) * 256));
  }
}

/** Names in ET14. [MEP p.87-88] */
export type DeviceAlarm =
  'billingDataCollected' | 'newDeviceAlarm' | 'billingReadOverflow' | 'failedCommsOnRead' | 'serialNumberMismatch';

const BEFORE_A = 64;
const BLOCK_BYTES = 16;
const DECRYPTED = 0x04;
const DEFAULT_MINUTES = 60;
const READ_AFTER_MS = 5 * MINUTE_MS + 10_000;
const DIGITS = 8;
const CHANNEL_BYTES = 4;

/** A counter that rises by about `perHour` an hour, more by day than at night, and never falls. */
export function counter(atEpoch: number, perHour: number): (time: number) => number {
  const hourMs = 60 * MINUTE_MS;
  return (time) => {
    const days = Math.floor((time - EPOCH) / DAY_MS);
    const hour = (time - EPOCH - days * DAY_MS) / hourMs;
    // Nothing from 0 to 6, twice the mean up to 14, four fifths of it up to 24.
    const today = Math.min(Math.max(hour - 6, 0), 8) * 2 + Math.max(hour - 14, 0) * 0.8;
    return Math.floor(atEpoch + (days * 24 + today) * perHour);
  };
}
const EPOCH = Date.UTC(2024, 0, 1);

/** A water meter and a heat meter, with the records that most of their kind send. */
export const DEMO_DEVICES: readonly SimulatedDevice[] = [
  {
    serial: '66551234',
    manufacturer: 'KAM',
    version: 27,
    medium: 7,
    records: [
      { header: '0C13', coding: 'bcd', value: counter(120_450, 14), mdt: 1 },
      { header: '4C13', coding: 'bcd', value: (time) => counter(120_450, 14)(time - 30 * DAY_MS) },
      { header: '0259', coding: 'binary', value: () => 1_180 },
    ],
  },
  {
    serial: '70114477',
    manufacturer: 'KAM',
    version: 12,
    medium: 4,
    records: [
      { header: '0406', coding: 'binary', value: counter(23_400, 2), mdt: 2 },
      { header: '0414', coding: 'binary', value: counter(48_000, 5), mdt: 3 },
      { header: '0259', coding: 'binary', value: () => 7_150 },
      { header: '025D', coding: 'binary', value: () => 3_840 },
      { header: '042B', coding: 'binary', value: (time) => 2_000 + (Math.floor(time / MINUTE_MS) % 900) },
    ],
  },
];

function dataOf({ header, coding, value }: DeviceRecord, at: number): Uint8Array {
  const number = value(at);
  if (coding === 'bcd') return bcd(number);
  const bytes = new Uint8Array(VALUE_BYTES.get(Number.parseInt(header.slice(0, 2), 16) & 0x0f) ?? 4);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(number / 256 ** i) & 0xff;
  return bytes;
}

/** Bytes of the data field by the low half of the DIF. [EN 13757-3] */
const VALUE_BYTES: ReadonlyMap<number, number> = new Map([
  [1, 1],
  [2, 2],
  [3, 3],
  [4, 4],
]);

function bcd(number: number): Uint8Array {
  const digits = String(number % 10 ** DIGITS).padStart(DIGITS, '0');
  return Uint8Array.from({ length: DIGITS / 2 }, (_, i) => {
    const at = DIGITS - 2 * (i + 1);
    return Number.parseInt(digits.slice(at, at + 2), 16);
  });
}
