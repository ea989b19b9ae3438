import {
  concernsOneTable,
  DecodeError,
  type Dimensions,
  isMeterError,
  type Meter,
  type MeterDescription,
  type MeterError,
  type MeterSettings,
  printable,
  type TableDescription,
  type TableReading,
  toHex,
  keysInTables,
  secretsOf,
  serialPatterns,
  valuesWithoutIdentity,
  VERSION,
  withoutIdentity,
  withoutKeys,
  withoutPatterns,
  withoutSecretBytes,
} from '../internal.js';
import { decodeBytes, decodedJson } from './decoded.js';
import { jsonText } from './layout-text.js';
import { withMeter } from './meter-command.js';
import { outputFile } from './output-file.js';
import { extentOf } from './read-command.js';
import type { Terminal } from './terminal.js';
import { CommandError, EXIT, errorText, exitCodeOf, type ExitCode, shortErrorText } from './texts.js';
import type { TraceOption } from './trace-option.js';

export interface DumpOptions extends TraceOption {
  readonly out?: string;
  readonly force?: true;
  readonly redact?: true;
}

const REDACTED = 'redacted';

type Entry = Readonly<Record<string, unknown>>;

/**
 * Reads tables into one JSON file, with the refusal of each table that cannot be read.
 * An interrupted dump is written with the tables read so far.
 */
export async function runDump(
  settings: MeterSettings,
  tables: readonly TableDescription[],
  options: DumpOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  if (options.redact && options.trace !== undefined) {
    throw new CommandError(
      'A trace is not redacted: it holds serial numbers. Leave out --trace or --redact; `report` writes a redacted trace.',
    );
  }
  // Reading takes minutes, so a file that cannot be written is reported before.
  const file = options.out === undefined ? undefined : await outputFile(options.out, options.force === true);
  const dump = await withMeter(
    settings,
    terminal,
    (meter) => readAll(meter, tables, settings, options, terminal),
    options,
  );
  const text = jsonText(dump.content);
  if (file === undefined) terminal.out(text);
  else await file.write(text);
  terminal.err(
    `${dump.read} tables read, ${dump.refused} refused${options.out ? `; written to ${printable(options.out)}` : ''}\n`,
  );
  if (!dump.error) return EXIT.ok;
  terminal.err(`${errorText(dump.error)}\n`);
  return exitCodeOf(dump.error);
}

interface Dump {
  readonly content: Entry;
  readonly read: number;
  readonly refused: number;
  /** The error that ended the dump early. */
  readonly error: MeterError | undefined;
}

async function readAll(
  meter: Meter,
  tables: readonly TableDescription[],
  settings: MeterSettings,
  options: DumpOptions,
  terminal: Terminal,
): Promise<Dump> {
  const { signal } = terminal;
  const keys = keysInTables(secretsOf(settings));
  let description = await meter.identify({ signal });
  const patterns = options.redact ? serialPatterns(description.serial) : [];
  const entries: Entry[] = [];
  let refused = 0;
  let error: MeterError | undefined;
  for (const [index, table] of tables.entries()) {
    showProgress(terminal, `${index + 1}/${tables.length}`, table);
    try {
      const reading = await meter.readTable(table.name, { priority: 'poll', signal });
      description = reading.meter;
      const clean = (bytes: Uint8Array): Uint8Array => withoutPatterns(withoutKeys(bytes, keys), patterns);
      entries.push(entryOf(table, reading, clean, options));
    } catch (failure) {
      if (!isMeterError(failure) || failure.code === 'cancelled') throw failure;
      if (failure.code === 'offset-beyond-table') {
        // The dimensions of this table are 0 in this meter: it has no bytes.
        entries.push({ ...headOf(table), length: 0, raw: '' });
        continue;
      }
      if (!concernsOneTable(failure)) {
        error = failure;
        break;
      }
      refused++;
      entries.push({ ...headOf(table), refused: { code: failure.code, message: shortErrorText(failure) } });
    }
  }
  if (terminal.isErrorScreen) terminal.err('\r\u001b[K');
  const content = {
    format: 'nes-meter dump 1',
    version: VERSION,
    dumpedAt: new Date().toISOString(),
    meter: options.redact ? redactedMeter(description) : description,
    tables: entries,
    ...(error && { endedBy: { code: error.code, message: shortErrorText(error) } }),
  };
  return { content, read: entries.length - refused, refused, error };
}

function headOf({ name, number, title }: TableDescription): Entry {
  return { id: name, number, name: title };
}

function entryOf(
  table: TableDescription,
  reading: TableReading,
  clean: (bytes: Uint8Array) => Uint8Array,
  options: DumpOptions,
): Entry {
  const { dimensions } = reading.meter;
  const described = options.redact
    ? withoutIdentity(table, reading.bytes, dimensions)
    : withoutSecretBytes(table, reading.bytes, 0, dimensions);
  const bytes = clean(described);
  const head = { ...headOf(table), readAt: reading.table.readAt, length: bytes.length, raw: toHex(bytes, '') };
  try {
    return { ...head, ...decodedJson(decodeBytes(table, bytes, extentOf(reading), dimensions)) };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { ...head, problem: { code: error.code, message: error.message } };
  }
}

function redactedMeter(meter: MeterDescription): Entry {
  const { serial, dimensions } = meter;
  const entries = Object.entries(dimensions).map(([name, values]) => [
    name,
    values && valuesWithoutIdentity(values, serial),
  ]);
  return { ...meter, serial: serial === null ? null : REDACTED, dimensions: Object.fromEntries(entries) as Dimensions };
}

function showProgress(terminal: Terminal, place: string, table: TableDescription): void {
  const text = `${place} ${table.name} ${table.title}`;
  terminal.err(terminal.isErrorScreen ? `\r\u001b[K${text}` : `${text}\n`);
}
