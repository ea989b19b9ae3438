/**
 * The meter as a person thinks of it: it is there or it is not, it can be asked for a table, and it is left in peace
 * otherwise. Which protocol it speaks is the link's business.
 */
import type { LinkCounters, TableLink } from '../c1218/table-link.js';
import { type Clock, systemClock } from '../clock.js';
import { connectionClosed, isMeterError, type MeterError, ProtocolError, toMeterError, UsageError } from '../errors.js';
import { findProcedure, type TableValues } from '../tables/index.js';
import { runTurn } from '../turn.js';
import { mayHaveWritten } from './after-writing.js';
import { reconnectPause } from './backoff.js';
import { DimensionCache, type MeterChangeListener, type MeterDescription } from './dimension-cache.js';
import { MeterClock } from './meter-clock.js';
import { type ProcedureRun, ProcedureRunner } from './procedure-runner.js';
import { type Priority, RequestQueue } from './request-queue.js';
import { isSilence } from './silence.js';
import { type MeterState, type MeterStatus, StatusRecord } from './status.js';
import { TableReader, type TableReading } from './table-reader.js';
import { type TableContent, type TableWrite, TableWriter, type WriteOptions } from './table-writer.js';
import { knownTable } from './value-reader.js';
import { memoryLedger, WriteGuard, type WriteLedger } from './write-guard.js';

export type StateListener = (state: MeterState, error: MeterError | undefined) => void;

export interface MeterOptions {
  readonly link: TableLink;
  readonly clock?: Clock;
  /**
   * From the start of one table read to the start of the next, for each piece of a table; default 1000 ms, the guide's
   * advice [MEP p.51]. Identity, dimensions and the short look whether they still hold do not count.
   */
  readonly minIntervalMs?: number;
  /** For the jitter of reconnects; 0 (included) to 1 (excluded). */
  readonly random?: () => number;
  /** Whether tables may be written and procedures run; default no. */
  readonly allowWrites?: boolean;
  /** Whether that includes what can switch the power off, close a port or change what is billed; default no. */
  readonly allowDangerousWrites?: boolean;
  /** Keeps how often the meter's memory was written; default: as long as this object lives. */
  readonly writeLedger?: WriteLedger;
}

export interface ReadTableOptions {
  /** First byte; default 0. */
  readonly offset?: number;
  /** Bytes; default: to the end of the table. */
  readonly count?: number;
  readonly priority?: Priority;
  readonly signal?: AbortSignal | undefined;
}

/** Answers that nobody with the key has made: something is there, but the meter cannot be talked to like this. */
const UNVERIFIED: ReadonlySet<string> = new Set([
  'session-required',
  'tls-not-offered',
  'tls-handshake-failed',
  'tls-alert',
  'tls-bad-record',
]);
/** Reads in a row without an answer after which the port is woken; and how long it is left alone after that. */
const SILENT_READS_BEFORE_REVIVAL = 3;
const FIRST_REVIVAL_PAUSE_MS = 60_000;
const LONGEST_REVIVAL_PAUSE_MS = 3_600_000;

/** A meter behind a link. `open` connects and stays connected by itself until `close`. */
export class Meter {
  readonly #link: TableLink;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #queue: RequestQueue;
  readonly #dimensions: DimensionCache;
  readonly #meterClock: MeterClock;
  readonly #reader: TableReader;
  readonly #guard: WriteGuard;
  readonly #writer: TableWriter;
  readonly #procedures: ProcedureRunner;
  readonly #listeners = new Set<StateListener>();
  readonly #status: StatusRecord;
  #state: MeterState = 'closed';
  #lastError: MeterError | undefined;
  #life: AbortController | undefined;
  #connecting: Promise<void> | undefined;
  #failedAttempts = 0;
  #hasOpened = false;
  #cancelReconnect: (() => void) | undefined;
  #silentReads = 0;
  #revivals = 0;
  #nextRevivalAt = 0;

  constructor(options: MeterOptions) {
    this.#link = options.link;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#queue = new RequestQueue(this.#clock, options.minIntervalMs ?? 1_000);
    this.#dimensions = new DimensionCache(options.link, this.#clock);
    this.#meterClock = new MeterClock(options.link, this.#clock);
    const parts = {
      link: this.#link,
      dimensions: this.#dimensions,
      meterClock: this.#meterClock,
      queue: this.#queue,
      clock: this.#clock,
    };
    this.#reader = new TableReader(parts);
    this.#guard = new WriteGuard({
      allowWrites: options.allowWrites ?? false,
      allowDangerousWrites: options.allowDangerousWrites ?? false,
      ledger: options.writeLedger ?? memoryLedger(),
      clock: this.#clock,
    });
    this.#writer = new TableWriter(parts, this.#reader, this.#guard);
    this.#procedures = new ProcedureRunner(parts, this.#reader, this.#guard);
    this.#status = new StatusRecord(options.link, this.#clock);
    this.#dimensions.onMeterChange(this.#meterClock.doubt);
  }

  get state(): MeterState {
    return this.#state;
  }

  /** Why the state is what it is; undefined while all is well. */
  get lastError(): MeterError | undefined {
    return this.#lastError;
  }

  get counters(): Readonly<LinkCounters> {
    return this.#link.counters;
  }

  /** How things stand with the meter now. */
  get status(): MeterStatus {
    return this.#status.now;
  }

  /** Who the meter is, as far as it is known now; every field null before it has been asked. */
  get identity(): MeterDescription {
    return this.#dimensions.description;
  }

  /** Where the meter is, for people. */
  get description(): string {
    return this.#link.description;
  }

  /** @returns a function that ends the listening. */
  onStateChange(listener: StateListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * @param listener called whenever something of `status` is news: its state, a reading, an alert
   * @returns a function that ends the listening.
   */
  onNews(listener: () => void): () => void {
    return this.#status.onNews(listener);
  }

  /**
   * @param listener called when another meter answers at this connection, before any of its values is handed out
   * @returns a function that ends the listening.
   */
  onMeterChange(listener: MeterChangeListener): () => void {
    return this.#dimensions.onMeterChange(listener);
  }

  /** Connects in the background, and again with growing pauses whenever the line is lost. */
  open(): void {
    if (this.#life) return;
    this.#life = new AbortController();
    this.#failedAttempts = 0;
    this.#hasOpened = false;
    this.#connect(this.#life.signal);
  }

  /** Ends everything: what waits or runs is rejected with `connection-closed`. Never fails. */
  async close(): Promise<void> {
    this.#life?.abort();
    this.#life = undefined;
    this.#cancelReconnect?.();
    this.#cancelReconnect = undefined;
    this.#queue.clear(connectionClosed());
    await this.#link.close();
    await this.#connecting;
    this.#setState('closed');
  }

  /**
   * Who the meter is.
   * @throws TransportError, ProtocolError, SecurityError, UsageError `cancelled`
   */
  identify(
    options: { readonly priority?: Priority; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<MeterDescription> {
    return this.#request(options.priority ?? 'user', options.signal, async (signal) => {
      await this.#dimensions.refresh(signal);
      return this.#dimensions.description;
    });
  }

  /**
   * Reads a table, or a part of it, in as many pieces as the link needs; what belongs together is never torn apart.
   * @param name `BT28`, `ET03`: a table of the catalogue.
   * @throws UsageError `unknown-table`, `bad-offset`, `bad-count`, `offset-beyond-table`, `cancelled`;
   * TransportError, ProtocolError, SecurityError, DecodeError `dimensions-missing`
   */
  async readTable(name: string, options: ReadTableOptions = {}): Promise<TableReading> {
    const table = knownTable(name);
    const reading = await this.#request(options.priority ?? 'user', options.signal, (signal) =>
      this.#reader.read(table, options, signal),
    );
    this.#status.noteReading();
    return reading;
  }

  /**
   * Writes to a table what it does not hold yet, and reads it back.
   * @param name `ET50`: a table of the catalogue
   * @throws UsageError `writes-not-allowed`, `not-writable`, `danger-not-allowed`, `danger-by-message`,
   * `write-budget-spent`, `write-budget-unknown`, `unknown-table`, `bad-offset`, `bad-count`, `offset-beyond-table`, `cancelled`; DecodeError `value-out-of-range` for fields that do not fit;
   * ProtocolError `write-outcome-unknown` when nobody knows whether the meter did it, `write-not-verified`, and others;
   * TransportError, SecurityError
   */
  async writeTable(name: string, content: TableContent, options: WriteOptions = {}): Promise<TableWrite> {
    this.#guard.checkAllowed();
    const table = knownTable(name);
    return this.#request('user', options.signal, (signal) =>
      this.#changing(() => this.#writer.write(table, content, options, signal)),
    );
  }

  /**
   * Runs a procedure and waits for its answer.
   * @param name `EP17`: a procedure of the guide
   * @param parameters by the names of its description
   * @throws UsageError `writes-not-allowed`, `unknown-procedure`, `danger-not-allowed`, `danger-by-message`,
   * `write-budget-spent`, `write-budget-unknown`, `cancelled`; DecodeError `value-out-of-range` for a parameter that does not fit; ProtocolError `procedure-refused` with the meter's result
   * code as status, `procedure-unanswered`, `write-outcome-unknown`, and others; TransportError, SecurityError
   */
  async runProcedure(name: string, parameters: TableValues, options: WriteOptions = {}): Promise<ProcedureRun> {
    this.#guard.checkAllowed();
    const procedure = findProcedure(name);
    if (!procedure) {
      throw new UsageError('unknown-procedure', `There is no procedure ${name}`, { values: { procedure: name } });
    }
    return this.#request('user', options.signal, (signal) =>
      this.#changing(() => this.#procedures.run(procedure, parameters, options, signal)),
    );
  }

  /** One turn on the line, with all that its outcome says about the state of the meter. */
  async #request<T>(
    priority: Priority,
    caller: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const life = this.#life;
    if (!life) throw connectionClosed();
    return this.#queue.add(
      priority,
      async () => {
        await this.#untilConnected();
        try {
          const result = await runTurn(caller, ({ signal }) => work(signal));
          if (this.#life === life) this.#noteSuccess();
          return result;
        } catch (error) {
          if (this.#life === life && isMeterError(error)) this.#noteFailure(error);
          throw error;
        }
      },
      caller,
    );
  }

  /** Waits while the port is being opened; fails at once while the next attempt is only planned. */
  async #untilConnected(): Promise<void> {
    await this.#connecting;
    if (!this.#life) throw connectionClosed();
    if (this.#state === 'unreachable' || this.#state === 'key-rejected') throw this.#lastError ?? connectionClosed();
  }

  #connect(signal: AbortSignal): void {
    this.#setState('connecting');
    this.#connecting = this.#openLink(signal).finally(() => {
      this.#connecting = undefined;
    });
  }

  async #openLink(signal: AbortSignal): Promise<void> {
    this.#invalidate();
    try {
      await this.#link.open(
        {
          alert: () => {
            this.#status.noteAlert();
          },
          dimensionsMayHaveChanged: this.#dimensions.markStale,
          closed: (error) => {
            this.#reconnectLater(error, signal);
          },
        },
        signal,
      );
      this.#failedAttempts = 0;
      if (this.#hasOpened) this.#status.noteReconnect();
      this.#hasOpened = true;
      this.#greet(signal);
    } catch (error) {
      this.#reconnectLater(toMeterError(error), signal);
    }
  }

  /** Another meter may be there, or the same one set up anew. */
  #invalidate(): void {
    this.#dimensions.invalidate();
    this.#meterClock.doubt();
  }

  /** Runs what may change the meter: whatever its outcome, nothing that was known before is believed after it. */
  async #changing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      this.#invalidate();
    }
  }

  /** Asks the meter who it is, so that its state is true before anyone reads a table. Errors are told by the state. */
  #greet(signal: AbortSignal): void {
    if (!signal.aborted) this.identify({ priority: 'user' }).catch(() => undefined);
  }

  #reconnectLater(error: MeterError, signal: AbortSignal): void {
    if (signal.aborted || this.#state === 'key-rejected') return;
    this.#setState('unreachable', error);
    this.#cancelReconnect?.();
    this.#cancelReconnect = this.#clock.after(reconnectPause(this.#failedAttempts++, this.#random), () => {
      this.#cancelReconnect = undefined;
      this.#connect(signal);
    });
  }

  #noteFailure(error: MeterError): void {
    const { cause } = error;
    if (mayHaveWritten(error) && isMeterError(cause)) this.#noteFailure(cause);
    else if (error.code === 'key-rejected') this.#setState('key-rejected', error);
    else if (isSilence(error)) this.#noteSilence(error);
    else if (UNVERIFIED.has(error.code)) this.#setState('silent', error);
    else if (error instanceof ProtocolError) this.#noteSuccess();
  }

  /** Even a refusal shows that the meter is there. */
  #noteSuccess(): void {
    this.#silentReads = 0;
    this.#revivals = 0;
    this.#setState('online');
  }

  #noteSilence(error: MeterError): void {
    this.#setState('silent', error);
    this.#silentReads++;
    const now = this.#clock.now();
    const isTime = this.#revivals === 0 || now >= this.#nextRevivalAt;
    if (this.#silentReads < SILENT_READS_BEFORE_REVIVAL || !isTime) return;
    this.#silentReads = 0;
    this.#nextRevivalAt = now + Math.min(FIRST_REVIVAL_PAUSE_MS * 2 ** this.#revivals, LONGEST_REVIVAL_PAUSE_MS);
    this.#revive(this.#revivals++ > 0);
  }

  /** The lines that feed the port are cycled; if that has not helped, the port is opened anew as well. */
  #revive(reopen: boolean): void {
    const life = this.#life;
    if (!life) return;
    const revival = this.#queue.add('alert', async () => {
      if (this.#state !== 'silent') return;
      await this.#link.revive();
      if (!reopen || life.signal.aborted) return;
      await this.#link.close();
      await this.#openLink(life.signal);
    });
    // What goes wrong with the port is told by the link itself; what closes the meter ends this too.
    revival.catch(() => undefined);
  }

  #setState(state: MeterState, error?: MeterError): void {
    const isChange = state !== this.#state || error?.code !== this.#lastError?.code;
    this.#state = state;
    this.#lastError = error;
    this.#status.noteState(state, error);
    if (isChange) for (const listener of this.#listeners) listener(state, error);
  }
}
