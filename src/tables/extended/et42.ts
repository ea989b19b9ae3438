import type { FieldNode } from '../schema/description.js';
import { array, bits, bool, record, seek, since, table, uint16, uint32, uint8, when } from '../schema/builders.js';
import { mdtEntry } from './mdt-entry.js';

const loadProfileOptions = bits(1, [
  bool(0, 'endReadings'),
  bool(1, 'scalarDivisor'),
  bool(2, 'dataReference'),
  bool(3, 'ansiCompliance', { description: 'Intervals in minutes, standard extended status only.' }),
]);

/** The layout of a data set of the load profile. [MEP p.114, p.117-118] */
const loadProfileInfo: readonly FieldNode[] = [
  uint32('blockSize', { unit: 'B' }),
  uint16('numberOfBlocks'),
  uint8('numberOfChannels', { description: 'In each interval.' }),
  uint8('intervalDuration', { unit: 'min', meanings: { 84: '24 hours' } }),
  uint8('intervalSize', { unit: 'B' }),
  loadProfileOptions,
  uint16('intervalsPerBlock'),
  uint8('blockStartHour', { unit: 'h' }),
  uint8('blockStartMinute', { unit: 'min' }),
];

const extendedSources = array('loadProfileExtendedSources', 'numberOfChannels', uint16(''), {
  description: 'Of M-Bus channels: bits 12-15 are 4, bits 8-11 the device in ET13, bits 0-4 the data type in ET57.',
});

/** One of the additional data sets, where it is in use. [MEP p.117-118] */
const dataSet = (number: 2 | 3 | 4, erratum?: string): FieldNode =>
  when(
    `dataSet${number}Active`,
    record(
      `dataSet${number}`,
      [...loadProfileInfo, extendedSources],
      undefined,
      erratum === undefined ? {} : { erratum },
    ),
  );

/** [MEP p.111-114] The section that ends at fixedSectionLength. */
const fixedSection: readonly FieldNode[] = [
  uint16('tableLength', { unit: 'B', description: 'Of the whole table.' }),
  uint8('fixedSectionLength', { unit: 'B', description: 'Offset of the log list.' }),
  uint8('logListSize'),
  bits(2, [
    bool(0, 'icaNak', { description: 'NAK of the interface change alarm is on, recurring reads into ET16 are off.' }),
    bool(1, 'billingLoadProfileFormat2', { description: 'The data concentrator supports all formats.' }),
  ]),
  uint16('c1219Compliance'),
  uint16('billingInterfaceDefinitionNumber', { description: 'BIDN: names the configuration of billing data.' }),
  bits(1, [
    bool(0, 'demandResetCounter'),
    bool(1, 'cumulativeDemand'),
    bool(2, 'continuousCumulativeDemand'),
    bool(3, 'demandConfigured', { description: 'At least once.' }),
    bool(4, 'unreadLogEntriesBitmapEnabled', { description: 'ET36 ends with its bitmap.' }),
  ]),
  uint8('numberOfSelfReads'),
  uint8('numberOfSummations'),
  uint8('numberOfDemands'),
  uint8('numberOfCoincidentValues'),
  uint8('numberOfOccurrences'),
  uint8('numberOfTiers'),
  uint8('numberOfPresentDemands'),
  uint8('numberOfPresentValues'),
  uint8('demandSubInterval', { unit: 'min' }),
  uint8('demandMultiplier', { description: 'Sub-intervals in a demand interval.', erratum: 'Gives it in minutes.' }),
  uint16('tierSize', { unit: 'B', description: 'Of a tariff in BT23.' }),
  ...loadProfileInfo,
  bits(1, [
    bool(0, 'eventNumber'),
    bool(1, 'dateTime'),
    bool(2, 'sequenceNumber'),
    bool(3, 'inhibitOverflow'),
    bool(4, 'eventLogInhibitOverflow'),
  ]),
  uint16('historyLogCount', { description: 'Entries of the history log.' }),
  uint8('historyLogEntrySize', { unit: 'B', description: 'Of the argument of an entry.' }),
];

/** Bytes of the required section up to and with a field. */
const UP_TO_ET74_ENTRY_COUNT = 3;
const UP_TO_ROLLOVER_DIGIT = 8;

/** [MEP p.118-119] */
const requiredSection = record(
  'requiredSection',
  [
    uint8('length', { unit: 'B', description: 'With this byte.' }),
    when(`length >= ${UP_TO_ET74_ENTRY_COUNT}`, uint16('et74EntryCount')),
    when(
      `length >= ${UP_TO_ROLLOVER_DIGIT}`,
      uint8('et77EntryCount', { since: '3.70' }),
      uint16('et79EntryCount', { since: '3.70' }),
      uint8('energyRegisterUnit', {
        since: '3.70',
        description: 'One count of an energy register is 1, 10 or 100 Wh or varh.',
        erratum: 'Refers to ET55.A+3; it is A+39 there.',
      }),
      uint8('accumulatorRolloverDigit', {
        since: '3.70',
        description: 'Decimal digits of energy registers, 5 to 9; 6: after 999,999 Wh comes 0.',
      }),
    ),
  ],
  'length',
);

/** [MEP p.111-119] All dimensions that can change, in one table, as copies of other tables' fields. */
export const ET42 = table({
  name: 'ET42',
  title: 'Interface Definition',
  summary: 'All dimensions that may change: registers, load profile, logs, sources, energy unit.',
  pages: '111-119',
  read: 'MBK',
  write: 'never',
  needs: ['ET54'],
  fields: [
    ...fixedSection,
    seek('fixedSectionLength'),
    array('logList', 'logListSize', [uint8('count', { description: 'Entries configured.' }), uint16('entrySize')], {
      description: 'ET31, ET32, ET38, ET41, ET45, ET75, ET81, as in ET36.',
      erratum: 'The last two refer to ET36.90, 107 and 103, which are other fields; see there.',
    }),
    array('demandSources', 'numberOfDemands', uint8('')),
    array('coincidentSources', 'numberOfCoincidentValues', uint8(''), {
      description: 'In the order of the demands, two for each.',
    }),
    extendedSources,
    uint8('mdttCurrentEntries', { description: 'Entries of ET57 in use.' }),
    array('mdttEntries', 'mdttCurrentEntries', mdtEntry),
    when(
      'ET54.multipleLoadProfileDataSetSupport',
      bits(1, [bool(0, 'dataSet2Active'), bool(1, 'dataSet3Active'), bool(2, 'dataSet4Active')]),
      dataSet(
        2,
        'Whether inactive data sets take bytes is not documented: the list of active ones would have no use if they did.',
      ),
      dataSet(3),
      dataSet(4),
    ),
    since('3.60', requiredSection),
    seek('tableLength'),
  ],
});
