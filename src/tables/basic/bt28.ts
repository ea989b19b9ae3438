import { array, niFormat1, niFormat2, table, time, when } from '../schema/builders.js';

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/**
 * The guide's order of present values. The number that a firmware has depends on its version: 22 at first, then
 * 26 (3.10), 41 (3.50), 55 (3.70), 72 (4.0), 75 (4.10), 84 (4.30). [MEP p.216-220]
 */
export const PRINTED_PRESENT_VALUE_SOURCES: readonly number[] = [
  ...range(8, 25),
  ...range(81, 84),
  ...range(104, 107),
  ...range(185, 199),
  ...range(202, 215),
  ...range(216, 232),
  ...range(233, 235),
  ...range(236, 244),
];

/** [MEP p.215-220] Instantaneous values; BT27 selects and orders them. */
export const BT28 = table({
  name: 'BT28',
  title: 'Present Register Data',
  summary: 'Instantaneous values: power, voltage, current, frequency ...',
  pages: '215-220',
  read: 'MBK',
  write: 'never',
  needs: ['BT21', 'BT27'],
  fields: [
    array('presentDemands', 'BT21.numberOfPresentDemands', [
      when('BT21.timeRemaining', time('timeRemaining', { description: 'Time left in the demand interval.' })),
      niFormat2('demand', {
        register: {
          role: 'presentDemand',
          source: { table: 'BT27', field: 'presentDemandSources', index: 'presentDemands', printed: [] },
          time: 'timeRemaining',
        },
      }),
    ]),
    array(
      'presentValues',
      'BT21.numberOfPresentValues',
      niFormat1('', {
        erratum:
          'The offset is (A + 4) x BT21.8 + 4 x the value number, not + the number. Number 65 is printed as 66. ' +
          'Power factors are at 10, 13 and 14, with VA at 12.',
        register: {
          role: 'presentValue',
          source: {
            table: 'BT27',
            field: 'presentValueSources',
            index: 'presentValues',
            printed: PRINTED_PRESENT_VALUE_SOURCES,
          },
        },
      }),
    ),
  ],
});
