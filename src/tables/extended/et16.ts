import { sized, table } from '../schema/builders.js';
import { billingRead } from './billing-read.js';

/** [MEP p.92-95, opt p.42-45] The latest data of M-Bus devices and MEP clients. */
export const ET16 = table({
  name: 'ET16',
  title: 'MEP/M-Bus Device Data',
  summary: 'Latest data from each M-Bus device and MEP client: meter readings of gas, water, heat ...',
  pages: '92-95',
  read: 'MBK',
  write: 'never',
  needs: ['ET11'],
  fields: [
    sized('deviceTable', 'ET11.numberOfDevices', 'ET11.dataEntrySize', billingRead('ET11.dataEntrySize'), {
      description: 'Four M-Bus devices, then the MEP clients.',
    }),
  ],
});
