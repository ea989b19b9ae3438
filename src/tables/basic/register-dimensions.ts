import { bits, bool, uint, uint8 } from '../schema/builders.js';

/** The structure that BT20 (largest possible) and BT21 (configured) share. [MEP p.201-202, opt p.20-23] */
export const registerDimensions = [
  bits(1, [
    bool(0, 'seasonInformationField'),
    bool(1, 'dateTimeField', { description: 'Register tables hold dates and times.' }),
    bool(2, 'demandResetCounter', { description: 'BT23 begins with the number of demand resets.' }),
    bool(3, 'demandResetLock'),
    bool(4, 'cumulativeDemand'),
    bool(5, 'continuousCumulativeDemand'),
    bool(6, 'timeRemaining', { description: 'BT28 has the time left in the demand interval.' }),
  ]),
  bits(1, [
    bool(0, 'selfReadInhibitOverflow'),
    bool(1, 'selfReadSequenceNumber'),
    bool(2, 'dailySelfRead'),
    bool(3, 'weeklySelfRead'),
    uint(4, 5, 'selfReadDemandReset'),
  ]),
  uint8('numberOfSelfReads'),
  uint8('numberOfSummations', {
    description: '11, 15 or 19.',
    erratum: 'BT23 says 11 or 15, BT21 11 or 19; all occur.',
  }),
  uint8('numberOfDemands', { description: '0 to 8.' }),
  uint8('numberOfCoincidentValues', { description: 'Two for each demand.' }),
  uint8('numberOfOccurrences', {
    description: 'Maximum demands kept for each demand register: 1 if demand is enabled.',
  }),
  uint8('numberOfTiers', { description: '4, or 8 from firmware 3.70 on.' }),
  uint8('numberOfPresentDemands', { erratum: 'The range printed as 0..BT28.08 means BT20.08.' }),
  uint8('numberOfPresentValues'),
];
