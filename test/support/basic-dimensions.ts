import fc from 'fast-check';

const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });

const dataSet = fc.record({
  numberOfBlocks: upTo(3),
  numberOfIntervals: upTo(20),
  numberOfChannels: upTo(5),
});

/** Dimensions of the basic tables, those of registers apart: every shape, few elements. */
export const basicDimensions = {
  BT00: fc.record({
    procedureParameterLength: upTo(255),
    responseDataLength: upTo(20),
    dimBasicTablesUsed: upTo(10),
    dimExtendedTablesUsed: upTo(20),
    manufacturerStatusLength: upTo(9),
    numberOfPendingTables: upTo(4),
  }),
  BT30: fc.record({ numberOfPrimaryListItems: upTo(40), numberOfPrimaryLists: upTo(2) }),
  BT50: fc.record({
    separateWeekDays: fc.boolean(),
    numberOfSeasons: upTo(12),
    numberOfNonRecurringDates: upTo(25),
    numberOfRecurringDates: upTo(23),
    numberOfTierSwitches: upTo(30),
  }),
  BT60: fc.record({
    set1ScalarDivisorEnable: fc.boolean(),
    set2ScalarDivisorEnable: fc.boolean(),
    set3ScalarDivisorEnable: fc.boolean(),
    set4ScalarDivisorEnable: fc.boolean(),
  }),
  BT61: fc.record({
    endReadingSupported: fc.boolean(),
    dataSets: fc.array(dataSet, { minLength: 4, maxLength: 4 }),
  }),
  BT71: fc.record({ historyDataLength: upTo(4), numberOfHistoryEntries: upTo(5) }),
};
