import {
  createMeter,
  isMeterError,
  makeReport,
  type Meter,
  type MeterSettings,
  type NotedError,
  printable,
  printableJson,
  probe,
  type ProbeReport,
  readReportTables,
  type Report,
  REPORT_PARTS,
  REPORT_TABLES,
  type ReportPart,
  reportSeconds,
  reportSummary,
  type ReportTable,
  Tracer,
  TraceRing,
} from '../internal.js';
import { tableText } from './layout-text.js';
import { outputFile } from './output-file.js';
import { mayStyle, type Terminal } from './terminal.js';
import { CommandError, EXIT, type ExitCode } from './texts.js';

export interface ReportOptions {
  readonly out: string;
  readonly force?: true;
  /** No questions. */
  readonly yes?: true;
  readonly without: readonly ReportPart[];
}

const RING_BYTES = 2_000_000;

const PART_TEXTS: Readonly<Record<ReportPart, string>> = {
  settings: 'settings of the connection, without keys and addresses',
  state: 'state and counters of the connection',
  errors: 'the last errors, with their bytes',
  trace: 'bytes on the line, without keys and serial numbers',
  tables: 'tables that identify the meter, and one reading',
};

/** The parts named in an option. */
export function partsOf(text: string): ReportPart[] {
  return text
    .split(/[\s,]+/)
    .filter((name) => name !== '')
    .map((name) => {
      const part = REPORT_PARTS.find((known) => known === name);
      if (!part) throw new CommandError(`A report has the parts ${REPORT_PARTS.join(', ')}; not ${name}.`);
      return part;
    });
}

/**
 * Tests a connection, reads the tables that show the type and set-up of the meter, and writes a report without keys
 * and identities. Works for meters that cannot be read, too.
 */
export async function runReport(
  settings: MeterSettings,
  options: ReportOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { yes = false } = options;
  if (!yes && !terminal.canAsk)
    throw new CommandError('There is no terminal for questions. Use --yes, and --without for parts to leave out.');
  const file = await outputFile(options.out, options.force === true);
  const wanted = REPORT_PARTS.filter((part) => !options.without.includes(part));
  const readsTables = wanted.includes('tables') && (yes || (await wantsTables(settings, terminal)));
  const parts = readsTables ? wanted : wanted.filter((part) => part !== 'tables');
  const report = await collect(settings, parts, terminal);
  showPreview(report, terminal);
  const kept = yes ? report : await chosen(report, terminal);
  if (!kept) {
    terminal.err('Nothing was written.\n');
    return EXIT.ok;
  }
  await file.write(`${printableJson(kept, 2)}\n`);
  terminal.err(`Written to ${printable(options.out)}. Look at it before you share it.\n`);
  return EXIT.ok;
}

async function wantsTables(settings: MeterSettings, terminal: Terminal): Promise<boolean> {
  const seconds = reportSeconds(settings);
  return isYes(
    await terminal.ask(
      `Shall ${REPORT_TABLES.length} tables that say what the meter is be read? About ${seconds} s. [Y/n] `,
    ),
  );
}

async function collect(settings: MeterSettings, parts: readonly ReportPart[], terminal: Terminal): Promise<Report> {
  const { signal } = terminal;
  const ring = new TraceRing(RING_BYTES, Infinity);
  const tracer = new Tracer([ring]);
  const errors: NotedError[] = [];
  terminal.err('Testing the connection ...\n');
  const tested = await probe(settings, { signal, tracer });
  if (tested.error?.code === 'cancelled') throw tested.error;
  if (tested.error) errors.push({ at: new Date(), error: tested.error });
  const meter = createMeter(settings, { tracer });
  let tables: ReportTable[] = [];
  try {
    if (tested.ok && parts.includes('tables')) tables = await readTables(meter, errors, terminal);
    const description = meter.identity.serial === null ? (tested.description ?? meter.identity) : meter.identity;
    const status = tested.ok ? meter.status : undefined;
    const source = { settings, status, meter: description, errors, trace: ring.lines(), tables };
    return { ...makeReport(source, parts), test: testResult(tested) };
  } finally {
    await meter.close();
  }
}

async function readTables(meter: Meter, errors: NotedError[], terminal: Terminal): Promise<ReportTable[]> {
  meter.open();
  const started = performance.now();
  const tables = await readReportTables(
    (name, options) => meter.readTable(name, options),
    (name, index, count) => {
      const spent = (performance.now() - started) / 1_000;
      const left = index === 0 ? '' : `, ${Math.ceil((spent / index) * (count - index))} s left`;
      const text = `${index + 1}/${count} ${name}${left}`;
      terminal.err(terminal.isErrorScreen ? `\r\u001b[K${text}` : `${text}\n`);
    },
    (error) => errors.push({ at: new Date(), error }),
    terminal.signal,
  );
  if (terminal.isErrorScreen) terminal.err('\r\u001b[K');
  return tables;
}

/** What a test found, without what identifies the meter. */
function testResult({ ok, received, proposals, alternatives, notices, answerLimit, error }: ProbeReport): object {
  return {
    ok,
    received,
    proposals,
    alternatives,
    notices,
    ...(answerLimit && { answerLimit }),
    ...(isMeterError(error) && { code: error.code }),
  };
}

function showPreview(report: Report, terminal: Terminal): void {
  const columns = [
    { heading: 'Part' },
    { heading: 'Entries', isNumber: true },
    { heading: 'Bytes', isNumber: true },
    { heading: 'Contents' },
  ];
  const rows = reportSummary(report).map(({ part, entries, bytes }) => [
    part,
    String(entries),
    String(bytes),
    PART_TEXTS[part],
  ]);
  terminal.err(tableText(columns, rows, mayStyle(terminal)));
}

/** The report without the parts that the user leaves out; undefined if it is not to be written. */
async function chosen(report: Report, terminal: Terminal): Promise<Report | undefined> {
  const names = await terminal.ask('Which parts are to be left out? (names, or nothing; "show" shows all) ');
  if (names.trim() === 'show') {
    terminal.err(`${printableJson(report, 2)}\n`);
    return chosen(report, terminal);
  }
  const left = partsOf(names);
  const kept = Object.fromEntries(Object.entries(report).filter(([name]) => !left.some((part) => part === name)));
  return isYes(await terminal.ask('Write it? [Y/n] ')) ? kept : undefined;
}

const isYes = (answer: string): boolean => /^\s*(?:y(?:es)?)?\s*$/i.test(answer);
