import { createReadStream } from 'node:fs';
import {
  parseTraceLine,
  printable,
  printableJson,
  type ReadLine,
  readTraceLines,
  type ReplayDifference,
  type ReplayResult,
  replayTrace,
  REPORT_FORMAT,
  TRACE_VERSION,
  traceHeadOf,
} from '../internal.js';
import { parseJson } from './capture-file.js';
import type { Terminal } from './terminal.js';
import { CommandError, EXIT, type ExitCode } from './texts.js';

/** A longer file is not a report. */
const MAX_REPORT = 16_000_000;
const MAX_WRONG_LINES = 20;

/**
 * Replays a trace or report with this version, in constant memory. Exit code 0: every request has its recorded
 * outcome; 1: one differs; 2: the file, or a line of it, cannot be read.
 */
export async function runReplay(file: string, isJson: boolean, terminal: Terminal): Promise<ExitCode> {
  const lines = new CheckedLines(file, terminal);
  const output = isJson ? new JsonOutput(terminal) : new TextOutput(terminal);
  const result = await replayTrace(lines.read(), (difference) => {
    output.add(difference);
  });
  if (lines.first === undefined) throw new CommandError(`${file} holds no line of a trace, from line 1 on.`);
  output.end(result, lines.wrong);
  lines.end();
  if (lines.wrongCount > 0) return EXIT.usage;
  if (result.played === 0)
    throw new CommandError(`${file} holds no request that can be replayed, from line ${lines.first} on.`);
  return result.different > 0 ? EXIT.refused : EXIT.ok;
}

interface WrongLine {
  readonly number: number;
  readonly problem: string;
}

/** The lines of a trace or report; those that cannot be read are reported as they come, up to a number. */
class CheckedLines {
  /** The number of the first line that belongs to a trace. */
  first: number | undefined;
  readonly wrong: WrongLine[] = [];
  wrongCount = 0;
  readonly #file: string;
  readonly #terminal: Terminal;

  constructor(file: string, terminal: Terminal) {
    this.#file = file;
    this.#terminal = terminal;
  }

  /** @throws CommandError if the file cannot be read, or is a damaged report */
  async *read(): AsyncGenerator<ReadLine> {
    const pieces = createReadStream(this.#file, 'utf8');
    try {
      let isFirst = true;
      for await (const line of readTraceLines(pieces)) {
        if (isFirst && line.text.startsWith('{')) {
          for (const entry of linesOfReport(await reportText(this.#file), this.#file)) yield this.#checked(entry);
          return;
        }
        isFirst = false;
        yield this.#checked(line);
      }
    } catch (error) {
      if (!isFileError(error)) throw error;
      throw new CommandError(`The file ${this.#file} cannot be read (${error.code}).`);
    } finally {
      pieces.destroy();
    }
  }

  /** Reports how many wrong lines were not shown. */
  end(): void {
    const left = this.wrongCount - this.wrong.length;
    if (left > 0) this.#terminal.err(`${left} more lines are wrong.\n`);
  }

  #checked(entry: ReadLine): ReadLine {
    const { number, text, line } = entry;
    if (line) this.first ??= number;
    else this.#note(number, `this is no line of a trace: ${printable(text, 60)}`);
    const version =
      line?.direction === '-' && line.word === 'trace' ? (traceHeadOf(line.rest)?.version ?? 0) : undefined;
    if (version !== undefined && version !== TRACE_VERSION)
      this.#note(number, `this is version ${version} of a trace, not ${TRACE_VERSION}`);
    return entry;
  }

  #note(number: number, problem: string): void {
    this.wrongCount++;
    if (this.wrong.length >= MAX_WRONG_LINES) return;
    this.wrong.push({ number, problem });
    this.#terminal.err(`Line ${number} is wrong: ${problem}\n`);
  }
}

const isFileError = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';

class TextOutput {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  add({ line, asked, then, now }: ReplayDifference): void {
    this.#terminal.out(`Line ${line}: ${printable(asked)}\n    then  ${then}\n    now   ${now}\n`);
  }

  end({ played, skipped, different }: ReplayResult): void {
    const left = skipped === 0 ? '' : `; ${skipped} left out, which are masked, encrypted or not asked any more`;
    const verdict = different === 0 ? 'the same' : `${different} differ`;
    this.#terminal.out(`${played} requests played: ${verdict}${left}\n`);
  }
}

/** One object, written piece by piece. */
class JsonOutput {
  readonly #terminal: Terminal;
  #isAny = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  add(difference: ReplayDifference): void {
    this.#terminal.out(`${this.#isAny ? ',' : '{"differences": ['}\n${printableJson(difference)}`);
    this.#isAny = true;
  }

  end(result: ReplayResult, wrong: readonly WrongLine[]): void {
    const rest = printableJson({ ...result, wrong });
    this.#terminal.out(`${this.#isAny ? '\n' : '{"differences": ['}], ${rest.slice(1)}\n`);
  }
}

async function reportText(file: string): Promise<string> {
  let text = '';
  for await (const piece of createReadStream(file, 'utf8')) {
    text += String(piece);
    if (text.length > MAX_REPORT) throw new CommandError(`${file} is too long for a report.`);
  }
  return text;
}

/** The trace of a report, with the numbers that its lines have there. */
function linesOfReport(text: string, file: string): ReadLine[] {
  const report = parseJson(text, file);
  const isReport =
    typeof report === 'object' && report !== null && 'format' in report && report.format === REPORT_FORMAT;
  const trace: unknown = isReport && 'trace' in report ? report.trace : undefined;
  if (!Array.isArray(trace)) throw new CommandError(`${file}, line 1: this is no report with a trace in it.`);
  return trace.map((entry, index) => {
    const line = String(entry);
    return { number: index + 1, text: line, line: parseTraceLine(line) };
  });
}
