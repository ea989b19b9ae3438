import { array, bits, table, uint } from '../schema/builders.js';

/** [MEP p.166-167] When control relays switch; what each block of ten switches is for, the mode in ET05 says. */
export const ET61 = table({
  name: 'ET61',
  title: 'Time-Based Relay Control Calendar',
  summary: 'Times at which the control relays open and close.',
  pages: '166-167',
  read: 'MBK',
  write: 'MAK',
  needs: ['ET11'],
  fields: [
    array('relayControl', 2, [
      array('relaySwitches', 'ET11.timeBasedRelaySwitches', [
        bits(2, [
          uint(0, 0, 'relayState', { meanings: { 0: 'open', 1: 'closed' } }),
          uint(5, 10, 'minute'),
          uint(11, 15, 'hour'),
        ]),
      ]),
    ]),
  ],
});
