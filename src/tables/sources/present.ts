import type { QuantityName } from './quantities.js';
import type { Source } from './source.js';
import { source } from './source.js';

const PHASES = [1, 2, 3] as const;
const QUADRANTS = [1, 2, 3, 4] as const;
const POST = 'Post CT/VT Ratio';

/** OBIS code of a phase: its group C is 20, 40 or 60 above that of the sum. */
const obisOfPhase = (code: number, phase: number): string => `1-0:${code + 20 * phase}.7.0`;

/** Sources of L1, L2 and L3 with consecutive ids from `first` on. */
function ofPhases(
  first: number,
  name: (phase: number) => string,
  key: (phase: number) => string,
  quantity: QuantityName,
  extras: { obis?: number; note?: string } = {},
): Source[] {
  const { obis, note } = extras;
  return PHASES.map((phase) =>
    source(first + phase - 1, name(phase), key(phase), quantity, {
      ...(obis === undefined ? {} : { obis: obisOfPhase(obis, phase) }),
      ...(note === undefined ? {} : { note }),
    }),
  );
}

/** [MEP p.204] */
const basic: readonly Source[] = [
  source(8, 'Fwd Active W L1L2L3', 'activePowerImport', 'activePower', { obis: '1-0:1.7.0' }),
  source(9, 'Rev Active W L1L2L3', 'activePowerExport', 'activePower', { obis: '1-0:2.7.0' }),
  source(10, 'Import Reactive Var L1L2L3', 'reactivePowerImport', 'reactivePower', { obis: '1-0:3.7.0' }),
  source(11, 'Export Reactive Var L1L2L3', 'reactivePowerExport', 'reactivePower', { obis: '1-0:4.7.0' }),
  ...ofPhases(
    12,
    (l) => `RMS Current L${l}`,
    (l) => `currentL${l}`,
    'current',
    { obis: 11 },
  ),
  ...ofPhases(
    15,
    (l) => `RMS Voltage L${l}`,
    (l) => `voltageL${l}`,
    'voltage',
    { obis: 12 },
  ),
  source(18, 'Power Factor L1', 'powerFactorL1', 'powerFactor', { obis: obisOfPhase(13, 1) }),
  source(19, 'Frequency', 'frequency', 'frequency', { obis: '1-0:14.7.0' }),
  source(20, 'VA Power L1L2L3', 'apparentPower', 'apparentPower', {}),
  source(21, 'Power Factor L2', 'powerFactorL2', 'powerFactor', { obis: obisOfPhase(13, 2) }),
  source(22, 'Power Factor L3', 'powerFactorL3', 'powerFactor', { obis: obisOfPhase(13, 3) }),
  ...ofPhases(
    23,
    (l) => `Sin phase angle (L${l})`,
    (l) => `sinPhaseAngleL${l}`,
    'sine',
  ),
];

/** [MEP p.205] */
const totalsPostRatio: readonly Source[] = [
  source(81, `Fwd Active W L1L2L3 ${POST}`, 'activePowerImportPostRatio', 'activePower'),
  source(82, `Rev Active W L1L2L3 ${POST}`, 'activePowerExportPostRatio', 'activePower'),
  source(83, `Import VAR L1L2L3 ${POST}`, 'reactivePowerImportPostRatio', 'reactivePower'),
  source(84, `Export VAR L1L2L3 ${POST}`, 'reactivePowerExportPostRatio', 'reactivePower'),
];

const demands = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((number) => [
  source(87 + number, `Present Dmd ${number}`, `presentDemand${number}`, 'demand'),
  source(95 + number, `Previous Dmd ${number}`, `previousDemand${number}`, 'demand'),
]);

const quadrants = QUADRANTS.map((quadrant) =>
  source(103 + quadrant, `Q${quadrant} Reactive VAr L1L2L3`, `reactivePowerQ${quadrant}`, 'reactivePower', {
    obis: `1-0:${4 + quadrant}.7.0`,
    note: 'firmware 3.10; 3.X: only with demand activated',
  }),
);

/** [MEP p.205-206] */
const extremes: readonly Source[] = [
  ...ofPhases(
    164,
    (l) => `Min Voltage L${l}`,
    (l) => `minVoltageL${l}`,
    'voltage',
  ),
  ...ofPhases(
    167,
    (l) => `Max Voltage L${l}`,
    (l) => `maxVoltageL${l}`,
    'voltage',
  ),
  source(170, 'Max Active Fwd Power L1L2L3', 'maxActivePowerImport', 'activePower'),
  source(171, 'Max Active Rev Power L1L2L3', 'maxActivePowerExport', 'activePower'),
  ...QUADRANTS.map((quadrant) =>
    source(171 + quadrant, `Max Reactive Power Q${quadrant}`, `maxReactivePowerQ${quadrant}`, 'reactivePower'),
  ),
  source(176, 'Time Stamp Previous Source', 'timeStampPreviousSource', 'unknown'),
  source(177, `Max forward active power L1L2L3 ${POST}`, 'maxActivePowerImportPostRatio', 'activePower'),
  source(178, `Max reverse active power L1L2L3 ${POST}`, 'maxActivePowerExportPostRatio', 'activePower'),
  ...ofPhases(
    179,
    (l) => `Max forward active power L${l} ${POST}`,
    (l) => `maxActivePowerImportL${l}PostRatio`,
    'activePower',
  ),
  source(182, 'Max reverse active power A post CT/VT ratio', 'maxActivePowerExportL1PostRatio', 'activePower', {
    note: 'the A of the name is L1',
  }),
  source(183, `Max reverse active power L2 ${POST}`, 'maxActivePowerExportL2PostRatio', 'activePower'),
  source(184, `Max reverse active power L3 ${POST}`, 'maxActivePowerExportL3PostRatio', 'activePower'),
];

const FW350 = { note: 'firmware 3.50' };
const FW370 = { note: 'firmware 3.70' };
const FW410 = { note: 'firmware 4.10' };
const FW430 = { note: 'firmware 4.30' };

/** [MEP p.206, p.217-218] */
const phases: readonly Source[] = [
  ...ofPhases(
    185,
    (l) => `Fwd Active W L${l}`,
    (l) => `activePowerImportL${l}`,
    'activePower',
    { obis: 1, ...FW350 },
  ),
  ...ofPhases(
    188,
    (l) => `Rev Active W L${l}`,
    (l) => `activePowerExportL${l}`,
    'activePower',
    { obis: 2, ...FW350 },
  ),
  ...ofPhases(
    191,
    (l) => `Fwd Active W L${l} ${POST}`,
    (l) => `activePowerImportL${l}PostRatio`,
    'activePower',
    FW350,
  ),
  ...ofPhases(
    194,
    (l) => `Rev Active W L${l} ${POST}`,
    (l) => `activePowerExportL${l}PostRatio`,
    'activePower',
    FW350,
  ),
  ...ofPhases(
    197,
    (l) => `RMS Current L${l} ${POST}`,
    (l) => `currentL${l}PostRatio`,
    'current',
    FW350,
  ),
  source(201, 'Current Load Profile Interval Time Adjustment', 'loadProfileTimeAdjustment', 'unknown'),
  ...ofPhases(
    202,
    (l) => `Continuous RMS Voltage L${l}`,
    (l) => `continuousVoltageL${l}`,
    'voltage',
    FW370,
  ),
  ...ofPhases(
    205,
    (l) => `Average RMS Voltage L${l}`,
    (l) => `averageVoltageL${l}`,
    'voltage',
    FW370,
  ),
  source(208, 'Average Fwd Active W L1L2L3', 'averageActivePowerImport', 'activePower', FW370),
  source(209, 'Average Rev Active W L1L2L3', 'averageActivePowerExport', 'activePower', FW370),
  ...ofPhases(
    210,
    (l) => `Average Fwd Active W L${l}`,
    (l) => `averageActivePowerImportL${l}`,
    'activePower',
    FW370,
  ),
  ...ofPhases(
    213,
    (l) => `Average Rev Active W L${l}`,
    (l) => `averageActivePowerExportL${l}`,
    'activePower',
    FW370,
  ),
];

/** [MEP p.206, p.218-220] 216 to 231: quadrants of the sum, then of each phase. */
const apparent = ['', 'L1', 'L2', 'L3'].flatMap((phase, group) =>
  QUADRANTS.map((quadrant) =>
    source(
      215 + 4 * group + quadrant,
      `Apparent Power Q${quadrant} VA ${phase === '' ? 'L1L2L3' : phase}`,
      `apparentPowerQ${quadrant}${phase}`,
      'apparentPower',
      { note: 'firmware 4.0' },
    ),
  ),
);

const newest: readonly Source[] = [
  source(232, 'Neutral Current mA', 'neutralCurrent', 'current', { obis: '1-0:91.7.0', note: 'firmware 4.0' }),
  ...ofPhases(
    233,
    (l) => `Average RMS Current mA L${l}`,
    (l) => `averageCurrentL${l}`,
    'current',
    FW410,
  ),
  source(236, 'Voltage Angle A to B', 'voltageAngleL1L2', 'angle', FW430),
  source(237, 'Voltage Angle B to C', 'voltageAngleL2L3', 'angle', FW430),
  source(238, 'Voltage Angle C to A', 'voltageAngleL3L1', 'angle', FW430),
  ...ofPhases(
    239,
    (l) => `Imp Reactive VAr ${letter(l)}`,
    (l) => `reactivePowerImportL${l}`,
    'reactivePower',
    {
      obis: 3,
      ...FW430,
    },
  ),
  ...ofPhases(
    242,
    (l) => `Exp Reactive VAr ${letter(l)}`,
    (l) => `reactivePowerExportL${l}`,
    'reactivePower',
    {
      obis: 4,
      ...FW430,
    },
  ),
];

function letter(phase: number): string {
  return ' ABC'.charAt(phase);
}

export const PRESENT_SOURCES: readonly Source[] = [
  ...basic,
  ...totalsPostRatio,
  ...demands,
  ...quadrants,
  ...extremes,
  ...phases,
  ...apparent,
  ...newest,
];
