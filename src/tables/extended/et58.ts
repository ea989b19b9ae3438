import { array, reserved, table, uint8 } from '../schema/builders.js';

/** [MEP p.165] Status that M-Bus devices and MEP clients report. */
export const ET58 = table({
  name: 'ET58',
  title: 'M-Bus/MEP Status Extension',
  summary: 'Latest status, such as of a valve, of each M-Bus device and MEP client.',
  pages: '165',
  read: 'MBK',
  write: 'never',
  needs: ['ET11'],
  fields: [
    array('deviceStatus', 'ET11.numberOfDevices', [
      uint8('controlStatus', { description: 'Its meaning is given by the control MDT of ET34.' }),
      reserved(19),
    ]),
  ],
});
