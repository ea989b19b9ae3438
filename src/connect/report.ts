/**
 * A report about one connection, as an attachment of an issue: settings, state, errors, traffic and tables.
 * It holds no key and no serial number.
 */
import { describeAccessKey, type KeyFormat } from './access-key.js';
import { fromHex, toHex } from '../bytes/hex.js';
import { concernsOneTable } from '../error-kinds.js';
import { isMeterError, type MeterError } from '../errors.js';
import type { MeterDescription } from '../meter/dimension-cache.js';
import type { ReadTableOptions, TableReading } from '../meter/index.js';
import type { MeterStatus } from '../meter/status.js';
import { findTable, type Dimensions, type TableDescription } from '../tables/index.js';
import { VERSION } from '../version.js';
import type { KeySearch } from './key-search.js';
import { keysInTables, type Pattern, withoutIdentity, withoutKeys, withoutPatterns } from './redact.js';
import type { MeterSettings } from './settings.js';
import { Pseudonyms } from './trace/pseudonyms.js';
import { redactTrace } from './trace/redaction.js';
import { maskKeys, secretsOf } from './trace/secrets.js';

export const REPORT_FORMAT = 'nes-meter report 1';
/** What a user may leave out. */
export const REPORT_PARTS = ['settings', 'state', 'errors', 'trace', 'tables'] as const;
export type ReportPart = (typeof REPORT_PARTS)[number];

/** The tables that show the type and set-up of a meter, and one reading. */
export const REPORT_TABLES = [
  'BT00',
  'BT01',
  'BT20',
  'BT21',
  'BT22',
  'BT27',
  'BT61',
  'BT62',
  'BT63',
  'ET11',
  'ET21',
  'ET42',
  'ET66',
  'BT23',
  'BT28',
] as const;

/** An error, and when it happened. */
export interface NotedError {
  readonly at: Date;
  readonly error: unknown;
}

/** One table of a report: its bytes, or why there are none. */
export interface ReportTable {
  readonly id: string;
  readonly number: number;
  readonly readAt?: string;
  readonly raw?: string;
  readonly refused?: { readonly code: string };
}

/** What a report is made of. */
export interface ReportSource {
  readonly settings: MeterSettings;
  readonly status: MeterStatus | undefined;
  readonly meter: MeterDescription | undefined;
  readonly errors: readonly NotedError[];
  /** Lines of a trace. */
  readonly trace: readonly string[];
  readonly tables: readonly ReportTable[];
  /** Names and versions besides those that are known here. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** Everything is JSON-safe; parts that are left out are missing. */
export type Report = Readonly<Record<string, unknown>>;

/** A run of bytes in the text of an error may hold what the line carried. */
const BYTES_IN_TEXT = /(?:\b[0-9A-F]{2} ){2,}[0-9A-F]{2}\b/gi;
/** Seconds for the test of a connection, and for a table beside its pause. */
const TEST_SECONDS = 5;
const TABLE_SECONDS = { mep: 0.4, optical: 1.5 } as const;
const MAX_ERRORS = 20;

/** How long reading the tables of a report takes, in seconds. */
export function reportSeconds({ protocol, minIntervalMs = 1_000 }: MeterSettings): number {
  return Math.ceil(TEST_SECONDS + REPORT_TABLES.length * (minIntervalMs / 1_000 + TABLE_SECONDS[protocol]));
}

/**
 * Reads the tables of a report, without identities in them.
 * @param read reads one table
 * @param onProgress is called before each
 * @returns what could be read, also where the connection failed in between
 */
export async function readReportTables(
  read: (name: string, options: ReadTableOptions) => Promise<TableReading>,
  onProgress: (table: string, index: number, count: number) => void,
  onError: (error: MeterError) => void,
  signal?: AbortSignal,
): Promise<ReportTable[]> {
  const found: ReportTable[] = [];
  for (const [index, name] of REPORT_TABLES.entries()) {
    const table = findTable(name);
    if (!table) continue;
    onProgress(name, index, REPORT_TABLES.length);
    const head = { id: name, number: table.number };
    try {
      const reading = await read(name, { priority: 'poll', signal });
      found.push({ ...head, readAt: reading.table.readAt, raw: rawOf(table, reading) });
    } catch (error) {
      if (!isMeterError(error) || error.code === 'cancelled') throw error;
      found.push({ ...head, refused: { code: error.code } });
      if (concernsOneTable(error)) continue;
      onError(error);
      break;
    }
  }
  return found;
}

function rawOf(table: TableDescription, { bytes, meter }: TableReading): string {
  const clean = withoutIdentity(table, bytes, meter.dimensions);
  return toHex(withoutPatterns(clean, patternsOf(meter.serial)), '');
}

/** A table without the keys of the settings, which it may hold where other data belongs. */
function cleaned({ raw, ...table }: ReportTable, keys: KeySearch): ReportTable {
  const bytes = raw === undefined ? undefined : fromHex(raw);
  return bytes ? { ...table, raw: toHex(withoutKeys(bytes, keys), '') } : table;
}

/** The serial number in each of its forms. */
function patternsOf(serial: string | null): Pattern[] {
  const pseudonyms = new Pseudonyms();
  pseudonyms.addText(serial ?? '');
  return pseudonyms.replacements.map(({ wanted }) => ({ bytes: wanted, by: 0 }));
}

/**
 * Makes a report.
 * @param parts those that the user wants in it
 */
export function makeReport(source: ReportSource, parts: readonly ReportPart[] = REPORT_PARTS): Report {
  const { settings, status, meter, errors, trace, tables, versions } = source;
  const words = new Pseudonyms();
  const texts = identitiesOf(settings, meter);
  for (const text of texts) words.addText(text);
  const keys = keysInTables(secretsOf(settings));
  const dimensions: Dimensions = meter?.dimensions ?? {};
  const all: Record<ReportPart, () => unknown> = {
    settings: () => settingsOf(settings),
    state: () => status && stateOf(status, words),
    errors: () => errors.slice(-MAX_ERRORS).map((noted) => errorOf(noted, words, settings)),
    trace: () => redactTrace(trace, { texts, dimensions }),
    tables: () => tables.map((table) => cleaned(table, keys)),
  };
  return {
    format: REPORT_FORMAT,
    madeAt: new Date().toISOString(),
    versions: { 'nes-meter': VERSION, node: process.versions.node, ...versions },
    platform: { system: process.platform, processor: process.arch },
    ...(meter && { meter: kindOf(meter, words, keys) }),
    ...Object.fromEntries(
      REPORT_PARTS.filter((part) => parts.includes(part)).map((part) => [part, all[part]() ?? null]),
    ),
  };
}

/** What the meter is. The meter gives these texts, and they may hold anything. */
function kindOf(meter: MeterDescription, words: Pseudonyms, keys: KeySearch): Record<string, string | null> {
  const { manufacturer, model, firmware } = meter;
  const isKey = (text: string): boolean => keys.find(new TextEncoder().encode(text)).includes(1);
  return Object.fromEntries(
    Object.entries({ manufacturer, model, firmware }).map(([name, text]) => [
      name,
      text === null || isKey(text) ? null : words.inWords(text),
    ]),
  );
}

/** One line for each part of a report, for a preview: how much is in it. */
export function reportSummary(
  report: Report,
): { readonly part: ReportPart; readonly entries: number; readonly bytes: number }[] {
  return REPORT_PARTS.filter((part) => part in report).map((part) => {
    const content = report[part];
    const entries = Array.isArray(content) ? content.length : Object.keys(content ?? {}).length;
    return { part, entries, bytes: JSON.stringify(content ?? null).length };
  });
}

/** Texts that must not be in a report: the address and the serial number of the meter. */
function identitiesOf({ host, port }: MeterSettings, meter: MeterDescription | undefined): string[] {
  return [meter?.serial ?? '', host ?? '', port ?? ''].filter((text) => text.trim() !== '');
}

/** The format and length of a key, without its content. */
function keyForm(text: string | undefined, format: KeyFormat = 'auto'): unknown {
  if (text === undefined || text.trim() === '') return 'none';
  const { finding, characters, bytes } = describeAccessKey(text, format);
  return { finding, characters, bytes };
}

function settingsOf({ key, advancedKey, host, port, ...settings }: MeterSettings): Record<string, unknown> {
  return {
    ...settings,
    ...(settings.transport === 'serial' && { port: portKind(port ?? '') }),
    ...(settings.transport === 'tcp' && { host: hostKind(host ?? '') }),
    key: keyForm(key, settings.keyFormat),
    advancedKey: keyForm(advancedKey, settings.keyFormat),
  };
}

/** Names below by-id hold the serial number of the adapter. */
function portKind(port: string): string {
  if (/^\/dev\/tty[A-Za-z]{0,4}\d+$|^COM\d+$/i.test(port)) return port;
  return port.includes('/serial/by-id/') ? 'by-id' : 'other';
}

function hostKind(host: string): string {
  if (/^[\d.]+$/.test(host)) return 'IPv4 address';
  return host.includes(':') ? 'IPv6 address' : 'name';
}

function stateOf({ error, ...status }: MeterStatus, words: Pseudonyms): Record<string, unknown> {
  return { ...status, ...(error && { error: { code: error.code, message: textOf(error, words) } }) };
}

function errorOf({ at, error }: NotedError, words: Pseudonyms, settings: MeterSettings): Record<string, unknown> {
  if (!isMeterError(error)) return { at, code: 'unexpected' };
  const { code, status, raw } = error;
  return {
    at,
    code,
    message: textOf(error, words),
    ...(status !== undefined && { status: status.toString(16).padStart(2, '0').toUpperCase() }),
    ...(raw && { raw: maskKeys(replaced(raw, words), settings) }),
  };
}

function replaced(raw: Uint8Array, words: Pseudonyms): Uint8Array {
  return withoutPatterns(
    raw,
    words.replacements.map(({ wanted }) => ({ bytes: wanted, by: 0 })),
  );
}

function textOf({ message }: MeterError, words: Pseudonyms): string {
  return words.inWords(message).replace(BYTES_IN_TEXT, '(bytes)');
}
