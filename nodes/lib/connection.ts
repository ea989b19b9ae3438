import {
  createMeter,
  isMeterError,
  makeReport,
  type Meter,
  type MeterDescription,
  type MeterSettings,
  type MeterState,
  type MeterStatus,
  Mutex,
  neverOpenedStatus,
  type NotedError,
  type ProcedureRun,
  readReportTables,
  type ReadTableOptions,
  type Report,
  type ReportPart,
  type Shortfall,
  systemClock,
  type TableContent,
  type TablePiece,
  type TableReading,
  type TableValues,
  type TableWrite,
  TransportError,
  type WriteLedger,
  type WriteOptions,
} from '../../src/internal.js';
import { ConnectionTrace } from './connection-trace.js';
import { placeConnection, renewConnection, tokenOf } from './connection-tokens.js';
import { claimEndpoint, type EndpointHolder, endpointOf, releaseEndpoint } from './endpoints.js';

/** A node that reads through a connection. */
export interface ConnectionUser {
  /** Called at once with the present state and then whenever it changes; `error` says why a state is what it is. */
  onState(state: MeterState, error: Error | undefined): void;
  /** Called whenever `status` changes. */
  onStatusChange?(): void;
}

/** How a report is made. */
export interface ReportTask {
  /** Called before each table is read. */
  readonly onProgress: (table: string, index: number, count: number) => void;
  readonly signal: AbortSignal;
  readonly versions: Readonly<Record<string, string>>;
}

const MAX_NOTED_ERRORS = 20;

/** A meter as messages describe it, with a token of the connection that it is read through. */
export type ConnectedMeter = MeterDescription & { readonly connection?: string };

/**
 * The one connection of a mep-config node, shared by all nodes that use it. Opens with its first user and closes with
 * its last. Opening and closing are exclusive, so that a test of the port, a deploy and a reading never meet.
 */
export class MeterConnection implements EndpointHolder {
  readonly label: string;
  readonly #id: string;
  readonly #makeSettings: () => MeterSettings;
  readonly #writeLedger: WriteLedger;
  readonly trace: ConnectionTrace;
  readonly #errors: NotedError[] = [];
  readonly #users = new Set<ConnectionUser>();
  readonly #life = new AbortController();
  readonly #madeAt = systemClock.date();
  #meter: Meter | undefined;
  #endpoint: string | undefined;
  #isOpen = false;
  /** Why the connection is not open though it has users. */
  #problem: Error | undefined;
  readonly #mutex = new Mutex();
  #interruptions = 0;
  readonly #onAnswerLimit: (limit: Shortfall) => void;
  #isLimitReported = false;

  /**
   * @param id of the mep-config node
   * @param label how a person knows the connection
   * @param makeSettings may throw: every user of the connection gets that error
   * @param writeLedger keeps how often each meter was written
   * @param onAnswerLimit called once, when answers are found to be cut on their way
   * @param trace what passes on the line; closed with the connection
   */
  constructor(
    id: string,
    label: string,
    makeSettings: () => MeterSettings,
    writeLedger: WriteLedger,
    onAnswerLimit: (limit: Shortfall) => void = () => undefined,
    trace = new ConnectionTrace(),
  ) {
    this.#id = id;
    this.label = label;
    this.#onAnswerLimit = onAnswerLimit;
    this.#writeLedger = writeLedger;
    this.trace = trace;
    this.#makeSettings = makeSettings;
    this.#notePlace();
  }

  /**
   * Joins a node to the connection.
   * @returns a function that removes the node; the port closes with the last user
   */
  register(user: ConnectionUser): () => void {
    this.#users.add(user);
    user.onState(this.#meter?.state ?? 'closed', this.#problem ?? this.#meter?.lastError);
    void this.#settle();
    return () => {
      this.#users.delete(user);
      void this.#settle();
    };
  }

  /** The status of the meter and of the settings: a rejected key stays rejected until a deploy. */
  get status(): MeterStatus {
    const status = this.#meter?.status ?? neverOpenedStatus(this.#madeAt);
    if (this.#isOpen || !isMeterError(this.#problem)) return status;
    return {
      ...status,
      state: this.#problem.code === 'key-rejected' ? 'key-rejected' : 'closed',
      error: this.#problem,
    };
  }

  /** What is deployed; undefined where it cannot be used. */
  get settings(): MeterSettings | undefined {
    try {
      return this.#makeSettings();
    } catch {
      return undefined;
    }
  }

  /** The identity of the meter, as far as it is known; undefined while there is none. */
  get identity(): ConnectedMeter | undefined {
    return this.#meter && this.#connected(this.#meter.identity);
  }

  /**
   * Reads a table; waits while the port is lent to a test.
   * @throws MeterError of any code
   */
  async readTable(
    name: string,
    options: ReadTableOptions = {},
  ): Promise<TableReading & { readonly meter: ConnectedMeter }> {
    const reading = await this.#use((meter) => meter.readTable(name, options), options.signal);
    return { ...reading, meter: this.#connected(reading.meter) };
  }

  /**
   * Reads the first of the requested bytes of a table, as many as one response holds, at the priority of history.
   * @param isVerified whether the version of the set-up is read after the bytes
   * @throws MeterError of any code
   */
  async readPiece(
    name: string,
    range: { readonly offset: number; readonly count: number },
    signal?: AbortSignal,
    isVerified = false,
  ): Promise<TablePiece & { readonly meter: ConnectedMeter }> {
    const piece = await this.#use((meter) => meter.readPiece(name, range, signal, isVerified), signal);
    return { ...piece, meter: this.#connected(piece.meter) };
  }

  /**
   * Writes a table, where the connection allows it.
   * @throws MeterError of any code
   */
  writeTable(name: string, content: TableContent, options: WriteOptions): Promise<TableWrite> {
    return this.#use((meter) => meter.writeTable(name, content, options), options.signal);
  }

  /**
   * Runs a procedure, where the connection allows it.
   * @throws MeterError of any code
   */
  runProcedure(name: string, parameters: TableValues, options: WriteOptions): Promise<ProcedureRun> {
    return this.#use((meter) => meter.runProcedure(name, parameters, options), options.signal);
  }

  /**
   * A report of this connection: what it holds is shown to the user before anything is done with it.
   * @param parts those that are wanted; the tables are read from the meter
   */
  async report(parts: readonly ReportPart[], { onProgress, signal, versions }: ReportTask): Promise<Report> {
    const settings = this.#makeSettings();
    // Without a node that uses it, the connection would be closed.
    const release = this.register({ onState: () => undefined });
    try {
      const tables = parts.includes('tables')
        ? await readReportTables(
            (name, options) => this.readTable(name, options),
            onProgress,
            () => undefined,
            signal,
          )
        : [];
      const source = { settings, status: this.status, meter: this.#meter?.identity, errors: this.#errors };
      return makeReport({ ...source, trace: this.trace.lines(), tables, versions }, parts);
    } finally {
      release();
    }
  }

  #noteError(error: unknown): void {
    this.#errors.push({ at: systemClock.date(), error });
    if (this.#errors.length > MAX_NOTED_ERRORS) this.#errors.shift();
  }

  #connected(meter: MeterDescription): ConnectedMeter {
    const connection = tokenOf(this.#id);
    return { ...meter, ...(connection !== undefined && { connection }) };
  }

  /** With unusable settings there is no place: nothing is read until they are changed. */
  #notePlace(): void {
    try {
      placeConnection(this.#id, placeOf(this.#makeSettings()));
    } catch {
      return;
    }
  }

  /** Repeats work that was rejected because a test took the port; other failures are thrown. */
  async #use<T>(work: (meter: Meter) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    for (;;) {
      await this.#settle(signal);
      if (this.#problem) throw this.#problem;
      if (!this.#meter || !this.#isOpen) throw new TransportError('connection-closed', 'The connection is closed');
      const interruptions = this.#interruptions;
      try {
        return await work(this.#meter);
      } catch (error) {
        const wasInterrupted = isMeterError(error) && error.code === 'connection-closed';
        if (wasInterrupted && interruptions !== this.#interruptions) continue;
        this.#noteError(error);
        throw error;
      }
    }
  }

  /**
   * Lends the port to `task`: the connection is closed before and opened again afterwards. A meter that rejected the
   * key is not asked again with that key at once; that takes a deploy, or a test that it accepts.
   * @param task gets a signal that fires when the connection is closed for good
   */
  runExclusive<T>(task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#interruptions++;
    return this.#mutex.run(async () => {
      try {
        await this.#closeMeter();
        return await task(this.#life.signal);
      } finally {
        await this.#openOrClose();
      }
    });
  }

  /**
   * Clears `key-rejected` after a test that the meter accepted, if the tested key is the one that was rejected. Only while
   * the port is lent.
   */
  noteAccepted(settings: MeterSettings): void {
    const wasRejected = isMeterError(this.#problem) && this.#problem.code === 'key-rejected';
    if (!wasRejected || !hasSameAccess(this.#makeSettings(), settings)) return;
    this.#problem = undefined;
    // The present `Meter` never sends a rejected key again, so a new one is created.
    this.#meter = undefined;
  }

  /** Ends the connection for good; what waits or runs is rejected. */
  async close(): Promise<void> {
    this.#users.clear();
    this.#life.abort();
    await this.#settle();
    this.trace.close();
  }

  /** Opens or closes the port as its users need it, after the exclusive work in progress. */
  #settle(signal?: AbortSignal): Promise<void> {
    return this.#mutex.run(() => this.#openOrClose(), signal);
  }

  async #openOrClose(): Promise<void> {
    if (this.#users.size > 0 && !this.#life.signal.aborted) this.#openMeter();
    else {
      await this.#closeMeter();
      releaseEndpoint(this.#endpoint, this);
    }
  }

  #openMeter(): void {
    if (this.#isOpen) return;
    try {
      this.#meter ??= this.#createMeter();
      claimEndpoint(this.#endpoint, this);
      this.#problem = undefined;
      this.#isOpen = true;
      this.#meter.open();
    } catch (error) {
      this.#problem = error instanceof Error ? error : new Error(String(error));
      this.#notifyState('closed', this.#problem);
    }
  }

  #createMeter(): Meter {
    const settings = this.#makeSettings();
    const meter = createMeter(settings, { writeLedger: this.#writeLedger, tracer: this.trace.tracer });
    this.#endpoint = endpointOf(settings);
    meter.onMeterChange(() => {
      renewConnection(this.#id);
    });
    meter.onStateChange((state, error) => {
      if (this.#isOpen) this.#notifyState(state, error);
    });
    meter.onStatusChange(() => {
      const { answerLimit } = meter.status;
      if (answerLimit && !this.#isLimitReported) {
        this.#isLimitReported = true;
        this.#onAnswerLimit(answerLimit);
      }
      this.#notifyStatus();
    });
    return meter;
  }

  async #closeMeter(): Promise<void> {
    if (!this.#meter || !this.#isOpen) return;
    if (this.#meter.state === 'key-rejected') this.#problem = this.#meter.lastError;
    this.#isOpen = false;
    this.#notifyState('closed', this.#problem);
    await this.#meter.close();
  }

  #notifyState(state: MeterState, error: Error | undefined): void {
    for (const user of this.#users) user.onState(state, error);
    this.#notifyStatus();
  }

  #notifyStatus(): void {
    for (const user of this.#users) user.onStatusChange?.();
  }
}

/** Where the meter is; another place has another meter. */
function placeOf(settings: MeterSettings): string {
  return endpointOf(settings) ?? `${settings.transport}:${settings.protocol}:${settings.profile ?? ''}`;
}

/** Whether both settings use the same key in the same way, so that a meter accepts both or neither. */
function hasSameAccess(one: MeterSettings, other: MeterSettings): boolean {
  const access = ['protocol', 'security', 'keyFormat', 'key', 'advancedKey'] as const;
  return access.every((setting) => one[setting] === other[setting]);
}
