import { array, table, uint8 } from '../schema/builders.js';

/** [MEP p.214-215] Which sources BT28 holds, and in which order. */
export const BT27 = table({
  name: 'BT27',
  title: 'Present Register Selection',
  summary: 'Source ids of the values in BT28.',
  pages: '214-215',
  read: 'MBK',
  write: 'never',
  needs: ['BT21'],
  fields: [
    array('presentDemandSources', 'BT21.numberOfPresentDemands', uint8('')),
    array('presentValueSources', 'BT21.numberOfPresentValues', uint8('')),
  ],
});
