import { array, block, niFormat1, niFormat2, stimeDate, tiers, uint8, when } from '../schema/builders.js';
import type { ArrayNode, FieldNode } from '../schema/description.js';

/** The guide's order of summations, numbered as in its table. [MEP p.208-210] */
export const PRINTED_SUMMATION_SOURCES: readonly number[] = [
  0, 1, 2, 3, 4, 5, 6, 7, 26, 27, 28, 108, 109, 110, 111, 216, 217, 218, 219,
];

const summations = array(
  'summations',
  'BT21.numberOfSummations',
  niFormat1('', {
    register: {
      role: 'summation',
      source: { table: 'BT22', field: 'summationSources', index: 'summations', printed: PRINTED_SUMMATION_SOURCES },
    },
  }),
);

const demandSource = { table: 'BT22', field: 'demandSelect', index: 'demands', printed: [] };

/** DmdRcd [MEP p.210] */
const demands = array('demands', 'BT21.numberOfDemands', [
  when(
    'BT21.dateTimeField',
    array('eventTime', 'BT21.numberOfOccurrences', stimeDate(''), { description: 'When the demand was measured.' }),
  ),
  when(
    'BT21.cumulativeDemand',
    niFormat1('cumulativeDemand', {
      register: { role: 'cumulativeDemand', source: demandSource },
      erratum: 'The offset printed for the demand counts this field even where it is not there.',
    }),
  ),
  when(
    'BT21.continuousCumulativeDemand',
    niFormat1('continuousCumulativeDemand', { register: { role: 'continuousCumulativeDemand', source: demandSource } }),
  ),
  array(
    'demand',
    'BT21.numberOfOccurrences',
    niFormat2('', { register: { role: 'demand', source: demandSource, time: 'eventTime' } }),
  ),
]);

/** CoinRcd [MEP p.210] */
const coincidents = array('coincidents', 'BT21.numberOfCoincidentValues', [
  array(
    'values',
    'BT21.numberOfOccurrences',
    niFormat2('', {
      register: {
        role: 'coincident',
        source: { table: 'BT22', field: 'coincidentSelect', index: 'coincidents', printed: [] },
      },
    }),
  ),
]);

/** BT23's Total Data Block, which other tables hold copies of. [MEP p.207-210] */
export const totalDataBlock: readonly FieldNode[] = [
  when(
    'BT21.demandResetCounter',
    uint8('numberOfDemandResets', {
      register: { role: 'demandResets' },
      erratum: 'Whether each tier repeats it is not documented; the tier size in ET42 shows that it does not.',
    }),
  ),
  summations,
  demands,
  coincidents,
];

/** BT23's Tier Data Blocks: the same for each tariff. [MEP p.211] */
export const tierDataBlocks: ArrayNode = tiers('tiers', 'BT21.numberOfTiers', [
  block(summations, demands, coincidents),
]);
