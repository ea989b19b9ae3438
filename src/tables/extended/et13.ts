import { bits, bool, chars, opaque, set, sized, table, uint16, uint8, when } from '../schema/builders.js';
import { DESIRED_BAUD_RATES, FIRST_MEP_DEVICE } from './device-settings.js';

/** [MEP p.82-83] Reasons for alerts to the MEP client. */
const alertFlags = bits(1, [
  bool(0, 'scheduledReadRequestAlert', { description: 'Cleared when the scheduled read has been posted.' }),
  bool(1, 'onDemandRequestInEt15', { description: 'Cleared when the request is completed.' }),
  bool(3, 'mBusChange', { description: 'A control value or new load profile data of an M-Bus device.' }),
  bool(4, 'deltaDataAlert', { description: 'A source monitored by ET71 changed.', since: '3.40' }),
]);

/** [MEP p.80-83] Read schedule of M-Bus devices, and pending data for MEP clients. */
export const ET13 = table({
  name: 'ET13',
  title: 'MEP/M-Bus Device Configuration',
  summary: 'Read times, baud rate and identification of M-Bus devices; alert flags and downlink data of MEP clients.',
  pages: '80-83',
  read: 'MBK',
  write: 'MAK',
  risk: 'access',
  needs: ['ET11'],
  fields: [
    sized(
      'deviceConfig',
      'ET11.numberOfDevices',
      'ET11.configEntrySize',
      [
        uint8('scheduledBillingReadDay', {
          description: '0 and 1 to 28: day of the month; 32 to 38: Sunday to Saturday; 39 with frequency 2: never.',
        }),
        uint8('scheduledBillingReadHour'),
        uint8('scheduledBillingReadMinute'),
        uint8('scheduledBillingReadFrequency', {
          meanings: { 0: 'hourly', 1: 'daily', 2: 'weekly', 3: 'monthly', 4: 'never' },
        }),
        uint16('scheduledStatusReadFrequency', { unit: 'min', description: 'M-Bus only; 0: with billing reads.' }),
        uint8('baudRate', { meanings: DESIRED_BAUD_RATES }),
        set('deviceAlarmBitmask', 1, { description: 'Device alarms that raise an alarm of the MEP client.' }),
        when(
          `index < ${FIRST_MEP_DEVICE}`,
          chars('customerId', 20),
          uint8('appResetParameter', { description: 'Telegrams requested by a billing read.' }),
          uint8('securityKeyLength', { unit: 'B', description: '7 or less: no key.' }),
          opaque('securityKey', 32, { isSecret: true, description: 'Its first 8 bytes are read as zeros.' }),
          uint16('ta', { description: 'Added to the turn-around time of 330 bit times.' }),
          uint16('to', { unit: 'ms', description: 'Added to the turn-around time of 50 ms.' }),
        ),
        when(
          `index >= ${FIRST_MEP_DEVICE}`,
          alertFlags,
          opaque('mepNonUrgentDownlinkData', 'ET11.configEntrySize - 9'),
        ),
      ],
      { description: 'Four M-Bus devices, then the MEP clients.' },
    ),
  ],
});
