import { array, bits, growing, table, uint } from '../schema/builders.js';

/**
 * [MEP p.166-167] Switching times of control relays; the mode in ET05 defines the use of each block of ten switches.
 */
export const ET61 = table({
  name: 'ET61',
  title: 'Time-Based Relay Control Calendar',
  summary: 'Times at which the control relays open and close.',
  pages: '166-167',
  read: 'MBK',
  write: 'MAK',
  risk: 'power',
  needs: ['ET11'],
  fields: [
    growing(
      'relayControl',
      1,
      '4.30',
      2,
      [
        array('relaySwitches', 'ET11.timeBasedRelaySwitches', [
          bits(2, [
            uint(0, 0, 'relayState', { meanings: { 0: 'open', 1: 'closed' } }),
            uint(5, 10, 'minute'),
            uint(11, 15, 'hour'),
          ]),
        ]),
      ],
      {
        description: 'Control relay 1, and 2 since firmware 4.30.',
        erratum:
          'Printed as two for every firmware, though a second relay came with 4.30: read as far as there are bytes.',
      },
    ),
  ],
});
