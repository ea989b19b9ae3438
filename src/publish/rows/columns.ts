import type { Format, FormatMessage } from '../format.js';
import { primaryKeyOf, primaryValueOf, isInReading, type MeterSnapshot } from '../meter-snapshot.js';
import type { HistoryEntry } from '../history-entry.js';
import type { MeterReading } from '../reading.js';

/** A column's type never changes: databases remember the first one they see. */
export type ColumnType = 'integer' | 'real';

export interface Column {
  /** Quantity and unit. */
  readonly name: string;
  /** Of a decoded reading. */
  readonly key: string;
  readonly type: ColumnType;
  /** What the value of the key is multiplied by. */
  readonly factor: number;
}

const column = (name: string, key: string): Column => ({ name, key, type: 'real', factor: 1 });
/** Counts of Wh and varh, so that nothing is lost in a register of nine digits. */
const counter = (name: string, key: string): Column => ({ name, key, type: 'integer', factor: 1000 });

const ofPhases = (name: string, key: string): readonly Column[] =>
  [1, 2, 3].map((phase) => column(`l${phase}_${name}`, `${key}L${phase}`));

/** The columns of a database. New ones are only ever added at the end. */
export const COLUMNS: readonly Column[] = [
  counter('energy_import_wh', 'activeEnergyImport'),
  counter('energy_export_wh', 'activeEnergyExport'),
  counter('reactive_energy_import_varh', 'reactiveEnergyImport'),
  counter('reactive_energy_export_varh', 'reactiveEnergyExport'),
  column('power_w', 'activePower'),
  column('power_import_w', 'activePowerImport'),
  column('power_export_w', 'activePowerExport'),
  ...ofPhases('power_w', 'activePower'),
  ...ofPhases('voltage_v', 'voltage'),
  ...ofPhases('current_a', 'current'),
  ...ofPhases('power_factor', 'powerFactor'),
  column('frequency_hz', 'frequency'),
  column('reactive_import_var', 'reactivePowerImport'),
  column('reactive_export_var', 'reactivePowerExport'),
  column('apparent_va', 'apparentPower'),
];

/** One reading: what it holds itself, and null for what it does not. */
export interface Row {
  /** Milliseconds since 1970 of the reading. */
  readonly at: number;
  readonly serial: string;
  /** The serial number, safe in ids. */
  readonly id: string;
  /** By column, all of them. */
  readonly values: ReadonlyMap<Column, number | null>;
}

/**
 * A reading as a row. Values of another table, read at another time, are not repeated in it: a row is true at its time. Only
 * a net power may be of an import and an export that arrived one after the other.
 * @returns undefined when the reading has nothing that there is a column for
 */
function rowOf(meter: MeterSnapshot, reading: MeterReading): Row | undefined {
  const values = new Map(COLUMNS.map((each) => [each, valueIn(reading, meter, each)]));
  const isEmpty = [...values.values()].every((value) => value === null);
  return isEmpty ? undefined : { at: reading.readAt, serial: meter.device.serial, id: meter.id, values };
}

/** The format that sends a message for each row. A row has its time, so that of a late reading is sent as well. */
export function formatOfRows(messageOf: (row: Row) => FormatMessage): Format {
  const send: Format['onReading'] = (meter, { reading }) => {
    const row = rowOf(meter, reading);
    return row === undefined ? [] : [messageOf(row)];
  };
  return { onReading: send, onLateReading: send };
}

/**
 * An entry of history as a row at its time: energies only, as everything else would be a value of one moment among those
 * that were read.
 * @returns undefined where it has no energy
 */
export function rowOfEntry(entry: HistoryEntry): Row | undefined {
  const values = new Map(COLUMNS.map((each) => [each, entryCell(entry, each)]));
  const isEmpty = [...values.values()].every((value) => value === null);
  return isEmpty ? undefined : { at: entry.at, serial: entry.device.serial, id: entry.id, values };
}

function entryCell(entry: HistoryEntry, { key, type, factor }: Column): number | null {
  const value = type === 'integer' ? (entry.values[key] ?? null) : null;
  return value === null ? null : Math.round(value * factor);
}

function valueIn(reading: MeterReading, meter: MeterSnapshot, { key, type, factor }: Column): number | null {
  const value = isInReading(reading, primaryKeyOf(meter, key)) ? primaryValueOf(meter, key) : null;
  if (value === null) return null;
  const number = type === 'integer' ? Math.round(value * factor) : value * factor;
  return Number.isFinite(number) ? number : null;
}
