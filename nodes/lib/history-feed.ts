import { setImmediate as nextRound } from 'node:timers/promises';
import type { NodeMessage } from 'node-red';
import {
  EMPTY_HISTORY,
  type HistoryLook,
  type HistoryMemory,
  HistoryReader,
  type HistoryReaderOptions,
  type HistoryRecord,
  type HistorySource,
  type HistoryStart,
  isMeterError,
  Mutex,
  recallHistory,
  withAbort,
} from '../../src/internal.js';
import { noteMessage, recordMessages } from './history-messages.js';
import type { NodeContext, Send } from './index.js';
import { NodeMemory } from './memory.js';

/** How a node sends its records. */
export interface HistoryFeedOptions extends HistoryReaderOptions {
  readonly start: HistoryStart;
  readonly isList: boolean;
  /** Called with the records that were just sent. */
  readonly onSent: (records: readonly HistoryRecord[]) => void;
}

/** The connection at the moment of a request: a deploy may have replaced it. */
type FindSource = () => HistorySource;

/** Sends the records of a meter, and keeps up to where they have been sent. */
export class HistoryFeed {
  readonly #context: NodeContext;
  readonly #options: HistoryFeedOptions;
  readonly #source: HistorySource;
  readonly #memory: NodeMemory<HistoryMemory>;
  readonly #mutex = new Mutex();
  readonly #life = new AbortController();
  readonly #loaded: Promise<void>;
  #reader: HistoryReader;
  #known = EMPTY_HISTORY;
  #isReportDue = true;
  #current: AbortController | undefined;

  constructor(context: NodeContext, findSource: FindSource, options: HistoryFeedOptions) {
    this.#context = context;
    this.#options = options;
    this.#memory = new NodeMemory(context, 'history');
    this.#source = {
      readTable: (name, own) => findSource().readTable(name, own),
      readPiece: (name, range, signal, isVerified) => findSource().readPiece(name, range, signal, isVerified),
    };
    this.#reader = new HistoryReader(this.#source, options);
    this.#loaded = this.#load();
  }

  /** Sends what is new. @throws MeterError */
  sendNew(send: Send): Promise<void> {
    return this.#look(send, undefined);
  }

  /** Sends the records of a span of time once more. @throws MeterError */
  sendSpan(send: Send, span: HistoryLook['span']): Promise<void> {
    return this.#look(send, span);
  }

  /** Begins anew: a look that runs is ended. @throws MeterError */
  async reset(send: Send): Promise<void> {
    this.#current?.abort();
    await this.#mutex.run(async () => {
      await this.#loaded;
      this.#known = EMPTY_HISTORY;
      this.#reader = new HistoryReader(this.#source, this.#options);
      this.#isReportDue = true;
      await this.#memory.keep(undefined);
    }, this.#life.signal);
    await this.#look(send, undefined);
  }

  /** Ends what runs; what was sent is remembered by the node that takes this one's place. */
  async close(isRemoved: boolean): Promise<void> {
    this.#life.abort();
    await this.#mutex.whenIdle();
    if (!isRemoved) this.#memory.handOver(this.#known);
  }

  get isClosed(): boolean {
    return this.#life.signal.aborted;
  }

  async #load(): Promise<void> {
    try {
      this.#known = await this.#memory.load(recallHistory);
    } catch (error) {
      this.#context.warn(error);
    }
  }

  async #look(send: Send, span: HistoryLook['span']): Promise<void> {
    await this.#mutex.run(async () => {
      await this.#loaded;
      this.#current = new AbortController();
      const { signal } = this.#current;
      try {
        await withAbort([this.#life.signal, signal], (both) => this.#sendAll(send, span, both));
      } catch (error) {
        const isReset = signal.aborted && isMeterError(error) && error.code === 'cancelled';
        if (!isReset) throw error;
      }
    }, this.#life.signal);
  }

  async #sendAll(send: Send, span: HistoryLook['span'], signal: AbortSignal): Promise<void> {
    const { start, isList, onSent } = this.#options;
    const { RED } = this.#context;
    const parts = this.#reader.look(this.#known, { start, span, isReportDue: this.#isReportDue, signal });
    for await (const { records, notes, memory } of parts) {
      for (const note of notes) send([null, noteMessage(note)]);
      for (const message of recordMessages(RED, records, isList))
        send([message, null] satisfies (NodeMessage | null)[]);
      // The flow takes the messages before their records count as sent.
      await nextRound();
      onSent(records);
      if (span === undefined && memory !== this.#known) {
        this.#known = memory;
        await this.#memory.keep(memory);
      }
    }
    this.#isReportDue = false;
  }
}
