import { isAbsolute, join } from 'node:path';
import type { NodeMessageInFlow } from 'node-red';
import {
  type AppendedFile,
  type Clock,
  type Format,
  type FormatMessage,
  historyEntriesOf,
  historyItemsOf,
  type HistoryWriter,
  isSimulatedMeter,
  type MeterError,
  type Written,
} from '../../src/internal.js';
import { linesOf } from './lines-of.js';
import { NodeMemory } from './memory.js';
import type { NodeContext } from './node-context.js';
import { textOf } from './settings.js';
import { refusesSimulated, simulatedMeter } from './simulated.js';

/** Where in the node's context the writer's memory is kept. */
const CONTEXT_KEY = 'history';

/** What history leads to. */
export interface HistoryMessages {
  readonly messages: readonly FormatMessage[];
  /** To be reported after the messages were sent. */
  readonly problem: MeterError | undefined;
}

/** Writes history in a format. What was written is remembered over deploys and restarts, or read from the file. */
export class HistorySession {
  readonly #context: NodeContext;
  readonly #format: Format;
  readonly #clock: Clock;
  readonly #memory: NodeMemory<unknown>;
  readonly #refusesSimulated: boolean;
  #writer: HistoryWriter | undefined;
  /** What the first text of an appended file begins with. */
  #before = '';

  constructor(context: NodeContext, format: Format, clock: Clock) {
    this.#context = context;
    this.#format = format;
    this.#clock = clock;
    this.#memory = new NodeMemory(context, CONTEXT_KEY);
    this.#refusesSimulated = refusesSimulated(context.properties);
    this.#writer = format.history?.(undefined);
  }

  /**
   * What is in the file was written, whatever is remembered: Node-RED may have been killed in between.
   * @throws Error of the file or the context store
   */
  async load(): Promise<void> {
    const { history, file } = this.#format;
    if (file === undefined) {
      const kept = await this.#memory.load((remembered) => remembered);
      this.#writer = history?.(kept);
      return;
    }
    this.#writer = history?.(file.keptOf(await this.#linesOf(file)));
  }

  /**
   * Takes records of history, or an answer to a message of the format.
   * @returns undefined where the message is neither, or the format takes none
   * @throws UsageError `bad-payload`, `history-not-live`, `simulated-meter`
   */
  receive(msg: NodeMessageInFlow): HistoryMessages | undefined {
    const writer = this.#writer;
    if (writer === undefined) return undefined;
    const now = this.#clock.date();
    const reply = writer.reply?.({ ...msg }, now);
    if (reply !== undefined) return this.#accept(reply);
    if (this.#refusesSimulated && isSimulatedMeter(msg['meter']) && historyItemsOf(msg).length > 0)
      throw simulatedMeter();
    const parts = { payload: msg.payload, meter: msg['meter'], history: msg['history'] };
    const entries = historyEntriesOf(parts, { serial: textOf(this.#context.properties, 'serial') });
    return entries.length === 0 ? undefined : this.#accept(writer.write(entries, now));
  }

  /** Puts the heading of a new file before the first text. */
  begun(messages: readonly FormatMessage[]): readonly FormatMessage[] {
    const [first, ...others] = messages;
    if (first === undefined || this.#before === '') return messages;
    const payload = `${this.#before}${String(first.payload)}`;
    this.#before = '';
    return [{ ...first, payload }, ...others];
  }

  /** Keeps what was written over a restart, after its messages were sent. A file keeps it by itself. */
  async keep(): Promise<void> {
    const kept = this.#writer?.kept;
    if (kept !== undefined && this.#format.file === undefined) await this.#memory.keep(kept);
  }

  /**
   * Forgets what was written, so that it is written again: into a new file, where the former one was removed.
   * @throws Error of the file or the context store
   */
  async forget(): Promise<void> {
    const { history, file } = this.#format;
    this.#writer = history?.(undefined);
    if (file === undefined) await this.keep();
    else await this.#linesOf(file);
  }

  /** @param isRemoved whether the node was deleted */
  close(isRemoved: boolean): void {
    if (!isRemoved && this.#format.file === undefined) this.#memory.handOver(this.#writer?.kept);
  }

  /** The lines of the file; the next text begins with what is missing at its end. */
  async #linesOf({ path, heading }: AppendedFile): Promise<readonly string[]> {
    const { lines, isWhole } = await linesOf(this.#pathOf(path));
    this.#before = isWhole ? '' : '\n';
    if (isWhole && lines.length === 0) this.#before = `${heading}\n`;
    return lines;
  }

  #accept({ writer, messages, problem }: Written): HistoryMessages {
    this.#writer = writer;
    return { messages, problem };
  }

  /** As Node-RED's file nodes resolve a path. */
  #pathOf(path: string): string {
    const { fileWorkingDirectory } = this.#context.RED.settings as { fileWorkingDirectory?: unknown };
    return typeof fileWorkingDirectory === 'string' && !isAbsolute(path) ? join(fileWorkingDirectory, path) : path;
  }
}
