import { array, bits, bool, since, table } from '../schema/builders.js';
import { channelFormat, decimalPoints, idCode } from './display-code.js';

/** [MEP p.167-172] Display format of the load profile and of the log of power outages. */
export const ET62 = table({
  name: 'ET62',
  title: 'Load Profile Display Configuration',
  summary: 'Id codes and number formats of load profile and power outages on the display.',
  pages: '167-172',
  read: 'MBK',
  write: 'MAK',
  needs: ['BT01', 'BT60'],
  fields: [
    bits(1, [
      bool(0, 'displayLocalTime', { description: 'Times are local, else UTC.' }),
      bool(1, 'useAllChannelIdCharacters', {
        description: 'The whole status id code is shown, else two characters and the channel number.',
      }),
      bool(2, 'disableLoadProfileDisplay', { description: 'Without effect under Welmec 11.2.' }),
    ]),
    idCode('loadProfileListIdCode', 'Shown when load profile display mode begins.'),
    decimalPoints('loadProfileListIdDecimalPointState'),
    idCode('loadProfileDateIdCode', 'Shown with the start of an interval.'),
    decimalPoints('loadProfileDateIdDpState'),
    idCode('intervalTimeIdCode', 'Shown with the interval time, in normal scrolling.'),
    decimalPoints('intervalTimeIdDpState'),
    idCode('extendedStatusIdCode'),
    decimalPoints('extendedStatusIdDpState'),
    array('codeWord', 'BT60.dataSets[0].numberOfChannels', channelFormat('channelIdCode', 'channelIdDpState')),
    since(
      '3.70',
      idCode('powerOutageListIdCode'),
      decimalPoints('powerOutageListIdDpState'),
      idCode('powerOutageNumberIdCode'),
      decimalPoints('powerOutageNumberIdDpState'),
    ),
  ],
});
