import { bits, opaque, sized, table, uint, uint16, uint8 } from '../schema/builders.js';

/** [MEP p.89-92] Requests to M-Bus devices and MEP clients by EP19 and EP39, and their results. */
export const ET15 = table({
  name: 'ET15',
  title: 'MEP/M-Bus On-demand Requests',
  summary: 'Queue of on-demand requests to M-Bus devices and MEP clients, with their results.',
  pages: '89-92',
  read: 'MBK',
  write: 'never',
  needs: ['ET11'],
  fields: [
    bits(1, [
      uint(0, 3, 'writePointer', { description: 'Entry that the next request will take.' }),
      uint(4, 7, 'readPointer', { description: 'Entry to be processed next.' }),
    ]),
    sized('requestQueue', 'ET11.onDemandRequestQueueSize', 'ET11.onDemandRequestEntrySize', [
      uint16('transactionNumber'),
      uint16('deviceHandleOrGroupMask', { description: 'For request type 6 a group mask; 65535: all devices.' }),
      uint8('requestType', {
        meanings: {
          0: 'no entry',
          1: 'M-Bus application reset',
          2: 'billing read',
          3: 'status read',
          4: 'write data',
          5: 'time synchronisation',
          6: 'multicast',
          7: 'MEP download start',
          8: 'MEP download code packet',
          9: 'MEP download switchover',
        },
      }),
      uint8('result', {
        meanings: { 0: 'not yet completed', 1: 'success', 2: 'no response', 3: 'failed' },
      }),
    ]),
    sized('writeMessages', 'ET11.onDemandRequestQueueSize', 'ET11.onDemandWriteEntrySize', [
      uint8('writeDataLength', { unit: 'B' }),
      opaque('writeData', 'ET11.onDemandWriteEntrySize - 1', { description: 'Only the first so many bytes count.' }),
    ]),
    uint8('multicastDataLength', { unit: 'B' }),
    opaque('multicastDataMessage', 'ET11.mBusMulticastMessageLength - 1', {
      description:
        'For M-Bus the C field, the CI field and user data; for request type 8 a packet number (UINT16) and a code packet.',
    }),
  ],
});
