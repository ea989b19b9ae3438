/** The values in the output of each format, by key, so that formats can be compared. */
import type { FormatMessage } from '../../../src/publish/format.js';
import { COLUMNS } from '../../../src/publish/rows/columns.js';

type Values = Readonly<Record<string, number | null>>;

/** The output of a format for the last reading, and its answer to an HTTP request after it. */
export interface Output {
  readonly messages: readonly FormatMessage[];
  readonly answer: string | undefined;
}

export interface Sink {
  /** True if the output must contain every known value, or null: not only those of the last reading. */
  readonly isWhole: boolean;
  readonly valuesOf: (output: Output) => Values;
}

const PHASES = ['L1', 'L2', 'L3'];

const parsed = (text: unknown): Record<string, unknown> =>
  typeof text === 'string' && text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};

/** The members of an object that are numbers, null or FHEM's marker for null, each by its key. */
function valuesIn(object: Readonly<Record<string, unknown>>, fields?: Fields): Values {
  const values: Record<string, number | null> = {};
  for (const [name, value] of Object.entries(object)) {
    const [key, factor] = fields === undefined ? [name, 1] : (fields[name] ?? []);
    if (key === undefined || factor === undefined || name === 'serial') continue;
    if (value === null || value === 'unknown') values[key] = null;
    else if (value !== '' && Number.isFinite(Number(value))) values[key] = Number(value) * factor;
  }
  return values;
}

/** Key and factor of each name. */
type Fields = Readonly<Record<string, readonly [key: string, factor: number]>>;

const ofPhases = (fields: (phase: string) => Fields): Fields => Object.assign({}, ...PHASES.map(fields)) as Fields;

const stateSink: Sink = {
  isWhole: true,
  valuesOf: ({ messages }) => valuesIn(parsed(messages.find(({ topic }) => topic?.endsWith('/state'))?.payload)),
};

const HOMEWIZARD: Fields = {
  active_power_w: ['activePower', 1],
  total_power_import_kwh: ['activeEnergyImport', 1],
  total_power_export_kwh: ['activeEnergyExport', 1],
  active_frequency_hz: ['frequency', 1],
  ...ofPhases((phase) => ({ [`active_voltage_${phase.toLowerCase()}_v`]: [`voltage${phase}`, 1] })),
};

const DABBLER: Fields = {
  Fwd_Act_Wh: ['activeEnergyImport', 0.001],
  Rev_Act_Wh: ['activeEnergyExport', 0.001],
  Fwd_W: ['activePowerImport', 1],
  Rev_W: ['activePowerExport', 1],
  Freq_mHz: ['frequency', 0.001],
  ...ofPhases((phase) => ({ [`${phase}_RMS_V`]: [`voltage${phase}`, 0.001] })),
};

const HOMIE: Fields = {
  'total/measure-power': ['activePower', 1],
  'total/meter-power': ['activeEnergyImport', 1],
  'total/meter-power-export': ['activeEnergyExport', 1],
  'total/measure-frequency': ['frequency', 1],
  ...ofPhases((phase) => ({ [`${phase.toLowerCase()}/measure-voltage`]: [`voltage${phase}`, 1] })),
};

const ROWS: Fields = Object.fromEntries(COLUMNS.map(({ name, key, factor }) => [name, [key, 1 / factor]]));

/** The registers of a telegram; of import and export of a power only one can be other than zero. */
function telegramValues(payload: unknown): Values {
  const numbers = new Map<string, number>();
  for (const [, obis, value] of String(payload).matchAll(/^(\d-\d:[\d.]+)\(([\d.]+)\*\w+\)/gm)) {
    numbers.set(obis!, Number(value));
  }
  const [imported, exported] = [numbers.get('1-0:1.7.0'), numbers.get('1-0:2.7.0')];
  const energies = { activeEnergyImport: ['1.8.0', '1.8.1'], activeEnergyExport: ['2.8.0', '2.8.1'] };
  const values: Record<string, number> = {};
  if (imported !== undefined && exported !== undefined) values['activePower'] = (imported - exported) * 1000;
  for (const [key, codes] of Object.entries(energies)) {
    const value = codes.map((code) => numbers.get(`1-0:${code}`)).find((found) => found !== undefined);
    if (value !== undefined) values[key] = value;
  }
  PHASES.forEach((phase, index) => {
    const voltage = numbers.get(`1-0:${32 + 20 * index}.7.0`);
    if (voltage !== undefined) values[`voltage${phase}`] = voltage;
  });
  return values;
}

const telegrams: Sink = { isWhole: false, valuesOf: ({ messages }) => telegramValues(messages.at(-1)?.payload ?? '') };

function influxValues(payload: unknown): Values {
  const [, fields = ''] = String(payload).split(' ');
  const pairs = fields.split(',').map((field) => field.replace(/i$/, '').split('='));
  return valuesIn(Object.fromEntries(pairs) as Record<string, string>, ROWS);
}

function csvValues(payload: unknown): Values {
  const cells = typeof payload === 'string' ? payload.split(',').slice(2) : [];
  return valuesIn(Object.fromEntries(cells.map((cell, index) => [COLUMNS[index]!.name, cell])), ROWS);
}

function domoticzValues(payload: unknown): Values {
  const { svalue } = parsed(payload);
  if (typeof svalue !== 'string') return {};
  const [imported = 0, , exported = 0, , into = 0, out = 0] = svalue.split(';').map(Number);
  return { activeEnergyImport: imported / 1000, activeEnergyExport: exported / 1000, activePower: into - out };
}

/** All formats by name; `home-assistant` is that of mep-ha-discovery. */
export const SINKS: Readonly<Record<string, Sink>> = {
  'home-assistant': stateSink,
  json: stateSink,
  fhem: stateSink,
  homie: {
    isWhole: false,
    valuesOf: ({ messages }) => {
      const topics = messages.map(({ topic = '', payload }) => [topic.split('/').slice(2).join('/'), payload]);
      return valuesIn(Object.fromEntries(topics) as Record<string, unknown>, HOMIE);
    },
  },
  homewizard: { isWhole: false, valuesOf: ({ answer }) => valuesIn(parsed(answer), HOMEWIZARD) },
  dabbler: {
    isWhole: false,
    valuesOf: ({ messages }) =>
      valuesIn(
        Object.assign({}, ...messages.map(({ payload }) => parsed(payload))) as Record<string, unknown>,
        DABBLER,
      ),
  },
  'dabbler-http': { isWhole: false, valuesOf: ({ answer }) => valuesIn(parsed(answer), DABBLER) },
  'p1-dsmr5': telegrams,
  'p1-5s': telegrams,
  influx: { isWhole: false, valuesOf: ({ messages }) => influxValues(messages.at(-1)?.payload ?? '') },
  sql: {
    isWhole: false,
    valuesOf: ({ messages }) => valuesIn((messages.at(-1)?.payload ?? {}) as Record<string, unknown>, ROWS),
  },
  csv: { isWhole: false, valuesOf: ({ messages }) => csvValues(messages.at(-1)?.payload) },
  domoticz: { isWhole: false, valuesOf: ({ messages }) => domoticzValues(messages.at(-1)?.payload) },
};
