import type { Quantities } from './quantities.js';

export interface TelegramContent {
  readonly quantities: Quantities;
  /** Local time of the reading, see `localTime`. */
  readonly time: string;
  /** Serial number, its characters in hex. */
  readonly equipment: string;
}

/** The lines between the identification and the end of a telegram. */
export type Profile = (content: TelegramContent) => readonly string[];

/**
 * `line('1-0:1.7.0', 0.412, '2.3', 'kW')` -> `1-0:1.7.0(00.412*kW)`. No line for what is not measured, nor for what the
 * notation has no digits for: it knows neither a sign nor an exponent.
 */
function line(obis: string, value: number | null, digits: `${number}.${number}`, unit: string): string[] {
  if (value === null) return [];
  const [whole = 0, decimals = 0] = digits.split('.').map(Number);
  const length = whole + (decimals > 0 ? 1 + decimals : 0);
  const text = value.toFixed(decimals);
  // What rounds to zero from below is zero.
  const number = Number(text) === 0 ? text.replace('-', '') : text;
  return /^[\d.]+$/.test(number) ? [`${obis}(${number.padStart(length, '0')}*${unit})`] : [];
}

/** Import and export of a power of which only one can be: the other is zero. */
function netLines(imported: string, exported: string, power: number, digits: `${number}.${number}`): readonly string[] {
  return [...line(imported, Math.max(power, 0), digits, 'kW'), ...line(exported, Math.max(-power, 0), digits, 'kW')];
}

/** The OBIS code of a phase is 20, 40 or 60 above that of the sum. */
const ofPhase = (index: number, code: number): string => `1-0:${code + 20 * (index + 1)}.7.0`;

/** Of each phase that is measured, import and export. */
function phasePowerLines({ phasePowers }: Quantities, digits: `${number}.${number}`): readonly string[][] {
  return phasePowers.flatMap((power, index) =>
    power === null ? [] : [[...netLines(ofPhase(index, 1), ofPhase(index, 2), power, digits)]],
  );
}

function voltageLines({ voltages }: Quantities): readonly string[] {
  return voltages.flatMap((voltage, index) => line(ofPhase(index, 12), voltage, '3.1', 'V'));
}

function currentLines({ currents }: Quantities, digits: `${number}.${number}`): readonly string[] {
  return currents.flatMap((current, index) => line(ofPhase(index, 11), current, digits, 'A'));
}

/** DSMR 5.0, the Dutch profile. It has no totals but two tariffs: the first one is given all, as readers add them up. */
export const dsmr5: Profile = ({ quantities, time, equipment }) => [
  '1-3:0.2.8(50)',
  `0-0:1.0.0(${time})`,
  `0-0:96.1.1(${equipment})`,
  ...line('1-0:1.8.1', quantities.activeEnergyImport, '6.3', 'kWh'),
  ...line('1-0:1.8.2', 0, '6.3', 'kWh'),
  ...line('1-0:2.8.1', quantities.activeEnergyExport, '6.3', 'kWh'),
  ...line('1-0:2.8.2', quantities.activeEnergyExport === null ? null : 0, '6.3', 'kWh'),
  '0-0:96.14.0(0001)',
  ...netLines('1-0:1.7.0', '1-0:2.7.0', quantities.power, '2.3'),
  ...voltageLines(quantities),
  ...currentLines(quantities, '3.0'),
  // Import of all phases comes first.
  ...[0, 1].flatMap((direction) => phasePowerLines(quantities, '2.3').flatMap((lines) => lines[direction] ?? [])),
];

/** The Swedish and Danish profile, that of the H1 port. It has totals, reactive quantities, and no serial number. */
export const swedish: Profile = ({ quantities, time }) => [
  `0-0:1.0.0(${time})`,
  ...line('1-0:1.8.0', quantities.activeEnergyImport, '8.3', 'kWh'),
  ...line('1-0:2.8.0', quantities.activeEnergyExport, '8.3', 'kWh'),
  ...line('1-0:3.8.0', quantities.reactiveEnergyImport, '8.3', 'kvarh'),
  ...line('1-0:4.8.0', quantities.reactiveEnergyExport, '8.3', 'kvarh'),
  ...netLines('1-0:1.7.0', '1-0:2.7.0', quantities.power, '4.3'),
  ...line('1-0:3.7.0', quantities.reactivePowerImport, '4.3', 'kvar'),
  ...line('1-0:4.7.0', quantities.reactivePowerExport, '4.3', 'kvar'),
  ...phasePowerLines(quantities, '4.3').flat(),
  ...voltageLines(quantities),
  ...currentLines(quantities, '3.1'),
];
