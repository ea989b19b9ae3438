/** Tables for MEP clients and M-Bus devices. [MEP p.77-107, p.124-132, p.163-175] */
import { toHex } from '../../bytes/hex.js';
import type { Dimensions, TableValues } from '../../tables/index.js';
import { MINUTE_MS } from '../day-plan.js';
import { NO_SOURCE } from '../delta-watch.js';
import { localOffset } from '../local-time.js';
import type { AttachedDevice } from '../m-bus-devices.js';
import { CLIENT_HANDLE } from '../mep-client.js';
import type { MeterProfile } from '../profiles.js';
import { type ImageContext, longTime, since, type ValuesOf } from './context.js';

const NEVER = 4;
/** [MEP p.80, p.95] */
const FIRST_MEP_DEVICE = 4;
/** [MEP p.85] */
const CLIENT_UP = 3;
const [DEVICE_UP, DEVICE_DOWN] = [1, 2];
const [HOURLY, DAILY] = [0, 1];
const MBUS_ENTRY = 1;
const DRH_DIGITS = 6;
const BAUD_2400 = 4;
const READ_MINUTE = 5;
const MINUTES_A_DAY = 1_440;
const [KEY_BYTES, KEY_SPACE_BYTES, HIDDEN_BYTES] = [16, 32, 8];

/** Values of ET11. */
export function deviceDimensions(profile: MeterProfile): TableValues {
  const isGen4 = profile.firmware[0] >= 4;
  return {
    numberOfDevices: isGen4 ? 6 : 5,
    configEntrySize: 66,
    statusEntrySize: 36,
    onDemandRequestQueueSize: 5,
    onDemandRequestEntrySize: 6,
    dataEntrySize: 513,
    transactionRequestLength: 768,
    transactionResponseLength: 1_017,
    onDemandWriteEntrySize: 25,
    phaseMeasurementDataSize: 16,
    configEntry2Size: 22,
    meterOneTimeReadQueueSize: 3,
    mBusOneTimeReadQueueSize: 4,
    meterOneTimeReadRequestEntrySize: 17,
    mBusOneTimeReadRequestEntrySize: 17,
    numberOfGroupIds: 10,
    numberOfHarmonics: 10,
    mBusMulticastMessageLength: 65,
    et22AlarmSize: 120,
    mepDataSources: 6,
    et48EntryCount: 10,
    ...since(profile, '3.30', {
      maximumCriticalEventBitmaps: 10,
      et57EntryCount: 16,
      timeBasedRelaySwitches: 80,
    }),
    ...since(profile, '3.40', { mepDataAlertSources: 10 }),
    ...since(profile, '3.50', { ramOnlyTransactionRequestLength: 261, ramOnlyTransactionResponseLength: 769 }),
    ...since(profile, '4.0', {
      firmwareModuleEntryCount: 6,
      firmwareModuleEntryLength: 7,
      mepChannelCount: 2,
      et17VerificationBitmapSize: 1_250,
    }),
    ...since(profile, '4.30', { errorCautionScreenCount: 3 }),
  };
}

const devicesOf = (dims: Dimensions): number[] => [...Array(Number(dims['ET11']?.['numberOfDevices'])).keys()];
const nothing: ValuesOf = () => ({});

/** The read schedule of ET13. */
function schedule(device: AttachedDevice | undefined): TableValues {
  if (!device) return { scheduledBillingReadFrequency: NEVER };
  const minutes = device.readMinutes;
  return {
    scheduledBillingReadMinute: READ_MINUTE,
    scheduledBillingReadFrequency: minutes < MINUTES_A_DAY ? HOURLY : DAILY,
    baudRate: BAUD_2400,
    customerId: device.device.serial,
    securityKeyLength: (device.device.encryption ?? 0) > 0 ? KEY_BYTES : 0,
    ...((device.device.encryption ?? 0) > 0 && { securityKey: keyOf(device) }),
  };
}

/** "The first 8 bytes are read as zeros": the rest of the key is in the table. [MEP p.82] */
function keyOf({ handle }: AttachedDevice): string {
  return toHex(
    Uint8Array.from({ length: KEY_SPACE_BYTES }, (_, i) => (i < HIDDEN_BYTES || i >= KEY_BYTES ? 0 : handle * 16 + i)),
    '',
  );
}

/** The element of ET14. */
function statusOf(device: AttachedDevice, { meter: { time }, history: { clock } }: ImageContext): TableValues {
  const at = device.lastRead(time);
  const shown = at === undefined ? undefined : clock.shown(at);
  const local = shown === undefined ? null : longTime(shown + localOffset(shown));
  const hours = Math.max(0, Math.floor((time - device.installed) / (60 * MINUTE_MS)));
  return {
    deviceHandle: device.handle,
    deviceStatus: device.isDown ? DEVICE_DOWN : DEVICE_UP,
    baudRate: BAUD_2400,
    billingReadLength: at === undefined ? 0 : device.storedRead(at).length,
    readAttempts: hours,
    readAnswers: hours,
    ...Object.fromEntries([...device.alarms].map((alarm) => [alarm, true])),
    mepDeviceAlarms: [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (device.status & (1 << bit)) !== 0),
    statusReadTimestamp: local,
    lastReadAttempt: local,
  };
}

/** Entries of ET57: a data record header of up to 3 bytes each. [MEP p.164] */
function dataTypesOf(devices: readonly (AttachedDevice | undefined)[]): TableValues[] {
  const records = devices.flatMap((device) => device?.device.records ?? []);
  const types = new Map(records.flatMap(({ mdt, header }) => (mdt === undefined ? [] : [[mdt, header] as const])));
  return [...types].map(([mdt, header]) => ({ entryType: MBUS_ENTRY, mdt, drh: header.padEnd(DRH_DIGITS, '0') }));
}

export const DEVICE_VALUES: Readonly<Record<string, ValuesOf>> = {
  ET11: ({ dims }) => dims['ET11'] ?? {},
  ET13: ({ dims, client, history }) => ({
    deviceConfig: devicesOf(dims).map((index) => ({
      ...schedule(history.devices[index]),
      ...(index === FIRST_MEP_DEVICE && client.flags),
    })),
  }),
  ET14: (context) => {
    const { dims, hasClient, history } = context;
    const client = { deviceHandle: CLIENT_HANDLE, deviceStatus: CLIENT_UP };
    const devices = devicesOf(dims).map((index): TableValues => {
      if (index === FIRST_MEP_DEVICE) return hasClient() ? client : {};
      const device = history.devices[index];
      return device ? statusOf(device, context) : {};
    });
    return {
      deviceOccupancy: devices.flatMap(({ deviceHandle }, index) => (deviceHandle === undefined ? [] : index)),
      devices,
    };
  },
  ET15: ({ client }) => client.onDemandRequests,
  ET34: ({ dims, history }) => ({
    deviceConfig: devicesOf(dims).map((index) => {
      const device = history.devices[index];
      return device ? { loadProfilePollRate: device.pollMinutes } : {};
    }),
  }),
  ET50: nothing,
  ET51: ({ identity: { profile } }) => {
    const timers = {
      mepHealthTimeout: 60,
      onDemandAndOneTimeReadTimeout: 30,
      opticalSessionTimeout: 600,
      opticalSessionHoldOff: 300,
      ...since(profile, '3.40', { mepDownResetDuration: 1 }),
      ...since(profile, '3.70', { deactivateHan: false }),
    };
    const ports = profile.firmware[0] >= 4 ? 2 : 1;
    return { mepDeviceConfiguration: Array.from({ length: ports }, () => ({ ...timers })) };
  },
  ET52: nothing,
  ET53: nothing,
  ET57: ({ dims, history }) => {
    const types = dataTypesOf(history.devices);
    const length = Number(dims['ET11']?.['et57EntryCount']);
    return { mdtEntries: Array.from({ length }, (_, i) => types[i] ?? {}) };
  },
  ET58: ({ dims, history }) => ({
    deviceStatus: devicesOf(dims).map((index) => ({ controlStatus: history.devices[index]?.status ?? 0 })),
  }),
  ET61: nothing,
  ET70: () => ({ currentCommChannelIndex: 1 }),
  ET71: ({ dims }) => {
    const length = Number(dims['ET11']?.['mepDataAlertSources']);
    return { deltaData: Array.from({ length }, () => ({ deltaDataMonitorSource: NO_SOURCE })) };
  },
  // No procedure has run.
  BT07: nothing,
  BT08: nothing,
  ET59: nothing,
  ET85: nothing,
};
