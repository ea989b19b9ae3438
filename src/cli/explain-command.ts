import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { parseAccessKey, printableJson, type ReadLine, readTraceLines, type TableRequest } from '../internal.js';
import { type DimensionOptions, dimensionsOf, isGuess } from './dimension-options.js';
import { explain, explanationJson, explanationText, type ExplainOptions } from './explain.js';
import { bytesInText, bytesInWords } from './hex-input.js';
import { jsonText } from './layout-text.js';
import { tableNamed } from './meter-command.js';
import { noBytes } from './offline-commands.js';
import { givenKey, type KeyOptions } from './options.js';
import { mayStyle, type Terminal } from './terminal.js';
import { CommandError, EXIT, type ExitCode } from './texts.js';
import { isTraceProblem, TraceExplainer, traceJson, traceText } from './trace-explainer.js';

export interface ExplainCommandOptions extends DimensionOptions, KeyOptions {
  readonly table?: string;
  readonly offset?: number;
  readonly json?: true;
}

/** A text without a trace line within so many lines or characters is not a trace. */
const MAX_LINES_BEFORE_TRACE = 200;
const MAX_TEXT_BEFORE_TRACE = 1_000_000;
/** Longer input is refused: it is not a pasted message. */
const MAX_PASTED = 16_000_000;
const MAX_COUNT = 0xffff;

/** Explains pasted messages, and traces. */
export async function runExplain(
  words: readonly string[],
  options: ExplainCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const key = await givenKey(options, terminal);
  const explain: ExplainOptions = {
    key: key === undefined ? undefined : parseAccessKey(key, options.keyFormat),
    dimensions: await dimensionsOf(options),
    asked: askedFor(options),
  };
  const pieces = await inputOf(words, terminal);
  if (!pieces) return explainRuns(bytesInWords(words), explain, options, terminal);
  const input = new Rewound(pieces);
  if (await isTrace(input)) return explainTrace(input.again(), explain, options, terminal);
  return explainRuns(bytesInText(await textOf(input.again())), explain, options, terminal);
}

/** The text of a file if the word names one; undefined where the words themselves are the input. */
async function inputOf(words: readonly string[], terminal: Terminal): Promise<AsyncIterable<string> | undefined> {
  const [word = '-'] = words;
  if (words.length > 1) return undefined;
  if (word === '-') return terminal.inputPieces();
  const found = /[^0-9a-f\s]/i.test(word) ? await stat(word).catch(() => undefined) : undefined;
  return found?.isFile() === true ? createReadStream(word, 'utf8') : undefined;
}

/** A text in pieces whose beginning can be examined before the whole text is read. */
class Rewound {
  readonly #rest: AsyncIterator<string>;
  readonly #seen: string[] = [];

  constructor(pieces: AsyncIterable<string>) {
    this.#rest = pieces[Symbol.asyncIterator]();
  }

  async *ahead(): AsyncGenerator<string> {
    for (let length = 0; length < MAX_TEXT_BEFORE_TRACE;) {
      const piece = await this.#rest.next();
      if (piece.done === true) return;
      this.#seen.push(piece.value);
      length += piece.value.length;
      yield piece.value;
    }
  }

  async *again(): AsyncGenerator<string> {
    yield* this.#seen.splice(0);
    for (let piece = await this.#rest.next(); piece.done !== true; piece = await this.#rest.next()) yield piece.value;
  }
}

async function isTrace(input: Rewound): Promise<boolean> {
  let lines = 0;
  for await (const { line } of readTraceLines(input.ahead())) {
    if (line) return true;
    if (++lines >= MAX_LINES_BEFORE_TRACE) return false;
  }
  return false;
}

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) {
    text += piece;
    if (text.length > MAX_PASTED) throw new CommandError('This is far too long for messages, and no trace.');
  }
  return text;
}

function explainRuns(
  runs: readonly Uint8Array[],
  explainOptions: ExplainOptions,
  options: ExplainCommandOptions,
  terminal: Terminal,
): ExitCode {
  if (runs.length === 0) throw noBytes();
  const explanations = explain(runs, explainOptions);
  terminal.out(
    options.json ? jsonText(explanationJson(explanations)) : explanationText(explanations, mayStyle(terminal)),
  );
  if (explanations.some(({ decoded }) => decoded?.kind === 'reading')) noteGuess(options, terminal);
  return explanations.some(({ problems }) => problems.length > 0) ? EXIT.refused : EXIT.ok;
}

/** What the explained lines of a trace contained so far. */
interface Seen {
  isAny: boolean;
  hasProblem: boolean;
  hasReading: boolean;
}

/** Writes each finding at once: a trace may be longer than the memory. */
async function explainTrace(
  pieces: AsyncIterable<string>,
  explainOptions: ExplainOptions,
  options: ExplainCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const explainer = new TraceExplainer(explainOptions);
  const seen: Seen = { isAny: false, hasProblem: false, hasReading: false };
  const write = async (findings: ReturnType<TraceExplainer['flush']>): Promise<void> => {
    for (const found of findings) {
      seen.hasProblem ||= isTraceProblem(found);
      seen.hasReading ||= found.kind === 'message' && found.explanation.decoded?.kind === 'reading';
      const json = `${seen.isAny ? ',\n' : '[\n'}${printableJson(traceJson(found))}`;
      terminal.out(options.json ? json : traceText(found, mayStyle(terminal)));
      seen.isAny = true;
    }
    await terminal.drained();
  };
  const lines: AsyncIterable<ReadLine> = readTraceLines(pieces);
  for await (const line of lines) {
    if (terminal.signal.aborted) return EXIT.interrupted;
    await write(explainer.next(line));
  }
  await write(explainer.flush());
  if (options.json) terminal.out('\n]\n');
  if (seen.hasReading) noteGuess(options, terminal);
  return seen.hasProblem ? EXIT.refused : EXIT.ok;
}

function noteGuess(options: DimensionOptions & { readonly json?: true }, terminal: Terminal): void {
  if (isGuess(options) && !options.json) terminal.err(GUESS);
}

const GUESS =
  '\nNote: the layout is that of a Gen 3 meter (83331, 83334) without demands, unless BT21, BT22 and BT27 are among the\n' +
  'messages. For another meter give --dimensions.\n';

function askedFor({ table, offset = 0 }: ExplainCommandOptions): TableRequest | undefined {
  if (table === undefined) return undefined;
  return { service: 'partial-read', table: tableNamed(table).number, offset, count: MAX_COUNT };
}
