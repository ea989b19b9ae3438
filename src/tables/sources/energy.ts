import type { Source } from './source.js';
import { source } from './source.js';

const SECONDS_PER_MINUTE = 60;

/** Accumulated registers, totals. [MEP p.204-205] */
const totals: readonly Source[] = [
  source(0, 'Fwd Active Wh L1L2L3', 'activeEnergyImport', 'activeEnergy', { obis: '1-0:1.8.0' }),
  source(1, 'Rev Active Wh L1L2L3', 'activeEnergyExport', 'activeEnergy', { obis: '1-0:2.8.0' }),
  source(2, 'Import Reactive Varh L1L2L3', 'reactiveEnergyImport', 'reactiveEnergy', { obis: '1-0:3.8.0' }),
  source(3, 'Export Reactive Varh L1L2L3', 'reactiveEnergyExport', 'reactiveEnergy', { obis: '1-0:4.8.0' }),
  source(4, 'Power Off Seconds', 'powerOutageDuration', 'duration', { note: 'firmware 2.0 counts minutes' }),
  source(5, 'Power Outage Qty', 'powerOutages', 'count', { obis: '0-0:96.7.0' }),
  source(6, 'Fwd+Rev Active Wh L1L2L3', 'activeEnergyTotal', 'activeEnergy', { obis: '1-0:15.8.0' }),
  source(7, 'Fwd-Rev Active Wh L1L2L3', 'activeEnergyNet', 'netEnergy', {
    obis: '1-0:16.8.0',
    note: 'held at 0 from below',
  }),
  source(26, 'Channel 0 Pulse Input', 'pulseInput1', 'count'),
  source(27, 'Channel 1 Pulse Input', 'pulseInput2', 'count'),
  source(28, 'Error Counter', 'errorCounter', 'count'),
];

const QUADRANT_NOTE = 'firmware 3.X: only with demand activated';
const quadrants = [1, 2, 3, 4].map((quadrant) =>
  source(107 + quadrant, `Q${quadrant} Reactive VArh L1L2L3`, `reactiveEnergyQ${quadrant}`, 'reactiveEnergy', {
    obis: `1-0:${4 + quadrant}.8.0`,
    note: QUADRANT_NOTE,
  }),
);

/** Sources 29 to 72: eleven for each of four tariffs; T0 is tier 1 on the display. Their outages are in minutes. */
const tiers = [0, 1, 2, 3].flatMap((tier): Source[] => {
  const first = 29 + 11 * tier;
  const key = `tier${tier + 1}`;
  const e = tier + 1;
  return [
    source(first, `T${tier} Fwd Active Wh L1L2L3`, `${key}ActiveEnergyImport`, 'activeEnergy', {
      obis: `1-0:1.8.${e}`,
    }),
    source(first + 1, `T${tier} Rev Active Wh L1L2L3`, `${key}ActiveEnergyExport`, 'activeEnergy', {
      obis: `1-0:2.8.${e}`,
    }),
    source(first + 2, `T${tier} Import Reactive VArh L1L2L3`, `${key}ReactiveEnergyImport`, 'reactiveEnergy', {
      obis: `1-0:3.8.${e}`,
    }),
    source(first + 3, `T${tier} Export Reactive VArh L1L2L3`, `${key}ReactiveEnergyExport`, 'reactiveEnergy', {
      obis: `1-0:4.8.${e}`,
    }),
    source(first + 4, `T${tier} Power Off Minutes`, `${key}PowerOutageDuration`, 'duration', {
      multiplier: SECONDS_PER_MINUTE,
    }),
    source(first + 5, `T${tier} Power Outage Qty`, `${key}PowerOutages`, 'count'),
    source(first + 6, `T${tier} Fwd+Rev Active Wh L1L2L3`, `${key}ActiveEnergyTotal`, 'activeEnergy', {
      obis: `1-0:15.8.${e}`,
    }),
    source(first + 7, `T${tier} Fwd-Rev Active Wh L1L2L3`, `${key}ActiveEnergyNet`, 'netEnergy', {
      obis: `1-0:16.8.${e}`,
    }),
    source(first + 8, `T${tier} Channel 0 Pulse Input`, `${key}PulseInput1`, 'count'),
    source(first + 9, `T${tier} Channel 1 Pulse Input`, `${key}PulseInput2`, 'count'),
    source(first + 10, `T${tier} Error Counter`, `${key}ErrorCounter`, 'count'),
  ];
});

/** 73 to 80: two counters of each of four MEP devices. */
const mepDevices = [1, 2, 3, 4].flatMap((device) =>
  [1, 2].map((counter) =>
    source(
      70 + 2 * device + counter,
      `MEP Dev ${device} Counter ${counter}`,
      `mepDevice${device}Counter${counter}`,
      'count',
    ),
  ),
);

export const ENERGY_SOURCES: readonly Source[] = [...totals, ...quadrants, ...tiers, ...mepDevices];

/**
 * VAh registers of BT23. The guide lists them as summations 15 to 18 without ids, and prints 216 to 219 as VA. In a
 * list of summations these ids can only mean energy. [MEP p.206, p.210]
 */
export const APPARENT_ENERGY_SOURCES: readonly Source[] = [1, 2, 3, 4].map((quadrant) =>
  source(215 + quadrant, `Apparent Energy VAh Q${quadrant}`, `apparentEnergyQ${quadrant}`, 'apparentEnergy', {
    note: 'firmware 4.0',
  }),
);
