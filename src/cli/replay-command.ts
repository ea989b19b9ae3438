import { createReadStream } from 'node:fs';
import {
  parseTraceLine,
  printable,
  readTraceLines,
  type ReplayDifference,
  type ReplayResult,
  replayTrace,
  REPORT_FORMAT,
  TRACE_VERSION,
  traceHeadOf,
  type TraceLine,
} from '../internal.js';
import { parseJson } from './capture-file.js';
import { jsonText } from './layout-text.js';
import type { Terminal } from './terminal.js';
import { CommandError, EXIT, type ExitCode } from './texts.js';

/** A longer file is not a report. */
const MAX_REPORT = 64_000_000;
const MAX_WRONG_LINES = 20;

/** The lines of a trace or report, and those that cannot be read. */
interface Readable {
  readonly lines: readonly { readonly number: number; readonly line: TraceLine }[];
  readonly wrong: readonly { readonly number: number; readonly problem: string }[];
}

/**
 * Replays a trace or report with this version. Exit code 0: every request has its recorded outcome; 1: one differs;
 * 2: the file, or a line of it, cannot be read.
 */
export async function runReplay(file: string, isJson: boolean, terminal: Terminal): Promise<ExitCode> {
  const { lines, wrong } = await readable(file);
  for (const { number, problem } of wrong.slice(0, MAX_WRONG_LINES))
    terminal.err(`Line ${number} is wrong: ${problem}\n`);
  if (lines.length === 0) throw new CommandError(`${file} holds no line of a trace, from line 1 on.`);
  const result = await replayTrace(lines.map(({ line }) => line));
  const numbered = result.differences.map((difference) => ({
    ...difference,
    line: lines[difference.line]?.number ?? 0,
  }));
  terminal.out(isJson ? jsonText({ ...result, differences: numbered, wrong }) : resultText(result, numbered));
  if (wrong.length > 0) return EXIT.usage;
  if (result.played === 0)
    throw new CommandError(`${file} holds no request whose outcome is known: line ${lines[0]?.number ?? 1} on.`);
  return numbered.length > 0 ? EXIT.refused : EXIT.ok;
}

function resultText({ played, skipped }: ReplayResult, differences: readonly ReplayDifference[]): string {
  const blocks = differences.map(
    ({ line, asked, then, now }) => `Line ${line}: ${printable(asked)}\n    then  ${then}\n    now   ${now}\n`,
  );
  const left = skipped === 0 ? '' : `; ${skipped} left out, which are masked or not asked any more`;
  const verdict = differences.length === 0 ? 'the same' : `${differences.length} differ`;
  return `${blocks.join('')}${played} requests played: ${verdict}${left}\n`;
}

/** @throws CommandError if the file cannot be read, or is a damaged report */
async function readable(file: string): Promise<Readable> {
  const pieces = createReadStream(file, 'utf8');
  const lines: { number: number; line: TraceLine }[] = [];
  const wrong: { number: number; problem: string }[] = [];
  try {
    let isFirst = true;
    for await (const { number, text, line } of readTraceLines(pieces)) {
      if (isFirst && text.startsWith('{')) return fromReport(await reportText(file), file);
      isFirst = false;
      if (!line) wrong.push({ number, problem: `this is no line of a trace: ${printable(text, 60)}` });
      else lines.push({ number, line });
      const version = line && versionOf(line);
      if (version !== undefined)
        wrong.push({ number, problem: `this is version ${version} of a trace, not ${TRACE_VERSION}` });
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      `The file ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}).`,
    );
  } finally {
    pieces.destroy();
  }
  return { lines, wrong };
}

/** The format version of a head line, if it is not the supported one; else undefined. */
function versionOf(line: TraceLine): number | undefined {
  if (line.direction !== '-' || line.word !== 'trace') return undefined;
  const version = traceHeadOf(line.rest)?.version ?? 0;
  return version === TRACE_VERSION ? undefined : version;
}

async function reportText(file: string): Promise<string> {
  let text = '';
  for await (const piece of createReadStream(file, 'utf8')) {
    text += String(piece);
    if (text.length > MAX_REPORT) throw new CommandError(`${file} is too long for a report.`);
  }
  return text;
}

function fromReport(text: string, file: string): Readable {
  const report = parseJson(text, file);
  const isReport =
    typeof report === 'object' && report !== null && 'format' in report && report.format === REPORT_FORMAT;
  const trace: unknown = isReport && 'trace' in report ? report.trace : undefined;
  if (!Array.isArray(trace)) throw new CommandError(`${file}, line 1: this is no report with a trace in it.`);
  // Lines of a report are numbered as in its trace.
  const found = trace.map((line, index) => ({ number: index + 1, text: String(line) }));
  const lines: { number: number; line: TraceLine }[] = [];
  const wrong: { number: number; problem: string }[] = [];
  for (const { number, text: line } of found) {
    const read = parseTraceLine(line);
    if (read) lines.push({ number, line: read });
    else wrong.push({ number, problem: `this is no line of a trace: ${printable(line, 60)}` });
  }
  return { lines, wrong };
}
