import { bits, bool, ltimeDate, reserved, set, sized, table, uint, uint16, uint32, uint8 } from '../schema/builders.js';
import { BAUD_RATES } from './device-settings.js';

/** [MEP p.87-88] Latched until cleared by EP18. */
const mepAlarms = bits(2, [
  bool(0, 'billingDataCollected', { description: 'A scheduled billing read put data into ET16.' }),
  bool(1, 'appErrorResponseReceived', { description: 'Not supported.' }),
  bool(2, 'newDeviceAlarm', { description: 'A status read brought a new alarm of the device.' }),
  bool(3, 'billingReadOverflow', { description: 'More data than the table can hold.' }),
  bool(4, 'failedCommsOnRead'),
  bool(5, 'serialNumberMismatch', { description: 'M-Bus only.' }),
  bool(6, 'mepFirmwareSwitchoverSuccess'),
  bool(7, 'mepFirmwareSwitchoverFailure'),
]);

/** [MEP p.83-89] The registered M-Bus devices and MEP clients, and the state of communication with them. */
export const ET14 = table({
  name: 'ET14',
  title: 'MEP/M-Bus Device Status',
  summary: 'State, alarms and read counters of every M-Bus device and MEP client.',
  pages: '83-89',
  read: 'MBK',
  write: 'never',
  needs: ['ET11'],
  fields: [
    bits(1, [
      uint(0, 0, 'mode', { meanings: { 0: 'normal polling', 1: 'auto-discovery' }, description: 'M-Bus only.' }),
    ]),
    reserved(4),
    set('deviceOccupancy', 1, { description: 'Elements of the list that are taken: 0 to 3 M-Bus, 4 and 5 MEP.' }),
    sized('devices', 'ET11.numberOfDevices', 'ET11.statusEntrySize', [
      uint16('deviceHandle', {
        description: '1 to 999: M-Bus, 1000 to 1999: MEP client 1, from 2000 on: MEP client 2.',
        erratum: 'MEP client 2 has 2000 to 2099 here, up to 2999 elsewhere.',
      }),
      uint8('deviceStatus', {
        meanings: {
          0: 'empty slot',
          1: 'M-Bus device up',
          2: 'M-Bus device down',
          3: 'MEP client up',
          4: 'MEP client down',
        },
      }),
      uint8('baudRate', { meanings: BAUD_RATES }),
      uint16('billingReadLength', { unit: 'B', description: 'Of the latest billing read in ET16.' }),
      uint32('readAttempts'),
      uint32('readAnswers'),
      mepAlarms,
      uint8('mBusApplicationPrimaryAddress', { since: '4.30' }),
      reserved(6),
      set('mepDeviceAlarms', 1, { description: 'Alarms of the device, latched until cleared by EP18.' }),
      ltimeDate('statusReadTimestamp', { description: 'Last successful status read, local time.' }),
      ltimeDate('lastReadAttempt', { description: 'Last billing read tried, local time.' }),
    ]),
  ],
});
