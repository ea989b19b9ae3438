import type { Dimensions } from './schema/description.js';
import { PRINTED_SUMMATION_SOURCES } from './basic/register-data.js';
import { PRINTED_PRESENT_VALUE_SOURCES } from './basic/bt28.js';

const SUMMATIONS = 11;

/** Default for bytes without dimensions: a Gen 3 83331 or 83334 without demand, with values in the guide's order. */
export const DEFAULT_DIMENSIONS: Dimensions = {
  BT21: {
    seasonInformationField: true,
    dateTimeField: true,
    demandResetCounter: false,
    demandResetLock: false,
    cumulativeDemand: false,
    continuousCumulativeDemand: false,
    timeRemaining: false,
    selfReadInhibitOverflow: false,
    selfReadSequenceNumber: false,
    dailySelfRead: true,
    weeklySelfRead: true,
    selfReadDemandReset: 0,
    numberOfSelfReads: 0,
    numberOfSummations: SUMMATIONS,
    numberOfDemands: 0,
    numberOfCoincidentValues: 0,
    numberOfOccurrences: 0,
    numberOfTiers: 4,
    numberOfPresentDemands: 0,
    numberOfPresentValues: PRINTED_PRESENT_VALUE_SOURCES.length,
  },
  BT22: {
    summationSources: PRINTED_SUMMATION_SOURCES.slice(0, SUMMATIONS),
    demandSelect: [],
    minMaxFlags: [],
    coincidentSelect: [],
    coincidentDemandAssociated: [],
  },
  BT27: { presentDemandSources: [], presentValueSources: [...PRINTED_PRESENT_VALUE_SOURCES] },
  ET55: { energyRegisterUnit: 1 },
};
