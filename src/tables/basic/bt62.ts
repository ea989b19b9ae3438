import { array, bits, bool, table, uint16, uint8, when } from '../schema/builders.js';

const channels = 'BT61.dataSets[index].numberOfChannels';

/** [MEP p.235-236, opt p.33-34] Which sources the load profile records. */
export const BT62 = table({
  name: 'BT62',
  title: 'Load Profile Control',
  summary: 'Source ids of the channels of the load profile.',
  pages: '235-236',
  read: 'MBK',
  write: 'never',
  needs: ['BT60', 'BT61'],
  fields: [
    array('dataSets', 'BT61.dataSets', [
      array('channelSettings', channels, [
        bits(1, [bool(0, 'endReading')]),
        uint8('intervalSource', {
          description: 'Source id; 112 to 163 refer to an extended source id that ET66 gives.',
        }),
        uint8('endReadingSource'),
      ]),
      uint8('format', { meanings: { 32: 'INT32, the register as it was at the end of the interval' } }),
      when(
        '(index == 0) * BT60.set1ScalarDivisorEnable + (index == 1) * BT60.set2ScalarDivisorEnable + ' +
          '(index == 2) * BT60.set3ScalarDivisorEnable + (index == 3) * BT60.set4ScalarDivisorEnable',
        array('scalars', channels, uint16(''), {
          description: 'Multiplier of each channel before recording.',
        }),
        array('divisors', channels, uint16(''), {
          description: 'Divisor of each channel before recording.',
        }),
      ),
    ]),
  ],
});
