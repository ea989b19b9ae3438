import type { Dimensions, TableValues } from '../../../src/tables/index.js';

/** A meter without demand registers, and one with. */
const NO_DEMAND: TableValues = {
  seasonInformationField: true,
  dateTimeField: true,
  demandResetCounter: false,
  cumulativeDemand: false,
  continuousCumulativeDemand: false,
  numberOfSelfReads: 12,
  numberOfSummations: 19,
  numberOfDemands: 0,
  numberOfCoincidentValues: 0,
  numberOfOccurrences: 0,
  numberOfTiers: 4,
};
export const DEMAND: TableValues = { ...NO_DEMAND, numberOfDemands: 1, numberOfOccurrences: 1 };
const NO_SCALARS = {
  set1ScalarDivisorEnable: false,
  set2ScalarDivisorEnable: false,
  set3ScalarDivisorEnable: false,
  set4ScalarDivisorEnable: false,
};
const withEndReadings = (numberOfChannels: number): Dimensions => ({
  BT61: { endReadingSupported: true, dataSets: [{ numberOfBlocks: 2, numberOfIntervals: 96, numberOfChannels }] },
});
/** The dimensions printed for BT50. */
export const CALENDAR: Dimensions = {
  BT50: {
    separateWeekDays: false,
    numberOfSeasons: 12,
    numberOfNonRecurringDates: 25,
    numberOfRecurringDates: 23,
    numberOfTierSwitches: 200,
  },
};
/** Dimensions as the guide prints them. */
export const BT00: TableValues = {
  dimBasicTablesUsed: 10,
  dimExtendedTablesUsed: 13,
  manufacturerStatusLength: 9,
  numberOfPendingTables: 2,
  dimBasicProceduresUsed: 2,
  dimExtendedProceduresUsed: 12,
  procedureParameterLength: 255,
  responseDataLength: 12,
};

/** Offset columns of the guide; formulas where it prints these. */
export const PRINTED: readonly [table: string, dims: Dimensions, fields: readonly [field: string, offset: number][]][] =
  [
    [
      'BT00',
      { BT00 },
      [
        ['numberOfPendingTables', 18],
        ['basicTablesUsed', 19],
        ['extendedTablesUsed', 19 + 10],
        ['basicProceduresUsed', 19 + 10 + 13],
        ['extendedProceduresUsed', 19 + 10 + 13 + 2],
        ['basicTablesWritable', 19 + 10 + 13 + 2 + 12],
        ['extendedTablesWritable', 19 + 10 + 13 + 2 + 12 + 10],
      ],
    ],
    [
      'BT01',
      {},
      [
        ['manufacturer', 0],
        ['model', 4],
        ['hardwareMajor', 12],
        ['firmwareMajor', 14],
        ['manufacturerSerialNumber', 16],
      ],
    ],
    [
      'BT03',
      { BT00 },
      [
        ['meteringMode', 0],
        ['unprogrammed', 1],
        ['disconnectSwitchError', 1],
        ['loadProfileDataSet2UnreadEntriesExist', 3],
        ['loadProfileOverflow', 4],
        ['invalidPassword', 5],
        ['mepInstalledOrRemoved', 6],
        ['dimensionChange', 7],
        ['unbalancedVoltageDetected', 8],
        ['controlRelay2Open', 9],
      ],
    ],
    [
      'BT04',
      { BT00 },
      [
        ['basicPending', 0],
        ['extendedPending', 10],
        ['lastActivationTime', 10 + 13],
        ['numberOfPendingActivations', 10 + 13 + 5],
        ['pendingActivations[0].eventCode', 10 + 13 + 6],
        ['pendingActivations[0].tableId', 10 + 13 + 12],
        ['pendingActivations[1].eventCode', 10 + 13 + 6 + 8],
      ],
    ],
    [
      'BT07',
      { BT00 },
      [
        ['procedureNumber', 0],
        ['responseHandling', 0],
        ['procedureSequenceNumber', 2],
        ['parameters', 3],
      ],
    ],
    [
      'BT08',
      { BT00 },
      [
        ['procedureNumber', 0],
        ['procedureSequenceNumber', 2],
        ['resultCode', 3],
        ['response', 4],
      ],
    ],
    [
      'BT24',
      { BT21: NO_DEMAND },
      [
        ['timeAndDate', 0],
        ['season', 5],
        ['summations[0]', 6],
        ['summations[18]', 6 + 72],
        ['tiers[0].summations[0]', 6 + 76],
      ],
    ],
    [
      'BT25',
      { BT21: NO_DEMAND },
      [
        ['dateTime', 0],
        ['season', 5],
        ['summations[0]', 6],
      ],
    ],
    [
      'BT26',
      { BT21: DEMAND },
      [
        ['overflow', 0],
        ['numberOfValidEntries', 1],
        ['lastEntryElement', 2],
        ['lastEntrySequenceNumber', 3],
        ['numberOfUnreadEntries', 5],
        ['selfReadEntries[0].billingInterfaceDefinitionNumber', 6],
        ['selfReadEntries[0].timeAndDate', 8],
        ['selfReadEntries[0].season', 13],
        ['selfReadEntries[0].summations[0]', 14],
        ['selfReadEntries[0].demands[0].eventTime[0]', 14 + 76],
        ['selfReadEntries[0].demands[0].demand[0]', 14 + 76 + 5],
      ],
    ],
    [
      'BT30',
      {},
      [
        ['onTime', 0],
        ['numberOfDisplaySources', 1],
        ['widthDisplaySources', 3],
        ['numberOfPrimaryListItems', 4],
        ['numberOfPrimaryLists', 6],
        ['numberOfSecondaryListItems', 7],
        ['numberOfSecondaryLists', 9],
      ],
    ],
    [
      'BT33',
      { BT30: { numberOfPrimaryLists: 1, numberOfPrimaryListItems: 30 } },
      [
        ['primaryDisplayList[0].onTime', 0],
        ['primaryDisplayList[0].offTime', 0],
        ['primaryDisplayList[0].holdTime', 1],
        ['primaryDisplayList[0].defaultList', 1],
        ['primaryDisplayList[0].numberListItems', 2],
        ['displaySources[0]', 3],
      ],
    ],
    [
      'BT50',
      {},
      [
        ['touSelfRead', 0],
        ['daylightSavingTimeAuto', 1],
        ['numberOfSeasons', 2],
        ['numberOfSpecialSchedules', 2],
        ['numberOfNonRecurringDates', 3],
        ['numberOfRecurringDates', 4],
        ['numberOfTierSwitches', 5],
        ['calendarTableSize', 7],
      ],
    ],
    [
      'BT53',
      {},
      [
        ['daylightSavingTimeEffective', 0],
        ['daylightSavingTimeAdjustment', 3],
        ['timeZoneOffset', 4],
      ],
    ],
    [
      'BT54',
      CALENDAR,
      [
        ['nonRecurringDates[0].nonRecurringDate', 0],
        ['recurringDates[0].recurringDate', 25 * 3],
        ['tierSwitches[0].tier', 25 * 3 + 23 * 3],
        ['seasonSchedules[0].saturday', 25 * 3 + 23 * 3 + 200 * 3],
        ['calendarId', 25 * 3 + 23 * 3 + 200 * 3 + 12 * 5],
      ],
    ],
    [
      'BT55',
      {},
      [
        ['clockCalendar', 0],
        ['dayOfWeek', 6],
        ['currentTier', 7],
        ['season', 7],
      ],
    ],
    ...['BT60', 'BT61'].map((name): (typeof PRINTED)[number] => [
      name,
      {},
      [
        ['memoryLength', 0],
        ['set1InhibitOverflow', 4],
        ['simpleIntervalStatus', 4],
        ['uint8Supported', 6],
        ['dataSets[0].numberOfBlocks', 7],
        ['dataSets[0].numberOfIntervals', 9],
        ['dataSets[0].numberOfChannels', 11],
        ['dataSets[0].maximumIntervalTime', 12],
      ],
    ]),
    [
      'BT62',
      { BT60: { ...NO_SCALARS, set1ScalarDivisorEnable: true }, BT61: { dataSets: [{ numberOfChannels: 16 }] } },
      [
        ['dataSets[0].channelSettings[0].endReading', 0],
        ['dataSets[0].channelSettings[0].intervalSource', 1],
        ['dataSets[0].channelSettings[0].endReadingSource', 2],
        ['dataSets[0].format', 16 * 3],
        ['dataSets[0].scalars[0]', 16 * 3 + 1],
        ['dataSets[0].divisors[0]', 16 * 3 + 1 + 2 * 16],
      ],
    ],
    [
      'BT63',
      {},
      [
        ['dataSets[0].blockOrder', 0],
        ['dataSets[0].numberOfValidBlocks', 1],
        ['dataSets[0].lastBlock', 3],
        ['dataSets[0].lastBlockSequenceNumber', 5],
        ['dataSets[0].numberOfUnreadBlocks', 9],
        ['dataSets[0].numberOfValidIntervals', 11],
      ],
    ],
    ...[1, 4, 15, 16].map((channels): (typeof PRINTED)[number] => [
      'BT64',
      withEndReadings(channels),
      [
        ['blockData[0].endTime', 0],
        ['blockData[0].endReadings[0]', 5],
        ['blockData[0].simpleStatus', 5 + 4 * channels],
        ['blockData[0].intervals[0].extendedStatus', 5 + 4 * channels + 12],
        ['blockData[0].intervals[0].channelValues[0]', 5 + 4 * channels + 12 + Math.floor(channels / 2) + 1],
      ],
    ]),
    ...['BT70', 'BT71'].map((name): (typeof PRINTED)[number] => [
      name,
      {},
      [
        ['eventNumber', 0],
        ['numberOfStandardEvents', 1],
        ['numberOfManufacturerEvents', 2],
        ['historyDataLength', 3],
        ['eventDataLength', 4],
        ['numberOfHistoryEntries', 5],
        ['numberOfEventEntries', 7],
      ],
    ]),
    [
      'BT74',
      { BT71: { historyDataLength: 2, numberOfHistoryEntries: 100 } },
      [
        ['order', 0],
        ['numberOfValidEntries', 1],
        ['lastEntryElement', 3],
        ['lastEntrySequenceNumber', 5],
        ['numberOfUnreadEntries', 9],
        ['historyRecords[0].time', 11],
        ['historyRecords[0].sequenceNumber', 17],
        ['historyRecords[0].userId', 19],
        ['historyRecords[0].event', 21],
        ['historyRecords[0].argument', 23],
        ['historyRecords[1].time', 11 + 12 + 2],
      ],
    ],
  ];
