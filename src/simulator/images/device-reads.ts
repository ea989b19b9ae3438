/** Stored reads of M-Bus devices, as the meter keeps their bytes: ET16 and ET45. [MEP p.92-95, p.119-121] */
import { MINUTE_MS } from '../day-plan.js';
import type { AttachedDevice } from '../m-bus-devices.js';
import type { ImageContext } from './context.js';

const HEADER_BYTES = 6;
const ENTRY_HEAD_BYTES = 8;
const LIST_TYPE = 0x04;
const OVERFLOW = 0x02;
const SUCCESS = 4;
/** The fifth of ET36's logs. */
const LOG = 4;
/** "OSGP" in the namespace of the identifier. [MEP p.120] */
const OSGP_NAMESPACE = 0x1000;

/** ET16: the newest read of each device. */
export function deviceData({ dims, meter, history }: ImageContext): Uint8Array {
  const { numberOfDevices = 0, dataEntrySize = 0 } = dims['ET11'] ?? {};
  const size = Number(dataEntrySize);
  const bytes = new Uint8Array(Number(numberOfDevices) * size);
  for (const [place, device] of history.devices.entries()) {
    const at = device?.lastRead(meter.time);
    if (device && at !== undefined) bytes.set(device.storedRead(at).subarray(0, size), place * size);
  }
  return bytes;
}

/** ET45: a circular queue of the scheduled reads of all devices. */
export function deviceReadLog({ dims, meter, history }: ImageContext): Uint8Array {
  const list = dims['ET36']?.['actualDimensionList'];
  const log = Array.isArray(list) ? list[LOG] : undefined;
  const { currentEntries = 0, entrySize = 0 } = typeof log === 'object' && !Array.isArray(log) ? (log ?? {}) : {};
  const [entries, size] = [Number(currentEntries), Number(entrySize)];
  const bytes = new Uint8Array(HEADER_BYTES + entries * size);
  if (entries === 0) return bytes;
  const devices = history.devices.filter((device) => device !== undefined);
  const reads = devices.flatMap((device) => readsOf(device, meter.time, entries));
  const newest = reads.sort((left, right) => left.at - right.at).slice(-entries);
  const total = devices.reduce((sum, device) => sum + countOf(device, meter.time), 0);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, LIST_TYPE | (total > entries ? OVERFLOW : 0));
  view.setUint8(1, newest.length);
  view.setUint8(2, Math.max(0, total - 1) % entries);
  view.setUint16(3, total & 0xffff, true);
  for (const [i, { device, at }] of newest.entries()) {
    const start = HEADER_BYTES + ((total - newest.length + i) % entries) * size;
    const read = device.storedRead(at);
    view.setUint16(start, read.length + 2, true);
    view.setUint16(start + 2, OSGP_NAMESPACE, true);
    view.setUint16(start + 4, device.handle, true);
    view.setUint8(start + 7, SUCCESS);
    bytes.set(read.subarray(0, size - ENTRY_HEAD_BYTES), start + ENTRY_HEAD_BYTES);
  }
  return bytes;
}

interface StoredRead {
  readonly device: AttachedDevice;
  readonly at: number;
}

/** The newest reads of a device. */
function readsOf(device: AttachedDevice, now: number, count: number): StoredRead[] {
  const last = device.lastRead(now);
  if (last === undefined) return [];
  const times = Array.from({ length: count }, (_, i) => last - i * device.readMinutes * MINUTE_MS);
  return times.filter((at) => at >= device.installed).map((at) => ({ device, at }));
}

function countOf(device: AttachedDevice, now: number): number {
  const last = device.lastRead(now);
  return last === undefined ? 0 : Math.floor((last - device.installed) / (device.readMinutes * MINUTE_MS)) + 1;
}
