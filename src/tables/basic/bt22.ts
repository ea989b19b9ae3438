import { array, set, table, uint8 } from '../schema/builders.js';

/** [MEP p.202-203] Which sources BT23 holds, and in which order. */
export const BT22 = table({
  name: 'BT22',
  title: 'Data Selection',
  summary: 'Source ids of the registers in BT23.',
  pages: '202-203',
  read: 'MBK',
  write: 'never',
  since: '3.10',
  needs: ['BT21'],
  fields: [
    array('summationSources', 'BT21.numberOfSummations', uint8('')),
    array('demandSelect', 'BT21.numberOfDemands', uint8('')),
    set('minMaxFlags', '(BT21.numberOfDemands + 7) / 8', {
      description: 'Demands that keep their maximum; the others keep their minimum.',
    }),
    array('coincidentSelect', 'BT21.numberOfCoincidentValues', uint8('')),
    array('coincidentDemandAssociated', 'BT21.numberOfCoincidentValues', uint8(''), {
      description: 'Which entry of demandSelect each coincident value belongs to.',
    }),
  ],
});
