/** Tables for MEP clients and M-Bus devices, of a meter without any. [MEP p.77-107, p.124-132, p.163-175] */
import type { Dimensions, TableValues } from '../../tables/index.js';
import { NO_SOURCE } from '../delta-watch.js';
import { CLIENT_HANDLE } from '../mep-client.js';
import type { MeterProfile } from '../profiles.js';
import { since, type ValuesOf } from './context.js';

const NEVER = 4;
/** [MEP p.80, p.95] */
const FIRST_MEP_DEVICE = 4;
/** [MEP p.85] */
const CLIENT_UP = 3;

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

export const DEVICE_VALUES: Readonly<Record<string, ValuesOf>> = {
  ET11: ({ dims }) => dims['ET11'] ?? {},
  ET13: ({ dims, client }) => ({
    deviceConfig: devicesOf(dims).map((index) => ({
      scheduledBillingReadFrequency: NEVER,
      ...(index === FIRST_MEP_DEVICE && client.flags),
    })),
  }),
  ET14: ({ dims, hasClient }) => {
    if (!hasClient()) return {};
    const client = { deviceHandle: CLIENT_HANDLE, deviceStatus: CLIENT_UP };
    const devices = devicesOf(dims).map((index): TableValues => (index === FIRST_MEP_DEVICE ? client : {}));
    return { deviceOccupancy: [FIRST_MEP_DEVICE], devices };
  },
  ET15: ({ client }) => client.onDemandRequests,
  ET16: nothing,
  ET34: nothing,
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
  ET57: nothing,
  ET58: nothing,
  ET61: nothing,
  // No M-Bus device is recorded in the load profile: no source id is mapped.
  ET66: nothing,
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
