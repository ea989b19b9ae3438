import type { FieldNode } from '../schema/description.js';
import {
  array,
  bits,
  bool,
  int32,
  ltimeDate,
  niFormat1,
  reserved,
  since,
  table,
  uint16,
  uint32,
  uint8,
} from '../schema/builders.js';

const PHASES = ['l1', 'l2', 'l3'] as const;
const voltage = (name: string, description: string): FieldNode =>
  niFormat1(name, { unit: 'V', divisor: 1000, description });

/** Time of the last event of a kind, and number of events, for each phase. [MEP p.70, p.72-73, p.76] */
const events = (event: string): FieldNode[] =>
  PHASES.flatMap((phase) => [
    ltimeDate(`${phase}MostRecent${event}Event`, { description: 'UTC.' }),
    uint16(`${phase}${event}Events`, { description: 'Since the statistics were reset.' }),
  ]);

/** [MEP p.74-75] Total harmonic distortion of voltage, current and apparent power. */
const thdRecords = array('thdRecords', 3, [
  uint16('thdTimeThreshold', { unit: 's', description: 'In steps of 10 s; 0: every event is recorded.' }),
  uint16('thdThreshold', {
    unit: '%',
    divisor: 100,
    description: '0: no event is recorded.',
    erratum: 'Gives the unit 0.1 %, but in the same sentence 10000 is 100 %, and its largest value.',
  }),
  array(
    'events',
    3,
    [
      uint16('eventCount'),
      ltimeDate('eventTimestamp', { description: 'UTC.' }),
      uint16('maxThd', { erratum: 'The unit is not documented.' }),
      ltimeDate('maxThdTimestamp', { description: 'UTC.' }),
      uint16('averageThd', { erratum: 'The unit is not documented.' }),
      reserved(4),
    ],
    { description: 'Phase L1, L2, L3.', erratum: 'Records of 22 bytes, of which only 18 are documented.' },
  ),
]);

/** From firmware 4.10 on: a second set of thresholds for sags. [MEP p.75-77] */
const sag2 = [
  uint16('sag2TimeThreshold', { unit: 's', description: '0: every sag is recorded.' }),
  uint8('sag2Threshold', { unit: '%', description: 'Under the rated voltage.' }),
  ...events('Sag2'),
  ...PHASES.map((phase) => voltage(`${phase}MostRecentSag2Voltage`, 'Lowest of the event.')),
  uint16('averageCurrentCalculationInterval', { unit: 's' }),
];

/** [MEP p.67-77] Thresholds and statistics of power quality. */
export const ET09 = table({
  name: 'ET09',
  title: 'Power Quality',
  summary: 'Power outages, sags, surges, over-current, phase loss, harmonic distortion: thresholds, counts and times.',
  pages: '67-77',
  read: 'MBK',
  write: 'MAK',
  isVolatile: true,
  needs: ['ET04'],
  fields: [
    uint16('longOutageDurationThreshold', { unit: 's', description: 'From here on an outage is a long one.' }),
    uint8('sag1SurgeTimeThreshold', { unit: 'min', description: 'sag1SurgeThresholdSeconds are added.' }),
    uint8('sag1Threshold', { unit: '%', description: 'Under the rated voltage.' }),
    uint8('surgeThreshold', { unit: '%', description: 'Over the rated voltage.' }),
    uint8('overCurrentThreshold', {
      unit: '%',
      description: 'Over the maximum current.',
      erratum: 'At 5; the counts below name ET09.3.',
    }),
    array(
      'powerOutageRecords',
      'ET04.maxPowerOutagesRecorded',
      [
        ltimeDate('powerOnDateTime', { description: 'UTC.' }),
        uint8('resetCause', { meanings: { 3: 'power failure', 8: 'brown-out' } }),
        reserved(1),
        ltimeDate('powerOffDateTime', { description: 'UTC.' }),
        uint32('powerOffDuration', { unit: 's' }),
      ],
      { description: 'The latest first.' },
    ),
    ...events('Sag1'),
    ...events('Surge'),
    int32('minFrequency', { unit: 'Hz', divisor: 1000 }),
    ltimeDate('minFreqDateTime', { description: 'UTC.' }),
    int32('maxFrequency', { unit: 'Hz', divisor: 1000 }),
    ltimeDate('maxFreqDateTime', { description: 'UTC.' }),
    ...PHASES.map((phase) => uint32(`${phase}OverCurrentEvents`)),
    bits(1, [bool(0, 'phaseL1Loss'), bool(1, 'phaseL2Loss'), bool(2, 'phaseL3Loss')]),
    ...events('PhaseLoss'),
    ...PHASES.map((phase) => voltage(`${phase}MostRecentSag1Voltage`, 'Lowest of the event.')),
    ...PHASES.map((phase) => voltage(`${phase}MostRecentSurgeVoltage`, 'Highest of the event.')),
    uint32('shortOutageCount'),
    since(
      '2.12',
      uint32('pqConfigurationId', {
        description: 'Identifies the thresholds in use; chosen by the client that sets them.',
      }),
      uint8('sag1SurgeThresholdSeconds', { unit: 's' }),
    ),
    since(
      '3.10',
      uint8('powerUpQualityHoldTime', { unit: 's', description: 'After power up nothing is recorded for this long.' }),
      uint16('overCurrentTimeThreshold', { unit: 's', description: '0: every event is recorded.' }),
      thdRecords,
    ),
    since(
      '3.70',
      array(
        'drpDrcEventRecords',
        12,
        [uint16('drp', { unit: '%', divisor: 10 }), uint16('drc', { unit: '%', divisor: 10 }), ltimeDate('timeStamp')],
        { description: 'Relative durations of transgression of the limits of average voltage.' },
      ),
    ),
    since('4.10', ...sag2),
    since(
      '4.21',
      bits(1, [bool(0, 'earlySagSurgeEvent', { description: 'Events at the beginning of a sag or surge, too.' })]),
    ),
  ],
});
