import { bits, reserved, set, sized, table, uint, uint16, uint8 } from '../schema/builders.js';

/** [MEP p.106-107] Polling of M-Bus devices for the load profile. */
export const ET34 = table({
  name: 'ET34',
  title: 'Additional M-Bus/MEP Device Configuration',
  summary: 'Load profile polling of M-Bus devices: rate, retries, data types of control status and time stamp.',
  pages: '106-107',
  read: 'MBK',
  write: 'MAK',
  risk: 'access',
  needs: ['ET11'],
  fields: [
    sized(
      'deviceConfig',
      'ET11.numberOfDevices',
      'ET11.configEntry2Size',
      [
        reserved(2),
        set('groupMask', 1, { description: 'Groups for multicast messages, M-Bus only.' }),
        reserved(1),
        uint16('loadProfilePollRate', { unit: 'min', description: '0: at every interval of the load profile.' }),
        uint8('controlMdt', { description: 'M-Bus data type (ET57) whose value ET58 holds; 0: none.' }),
        uint8('commandMonitorMdt', { description: 'M-Bus data type (ET57) of a command to watch; 0: none.' }),
        uint8('timeStampMdt', { description: 'M-Bus data type (ET57) of the time stamp.' }),
        bits(1, [
          uint(0, 4, 'hourLocatorStart', { description: 'First bit of the hours in the time stamp, from 1.' }),
          uint(5, 7, 'hourLocatorCount', { description: 'Bits of the hours; 0: the default.' }),
        ]),
        bits(1, [
          uint(0, 4, 'minuteLocatorStart', { description: 'First bit of the minutes in the time stamp, from 1.' }),
          uint(5, 7, 'minuteLocatorCount', { description: 'Bits of the minutes.' }),
        ]),
        uint8('loadProfilePollWait', { unit: 's', description: 'From the end of an interval to the poll.' }),
        uint8('loadProfilePollRetryAttempts'),
        uint8('loadProfilePollRetryWait', { erratum: 'The unit is not documented.' }),
      ],
      {
        description: 'Four M-Bus devices, then the MEP clients.',
        erratum: 'Ends with reserved bytes at 14-21, printed as an array of 7.',
      },
    ),
  ],
});
