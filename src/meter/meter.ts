/**
 * A meter as its users see it: a state, and tables that can be read and written. The protocol is the link's concern, the
 * connection the supervisor's.
 */
import type { LinkCounters, TableLink } from '../c1218/table-link.js';
import { type Clock, systemClock } from '../clock.js';
import { connectionClosed, isMeterError, type MeterError, UsageError } from '../errors.js';
import { findProcedure, type TableValues } from '../tables/index.js';
import { ConnectionSupervisor, type SupervisorEvents } from './connection-supervisor.js';
import { DimensionCache, type MeterChangeListener, type MeterDescription } from './dimension-cache.js';
import { FittingLink } from './fitting-link.js';
import { MeterClock } from './meter-clock.js';
import { type ProcedureRun, ProcedureRunner } from './procedure-runner.js';
import { requestOutcome } from './request-outcome.js';
import { type Priority, RequestQueue } from './request-queue.js';
import { type StateListener, StateRecord } from './state-record.js';
import { type MeterState, type MeterStatus, StatusRecord } from './status.js';
import { type TablePiece, TableReader, type TableReading } from './table-reader.js';
import { type TableContent, type TableWrite, TableWriter, type WriteOptions } from './table-writer.js';
import { requireTable } from './value-reader.js';
import { memoryLedger, WriteGuard, type WriteLedger } from './write-guard.js';

export interface MeterOptions {
  readonly link: TableLink;
  /** Whether the meter is the simulated one: its readings say so; default no. */
  readonly isSimulated?: boolean;
  readonly clock?: Clock;
  /**
   * From the start of one table read to the start of the next, for each piece of a table; default 1000 ms, the guide's
   * advice [MEP p.51]. Reads of identity, dimensions and their version do not count.
   */
  readonly minIntervalMs?: number;
  /** For the jitter of reconnects; 0 (included) to 1 (excluded). */
  readonly random?: () => number;
  /** Whether tables may be written and procedures run; default no. */
  readonly allowWrites?: boolean;
  /** Whether that includes what can switch the power off, close a port or change what is billed; default no. */
  readonly allowDangerousWrites?: boolean;
  /** Counts the writes to the meter's memory; default: for the life of this object. */
  readonly writeLedger?: WriteLedger;
}

/** Byte range, priority and cancellation of a read. */
export interface ReadTableOptions {
  /** First byte; default 0. */
  readonly offset?: number;
  /** Bytes; default: to the end of the table. */
  readonly count?: number;
  readonly priority?: Priority;
  readonly signal?: AbortSignal | undefined;
}

/** A meter behind a link. `open` connects and stays connected by itself until `close`. */
export class Meter {
  readonly #link: FittingLink;
  readonly #supervisor: ConnectionSupervisor;
  readonly #queue: RequestQueue;
  readonly #dimensions: DimensionCache;
  readonly #meterClock: MeterClock;
  readonly #reader: TableReader;
  readonly #guard: WriteGuard;
  readonly #writer: TableWriter;
  readonly #procedures: ProcedureRunner;
  readonly #state = new StateRecord();
  readonly #status: StatusRecord;
  /** From `open` to `close`. */
  #life: symbol | undefined;

  /** @internal */
  constructor(options: MeterOptions) {
    const clock = options.clock ?? systemClock;
    this.#supervisor = new ConnectionSupervisor({
      link: options.link,
      clock,
      random: options.random ?? Math.random,
      events: this.#supervisorEvents(),
    });
    this.#link = new FittingLink(this.#supervisor.link, clock, () => {
      this.#status.noteAnswerLimit(this.#link.limit);
    });
    this.#queue = new RequestQueue(clock, options.minIntervalMs ?? 1_000);
    this.#dimensions = new DimensionCache(this.#link, clock, options.isSimulated === true);
    this.#meterClock = new MeterClock(this.#link, clock);
    const context = {
      link: this.#link,
      dimensions: this.#dimensions,
      meterClock: this.#meterClock,
      queue: this.#queue,
      clock,
    };
    this.#reader = new TableReader(context);
    this.#guard = new WriteGuard({
      allowWrites: options.allowWrites ?? false,
      allowDangerousWrites: options.allowDangerousWrites ?? false,
      ledger: options.writeLedger ?? memoryLedger(),
      clock,
    });
    this.#writer = new TableWriter(context, this.#reader, this.#guard);
    this.#procedures = new ProcedureRunner(context, this.#reader, this.#guard);
    this.#status = new StatusRecord(this.#supervisor, clock);
    this.#dimensions.onMeterChange(this.#meterClock.invalidate);
  }

  get state(): MeterState {
    return this.#state.state;
  }

  /** The error that led to the state; undefined while online. */
  get lastError(): MeterError | undefined {
    return this.#state.error;
  }

  get counters(): Readonly<LinkCounters> {
    return this.#link.counters;
  }

  /** The present status. */
  get status(): MeterStatus {
    return this.#status.now;
  }

  /** The meter's identity as last read; every field null before the first request. */
  get identity(): MeterDescription {
    return this.#dimensions.description;
  }

  /** Where the meter is, for people. */
  get description(): string {
    return this.#link.description;
  }

  /** @returns a function that ends the listening. */
  onStateChange(listener: StateListener): () => void {
    return this.#state.onChange(listener);
  }

  /**
   * @param listener called on each change of `status`: state, reading, alert
   * @returns a function that ends the listening.
   */
  onStatusChange(listener: () => void): () => void {
    return this.#status.onStatusChange(listener);
  }

  /**
   * @param listener called when another meter answers at this connection, before any of its values is handed out
   * @returns a function that ends the listening.
   */
  onMeterChange(listener: MeterChangeListener): () => void {
    return this.#dimensions.onMeterChange(listener);
  }

  /** Connects in the background, and reconnects with growing pauses after each loss. */
  open(): void {
    if (this.#life) return;
    this.#life = Symbol('open');
    this.#supervisor.start();
  }

  /** Closes the connection; pending requests are rejected with `connection-closed`. Never fails. */
  async close(): Promise<void> {
    this.#life = undefined;
    this.#queue.clear(connectionClosed());
    await this.#supervisor.stop();
    this.#setState('closed');
  }

  /**
   * Reads the meter's identity.
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
   * Reads a table, or a byte range of it, in as many pieces as the link needs; blocks of registers are never split.
   * @param name `BT28`, `ET03`: a table of the catalogue.
   * @throws UsageError `unknown-table`, `bad-offset`, `bad-count`, `offset-beyond-table`, `cancelled`;
   * TransportError, ProtocolError, SecurityError, DecodeError `dimensions-missing`
   */
  async readTable(name: string, options: ReadTableOptions = {}): Promise<TableReading> {
    const table = requireTable(name);
    const reading = await this.#request(options.priority ?? 'user', options.signal, (signal) =>
      this.#reader.read(table, options, signal),
    );
    this.#status.noteReading();
    return reading;
  }

  /**
   * Reads the first of the requested bytes of a table, as many as one answer holds. Long tables are read piece by piece
   * between polls, and the caller may stop after any piece. Dimensions that were loaded before are missing from the
   * piece's description if the set-up of the meter may have changed before or during the read.
   * @param name `BT64`: a table of the catalogue
   * @param isVerified whether the version of the set-up is read after the bytes, for ports that give no hint of a change
   * @throws UsageError `unknown-table`, `bad-offset`, `bad-count`, `cancelled`; TransportError, ProtocolError, SecurityError
   */
  async readPiece(
    name: string,
    range: { readonly offset: number; readonly count: number },
    signal?: AbortSignal,
    isVerified = false,
  ): Promise<TablePiece> {
    const table = requireTable(name);
    return this.#request('history', signal, (active) => this.#reader.readPiece(table, range, active, isVerified));
  }

  /**
   * Writes the bytes of a table that differ, and reads them back.
   * @param name `ET50`: a table of the catalogue
   * @throws UsageError `writes-not-allowed`, `not-writable`, `danger-not-allowed`, `danger-by-message`,
   * `write-budget-spent`, `write-budget-unknown`, `unknown-table`, `bad-offset`, `bad-count`, `offset-beyond-table`,
   * `cancelled`; DecodeError `value-out-of-range` for fields that do not fit; ProtocolError `write-outcome-unknown` when the
   * write may have taken effect, `write-not-verified`, `written-in-part`, and others; TransportError, SecurityError
   */
  async writeTable(name: string, content: TableContent, options: WriteOptions = {}): Promise<TableWrite> {
    this.#guard.checkAllowed();
    const table = requireTable(name);
    return this.#request('user', options.signal, (signal) =>
      this.#changing(() => this.#writer.write(table, content, options, signal)),
    );
  }

  /**
   * Runs a procedure and waits for its answer.
   * @param name `EP17`: a procedure of the guide
   * @param parameters by the names of its description
   * @throws UsageError `writes-not-allowed`, `unknown-procedure`, `danger-not-allowed`, `danger-by-message`,
   * `write-budget-spent`, `write-budget-unknown`, `cancelled`; DecodeError `value-out-of-range` for a parameter that does not
   * fit; ProtocolError `procedure-refused` with the meter's result code as status, `procedure-unanswered`,
   * `write-outcome-unknown`, and others; TransportError, SecurityError
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

  /** Runs one exclusive request and updates the state from its outcome. */
  async #request<T>(
    priority: Priority,
    caller: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const life = this.#life;
    if (!life) throw connectionClosed();
    this.#supervisor.noteAsked();
    return this.#queue.add(
      priority,
      async () => {
        await this.#untilConnected();
        return this.#perform(life, caller, work);
      },
      caller,
    );
  }

  async #perform<T>(
    life: symbol,
    caller: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const signal = caller ?? new AbortController().signal;
    try {
      const result = await this.#supervisor.link.use(() => work(signal), signal);
      if (this.#life === life) this.#noteSuccess();
      return result;
    } catch (error) {
      if (this.#life === life && isMeterError(error)) this.#noteFailure(error);
      throw error;
    }
  }

  /** Waits while the port is being opened; fails at once while the next attempt is only planned. */
  async #untilConnected(): Promise<void> {
    await this.#supervisor.whenTried();
    if (!this.#life) throw connectionClosed();
    if (this.#state.isFailing) throw this.#state.error ?? connectionClosed();
  }

  #supervisorEvents(): SupervisorEvents {
    return {
      connecting: () => {
        if (this.state !== 'key-rejected') this.#setState('connecting');
      },
      reconnecting: () => {
        this.#invalidate();
      },
      opened: () => {
        this.#identify();
      },
      lost: (error) => {
        this.#setState(error.code === 'line-taken' ? 'line-taken' : 'unreachable', error);
      },
      alert: () => {
        this.#status.noteAlert();
      },
      dimensionsMayHaveChanged: () => {
        this.#dimensions.markStale();
      },
      keyTrial: () => {
        this.#identify();
      },
    };
  }

  /** Another meter may be there, or the same one set up anew. */
  #invalidate(): void {
    this.#dimensions.invalidate();
    this.#meterClock.invalidate();
  }

  /** Runs work that may change the meter, and drops all caches whatever its outcome. */
  async #changing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      this.#invalidate();
    }
  }

  /**
   * Reads the identity, unless a request is made meanwhile, so that the state is known before the first table is read.
   * Errors are reported through the state.
   */
  #identify(): void {
    const life = this.#life;
    if (!life) return;
    let isAsked = false;
    const forget = this.onStateChange(() => {
      isAsked = true;
    });
    const identification = this.#queue.add('user', async () => {
      await this.#supervisor.whenTried();
      if (this.#life !== life || isAsked) return;
      await this.#perform(life, undefined, (signal) => this.#dimensions.refresh(signal));
    });
    identification.catch(() => undefined).finally(forget);
  }

  #noteFailure(failure: MeterError): void {
    const outcome = requestOutcome(failure, { state: this.state, error: this.lastError });
    if (outcome === undefined) return;
    if (outcome.kind === 'answered') this.#noteSuccess();
    else if (outcome.kind === 'key-rejected') this.#noteKeyRejected(outcome.error);
    else if (outcome.kind === 'no-response') this.#noteSilence(outcome.error);
    else this.#setState('silent', outcome.error);
  }

  #noteKeyRejected(error: MeterError): void {
    this.#setState('key-rejected', error);
    this.#supervisor.noteKeyRejected();
  }

  /** Any answer, a refusal too, shows that the meter responds. */
  #noteSuccess(): void {
    this.#supervisor.noteAnswered();
    this.#setState('online');
  }

  #noteSilence(error: MeterError): void {
    this.#setState('silent', error);
    const how = this.#supervisor.noteSilence();
    if (how === undefined) return;
    const revival = this.#queue.add('alert', async () => {
      if (this.state === 'silent') await this.#supervisor.revive(how);
    });
    // The link reports failures of the port itself; closing the meter ends this too.
    revival.catch(() => undefined);
  }

  #setState(state: MeterState, error?: MeterError): void {
    const isChange = this.#state.set(state, error);
    this.#status.noteState(state, error);
    if (isChange) this.#state.notify();
  }
}
