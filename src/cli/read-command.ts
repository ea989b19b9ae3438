import {
  type MeterSettings,
  printable,
  type TableDescription,
  type TableReading,
  toHex,
  withoutSecretBytes,
} from '../internal.js';
import { decodeBytes, decodedJson, decodedText, type Extent } from './decoded.js';
import { jsonText } from './layout-text.js';
import { withMeter } from './meter-command.js';
import { mayStyle, type Terminal } from './terminal.js';
import type { TraceOption } from './trace-option.js';

export interface ReadOptions extends TraceOption {
  readonly offset?: number;
  readonly count?: number;
  readonly raw?: true;
  readonly json?: true;
}

/** Reads one table and prints it. */
export async function runRead(
  settings: MeterSettings,
  table: TableDescription,
  options: ReadOptions,
  terminal: Terminal,
): Promise<void> {
  const { offset, count } = options;
  const range = { ...(offset !== undefined && { offset }), ...(count !== undefined && { count }) };
  // A single table needs no pace.
  const reading = await withMeter(
    { ...settings, minIntervalMs: 0 },
    terminal,
    (meter) => meter.readTable(table.name, { ...range, signal: terminal.signal }),
    options,
  );
  const { dimensions } = reading.meter;
  const raw = toHex(withoutSecretBytes(table, reading.bytes, reading.table.offset, dimensions));
  if (options.raw) {
    terminal.out(options.json ? jsonText({ ...headOf(reading), raw }) : `${raw}\n`);
    return;
  }
  const decoded = decodeBytes(table, reading.bytes, extentOf(reading), dimensions);
  if (options.json) terminal.out(jsonText({ ...headOf(reading), raw, ...decodedJson(decoded) }));
  else terminal.out(`${titleOf(reading)}\n\n${decodedText(decoded, mayStyle(terminal))}`);
}

/** The extent of a reading, for decoding it. */
export function extentOf({ table }: TableReading): Extent {
  return { offset: table.offset, complete: table.complete };
}

/** `BT28 Present Register Data, 336 bytes, 2026-03-01T12:00:00.000Z` */
export function titleOf({ table, meter }: TableReading): string {
  const { id, name, offset, length, complete, readAt } = table;
  const part = complete ? `${length} bytes` : `${length} bytes from offset ${offset}`;
  const serial = meter.serial === null ? '' : `, meter ${meter.serial}`;
  return printable(`${id} ${name}, ${part}${serial}, ${readAt}`);
}

function headOf({ table, meter }: TableReading): Record<string, unknown> {
  const { serial, manufacturer, model, firmware } = meter;
  return { meter: { serial, manufacturer, model, firmware }, table };
}
