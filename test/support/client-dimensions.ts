import fc from 'fast-check';
import type { Dimensions, TableValues } from '../../src/tables/index.js';

const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });

/** Dimensions of the tables for MEP clients, transactions, relays and logs: every shape, few elements. */
const clientDimensions: fc.Arbitrary<Record<string, TableValues>> = fc.record({
  BT20: fc.record({ numberOfDemands: upTo(8) }),
  BT60: fc.record({ dataSets: fc.array(fc.record({ numberOfChannels: upTo(4) }), { minLength: 1, maxLength: 4 }) }),
  ET11: fc.record(
    {
      mepDataSources: upTo(20),
      timeBasedRelaySwitches: upTo(20),
      mepDataAlertSources: upTo(10),
      transactionRequestLength: fc.constantFrom(768, 896),
      transactionResponseLength: fc.constantFrom(769, 1785),
      firmwareModuleEntryCount: upTo(6),
      firmwareModuleEntryLength: upTo(7),
      mepChannelCount: fc.integer({ min: 1, max: 2 }),
    },
    {
      requiredKeys: [
        'mepDataSources',
        'timeBasedRelaySwitches',
        'mepDataAlertSources',
        'transactionRequestLength',
        'transactionResponseLength',
        'firmwareModuleEntryCount',
        'firmwareModuleEntryLength',
      ],
    },
  ),
  ET45: fc.constant({ numberOfValidEntries: 0 }),
  ET54: fc.record({ et74EntryCount: upTo(2), et79EntryCount: upTo(5) }),
  ET74: fc.constant({ numberOfValidEntries: 0 }),
  ET90: fc.record({ numberOfFtzMessages: upTo(3) }),
});

/** Adds what these tables depend on to other dimensions. */
export const withClientDimensions = (base: fc.Arbitrary<Dimensions>): fc.Arbitrary<Dimensions> =>
  fc.tuple(base, clientDimensions).map(([dims, more]) => {
    const merged = Object.entries(more).map(([name, values]) => [name, { ...dims[name], ...values }]);
    return { ...dims, ...(Object.fromEntries(merged) as Dimensions) };
  });
