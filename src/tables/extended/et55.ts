import {
  array,
  bits,
  bool,
  chars,
  int16,
  int8,
  ltimeDate,
  reserved,
  rest,
  table,
  uint16,
  uint32,
  uint8,
  when,
} from '../schema/builders.js';
import type { FieldNode } from '../schema/description.js';
import { decimalPoints, idCode } from './display-code.js';
import { gen4Configuration } from './meter-configuration-gen4.js';
import { stepTariff } from './step-tariff.js';

/** Tariffs, clock and power line; failed authentications. */
const general: readonly FieldNode[] = [
  reserved(3),
  bits(1, [
    bool(1, 'consumptionBasedTariffEnabled', { description: 'Unless disableConsumptionBasedTariff.' }),
    bool(5, 'stepTariffEnabled', { description: 'Unless disableStepTariff.' }),
  ]),
  when(
    'BT01.firmwareMajor < 4',
    uint8('deltaTimeAdjustmentIncrement', {
      unit: 's',
      description: 'Change of the clock in a minute while EP16 adjusts it: 0 to 16.',
      erratum: 'The column of Gen 4 says offset 1, and that 4 to 13 are reserved: it seems to be the default.',
    }),
  ),
  when('BT01.firmwareMajor >= 4', reserved(1)),
  reserved(9),
  int8('signalStrengthThreshold', {
    unit: 'dB',
    description: 'Weaker messages on the power line do not count as activity.',
    erratum: 'UINT8 with a default of -84 dB: taken as signed.',
  }),
  uint16('plcActiveTimeout', {
    unit: 'min',
    description: 'Time without activity on the power line after which its icon goes out.',
  }),
  reserved(3),
  uint8('plcFailedAuthenticationLockoutThreshold', {
    since: '4.30',
    description: 'Failures in a row; 0: no lockout.',
    erratum: 'The bytes 17 to 51 are printed as reserved, these four among them.',
  }),
  uint8('plcFailedAuthenticationLockoutDuration', { since: '4.30', unit: 'min' }),
  uint8('opticalFailedAuthenticationLockoutThreshold', { since: '4.30', description: 'Failures in a row.' }),
  uint8('opticalFailedAuthenticationLockoutDuration', { since: '4.30', unit: 'min' }),
  reserved(28),
];

/** The message the display shows for a while; since 3.82 and 4.02 also the free text (FTa) received last. */
const scheduledMessage: readonly FieldNode[] = [
  idCode('scheduledLcdMessageId', 'Left side of the display; of a free text, its OBIS code.'),
  decimalPoints('scheduledLcdMessageIdDecimalPointState'),
  chars('scheduledLcdMessageText', 8, { description: 'Right side of the display.' }, 'blank'),
  ltimeDate('scheduledLcdMessageDisplayStartTime', { description: 'UTC.' }),
  ltimeDate('scheduledLcdMessageDisplayEndTime', {
    description: 'UTC. A free text that ends before it starts takes the one before away.',
  }),
  bits(1, [
    bool(0, 'disableMessageOverride', { description: 'The push button does not remove the message.' }),
    bool(1, 'messageOverridden', { description: 'The message was removed before its end.' }),
    bool(2, 'disableScheduledLcdMessageInScrollingList', {
      description: 'A removed message does not go on in the scrolling list.',
    }),
  ]),
];

/** The tariff in effect while the power exceeds a limit. */
const overPower: readonly FieldNode[] = [
  uint16('phaseLossThresholdSeconds', { unit: 's', description: 'Duration after which it is an event.' }),
  bits(1, [bool(1, 'disableConsumptionBasedTariff'), bool(3, 'disableStepTariff')]),
  uint32('overPowerThreshold', { unit: 'W' }),
  uint16('overPowerTimeThreshold', { unit: 's' }),
  uint8('overPowerThresholdTier', {
    description: 'Tariff that holds then; CT meters compare power before the ratio.',
  }),
  uint8('overPowerSource', {
    meanings: { 0: 'forward + reverse power', 1: 'forward power', 2: 'forward - reverse power' },
  }),
  reserved(4),
  uint8('transformerSecondaryRatedCurrent', { unit: 'A', description: 'Of the external current transformer.' }),
  uint32('clockErrorCalendarId', { description: "Shown while a clock error's tariff holds." }),
  uint32('overPowerCalendarId', { description: 'Shown while the consumption-based tariff holds.' }),
  reserved(1),
];

const detection: readonly FieldNode[] = [
  uint16('generalCoverRemovedDetectionThreshold', {
    unit: 's',
    description: 'Lower terminal cover (firmware 4.0x: upper meter cover); 0: no alarm.',
  }),
  uint16('powerQualityCoverRemovedDetectionThreshold', {
    since: '3.40',
    unit: 's',
    description: 'How long events of the mask last that qualify the alarm; 0: off. Not on Gen 4.',
  }),
  bits(2, [
    bool(0, 'coverTamperPhaseLoss', { since: '3.40', description: 'Not on Gen 4, like the next three.' }),
    bool(1, 'coverTamperCurrentOnMissingOrUnusedPhase', { since: '3.40' }),
    bool(2, 'coverTamperSubsequentPowerOutage', { since: '3.40' }),
    bool(3, 'coverTamperPrecedingOrCoincidentPowerOutage', { since: '3.40' }),
  ]),
  uint8('primaryLoadProfileIndex', {
    since: '3.50',
    meanings: { 0: 'data set 1', 1: 'data set 2', 2: 'data set 3', 3: 'data set 4' },
  }),
  int16('highFrequencyNoiseDetectionThreshold', { since: '3.50', description: 'Above 512: off.' }),
  uint16('highFrequencyNoiseDetectionTimeThreshold', { since: '3.50', unit: 's' }),
  uint16('earthFaultDetectionCurrentThreshold', { since: '4.0', unit: 'mA', description: 'Delta meters.' }),
  reserved(1),
  uint16('earthFaultTimeThreshold', {
    since: '4.0',
    description: 'Delta meters.',
    erratum: 'A duration whose unit is not documented.',
  }),
  uint16('brokenMvConductorDetectionTimeThreshold', { since: '3.60', unit: 's' }),
  uint16('zeroFaultDetectionTimeThreshold', { since: '3.60', unit: 's', description: '0: off.' }),
  uint8('normalVoltageUpperLimit', {
    unit: '%',
    description: 'Of the rated voltage; zero fault: one or two phases above.',
  }),
  uint8('normalVoltageLowerLimit', { unit: '%', description: 'Zero fault: the other phases are below ...' }),
  uint8('lowVoltageHigherLimit', { unit: '%', description: '... and above this.' }),
  uint8('voltageFluctuationLimit', { unit: '%', description: 'For a broken medium voltage conductor.' }),
  reserved(1),
  array(
    'prepayTierRates',
    4,
    uint32('', { since: '3.70', unit: 'Wh/kWh', description: 'Credit taken in tiers 5 to 8; at most 1,000,000.' }),
    { erratum: 'The byte between the field before and this one is not described.' },
  ),
  uint16('reverseEnergyAlarmCurrentThreshold', {
    since: '3.70',
    unit: 'mA',
    description: 'With the rated voltage, the reverse power from which on the icon flashes.',
  }),
];

/** Momentary voltage disturbances (MVD), average voltages (nlc, nlp). */
const voltage: readonly FieldNode[] = [
  uint16('mainsCyclesForConsecutiveRmsVoltage', { description: '10 to 800.' }),
  uint16('secondsForAverageRmsVoltage', {
    unit: 's',
    description: 'Divides a minute; or full minutes that divide an hour; or full hours that divide a day.',
  }),
  uint16('averageRmsVoltagesForNlcAndNlp'),
  uint32('deltaAdsup', { unit: 'V', divisor: 1000, description: 'Upper limit of the proper voltage range.' }),
  uint32('deltaAdinf', { unit: 'V', divisor: 1000, description: 'Lower limit of the proper voltage range.' }),
  uint32('deltaPrsup', { unit: 'V', divisor: 1000, description: 'Medium voltage range: this above deltaAdsup.' }),
  uint32('deltaPrinf', { unit: 'V', divisor: 1000, description: 'Medium voltage range: this with deltaAdinf.' }),
  uint16('mvdDetectionLowerLimit', { description: 'In mains cycles.' }),
  uint16('mvdDetectionUpperLimit', { description: 'In mains cycles.' }),
  uint8('mvdInterruptionSagLowThreshold', { unit: '%', description: 'Of the rated voltage.' }),
  uint8('mvdSagHighThreshold', { unit: '%', description: 'Of the rated voltage.' }),
  uint8('mvdSwellLowThreshold', { unit: '%', description: 'Of the rated voltage.' }),
];

/**
 * [MEP p.139-163] Meter configuration. On Gen 4 meters the id code of the scheduled message is a character longer, and
 * all later fields move by one byte.
 */
export const ET55 = table({
  name: 'ET55',
  title: 'Meter Configuration',
  summary:
    'Configuration of the meter: messages on the display, tariffs by consumption, detection of faults, energy unit.',
  pages: '139-163',
  read: 'MBK',
  write: 'MAK',
  isVolatile: true,
  risk: 'power',
  needs: ['BT01', 'BT20'],
  fields: [
    ...general,
    ...scheduledMessage,
    ...overPower,
    ...detection,
    ...stepTariff,
    ...voltage,
    uint8('energyRegisterUnit', {
      since: '3.70',
      description: 'One count of an energy register is 1, 10 or 100 Wh or varh; only CT meters have another than 1.',
      erratum: 'At A+39; ET42 prints A+3.',
    }),
    when('BT01.firmwareMajor >= 4', gen4Configuration),
    rest(),
  ],
});
