import { array, bits, table, uint, uint16, uint8 } from '../schema/builders.js';

/** [MEP p.221-222] The items on the display, their order and duration. */
export const BT33 = table({
  name: 'BT33',
  title: 'Primary Display List',
  summary: 'Items that the display shows by itself, and for how long.',
  pages: '221-222',
  read: 'MBK',
  write: 'MAK',
  isVolatile: true,
  needs: ['BT30'],
  fields: [
    array('primaryDisplayList', 'BT30.numberOfPrimaryLists', [
      bits(1, [
        uint(0, 3, 'onTime', { unit: 's', description: '6 to 15; 0: the push button alone goes on to the next item.' }),
        uint(4, 7, 'offTime', { description: 'Reserved.' }),
      ]),
      bits(1, [
        uint(0, 3, 'holdTime', { description: 'Reserved.' }),
        uint(4, 7, 'defaultList', { meanings: { 1: 'normal display' } }),
      ]),
      uint8('numberListItems', { description: 'How many of the sources are shown.' }),
    ]),
    array('displaySources', 'BT30.numberOfPrimaryListItems', uint16(''), {
      description: 'Source ids of the items, in the order they are shown.',
      erratum: 'The list of these ids, referred to as Appendix D, is not part of the guide.',
    }),
  ],
});
