/**
 * The meter as a person thinks of it: it is there or it is not, it can be asked for a table, and it is left in peace
 * otherwise. Which protocol it speaks is the link's business.
 */
import type { LinkCounters, TableLink } from '../c1218/table-link.js';
import { type Clock, systemClock } from '../clock.js';
import { DecodeError, isMeterError, type MeterError, ProtocolError, TransportError, UsageError } from '../errors.js';
import {
  blocksOf,
  decodeTable,
  type Dimensions,
  findTable,
  type TableDescription,
  tableSize,
} from '../tables/index.js';
import { concatBytes } from '../bytes/hex.js';
import { reconnectPause } from './backoff.js';
import { cutShort, type MeterDescription, MeterKnowledge } from './knowledge.js';
import { readPlan } from './read-plan.js';
import { type Priority, RequestQueue } from './request-queue.js';
import { type MeterState, type MeterStatus, StatusRecord } from './status.js';

export type StateListener = (state: MeterState, error: MeterError | undefined) => void;

export interface MeterOptions {
  readonly link: TableLink;
  readonly clock?: Clock;
  /**
   * From the start of one table read to the start of the next, for each piece of a table; default 1000 ms, the guide's
   * advice [MEP p.51]. What is asked once, who the meter is and its dimensions, does not count.
   */
  readonly minIntervalMs?: number;
  /** For the jitter of reconnects; 0 (included) to 1 (excluded). */
  readonly random?: () => number;
}

export interface ReadTableOptions {
  /** First byte; default 0. */
  readonly offset?: number;
  /** Bytes; default: to the end of the table. */
  readonly count?: number;
  readonly priority?: Priority;
  readonly signal?: AbortSignal | undefined;
}

/** Which bytes of which table were read, and when. */
export interface TableExtent {
  /** `BT28` */
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly offset: number;
  readonly length: number;
  /** Whether this is the whole table, as far as the meter has it. */
  readonly complete: boolean;
  /** When the last byte was verified, ISO 8601. */
  readonly readAt: string;
}

export interface TableReading {
  readonly bytes: Uint8Array;
  readonly table: TableExtent;
  readonly meter: MeterDescription;
}

const SILENCE: ReadonlySet<string> = new Set([
  'no-answer',
  'only-alerts',
  'unreadable-answer',
  'optical-silence',
  'optical-noise',
]);
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
  readonly #knowledge: MeterKnowledge;
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
    this.#knowledge = new MeterKnowledge(options.link);
    this.#status = new StatusRecord(options.link, this.#clock);
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
    return this.#knowledge.description;
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
    this.#queue.clear(closedError());
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
      await this.#knowledge.confirm(signal);
      return this.#knowledge.description;
    });
  }

  /**
   * Reads a table, or a part of it, in as many pieces as the link needs; what belongs together is never torn apart.
   * @param name `BT28`, `ET03`: a table of the catalogue.
   * @throws UsageError `unknown-table`, `bad-offset`, `bad-count`, `offset-beyond-table`, `cancelled`;
   * TransportError, ProtocolError, SecurityError, DecodeError `dimensions-missing`
   */
  async readTable(name: string, options: ReadTableOptions = {}): Promise<TableReading> {
    const table = findTable(name);
    if (!table) throw new UsageError('unknown-table', `There is no table ${name}`, { values: { table: name } });
    const reading = await this.#request(options.priority ?? 'user', options.signal, async (signal) => {
      for (let isFresh = false; ; isFresh = true) {
        await this.#knowledge.confirm(signal);
        const read = await this.#read(table, options, signal).catch((error: unknown) => {
          this.#doubtAfter(error);
          throw error;
        });
        // What was learned in this very turn is as good as it gets with a meter that does not say whether it changed.
        if (!(await this.#watch(table, signal)) && isFresh) return read;
        // Dimensions that changed while the table was read make its bytes mean something else.
        if (!this.#knowledge.isDoubtful || (await this.#knowledge.confirm(signal))) return read;
      }
    });
    this.#status.noteReading();
    return reading;
  }

  /** Where nothing tells of changes, a table that is not what it should be does. */
  #doubtAfter(error: unknown): void {
    if (this.#link.hidesChanges === true && isMeterError(error) && !SILENCE.has(error.code)) this.#knowledge.doubt();
  }

  /** @returns whether the meter says whether its dimensions changed; a table without any needs none. */
  async #watch(table: TableDescription, signal: AbortSignal): Promise<boolean> {
    if (this.#link.hidesChanges !== true || table.needs.length === 0) return true;
    this.#queue.charge(1);
    return this.#knowledge.watch(signal);
  }

  async #read(table: TableDescription, options: ReadTableOptions, signal: AbortSignal): Promise<TableReading> {
    const dimensions = await this.#knowledge.dimensionsFor(table, signal);
    const size = tableSize(table, dimensions);
    const { offset, count } = wantedStretch(table.name, size, options);
    const pieces: Uint8Array[] = [];
    const plan = readPlan({ offset, length: count }, blocksOf(table, dimensions), this.#link.maxReadBytes);
    this.#queue.charge(plan.length - 1);
    for (const piece of plan) {
      const bytes = await this.#link.read(table.number, piece.offset, piece.length, { signal });
      pieces.push(bytes);
      if (bytes.length < piece.length) break;
    }
    const bytes = concatBytes(...pieces);
    if (bytes.length < count && !(count === size && endsEarly(table, bytes, dimensions))) {
      throw cutShort(table, count, bytes);
    }
    return {
      bytes,
      table: {
        id: table.name,
        number: table.number,
        name: table.title,
        offset,
        length: bytes.length,
        complete: offset === 0 && count === size,
        readAt: this.#clock.date().toISOString(),
      },
      meter: this.#knowledge.description,
    };
  }

  /** One turn on the line, with all that its outcome says about the state of the meter. */
  async #request<T>(
    priority: Priority,
    caller: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const life = this.#life;
    if (!life) throw closedError();
    return this.#queue.add(
      priority,
      async () => {
        await this.#untilConnected();
        const turn = new AbortController();
        const abort = (): void => {
          turn.abort();
        };
        if (caller?.aborted) abort();
        caller?.addEventListener('abort', abort, { once: true });
        try {
          const result = await work(turn.signal);
          if (this.#life === life) this.#noteSuccess();
          return result;
        } catch (error) {
          if (this.#life === life && isMeterError(error)) this.#noteFailure(error);
          throw error;
        } finally {
          caller?.removeEventListener('abort', abort);
        }
      },
      caller,
    );
  }

  /** Waits while the port is being opened; fails at once while the next attempt is only planned. */
  async #untilConnected(): Promise<void> {
    await this.#connecting;
    if (!this.#life) throw closedError();
    if (this.#state === 'unreachable' || this.#state === 'key-rejected') throw this.#lastError ?? closedError();
  }

  #connect(signal: AbortSignal): void {
    this.#setState('connecting');
    this.#connecting = this.#openLink(signal).finally(() => {
      this.#connecting = undefined;
    });
  }

  async #openLink(signal: AbortSignal): Promise<void> {
    this.#knowledge.doubt();
    try {
      await this.#link.open(
        {
          alert: () => {
            this.#status.noteAlert();
          },
          sequenceJumped: () => {
            this.#knowledge.doubt();
          },
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
    if (error.code === 'key-rejected') this.#setState('key-rejected', error);
    else if (SILENCE.has(error.code)) this.#noteSilence(error);
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

/** What to read, checked against the table: past its end a missing value would look like a zero. */
function wantedStretch(table: string, size: number, options: ReadTableOptions): { offset: number; count: number } {
  const offset = options.offset ?? 0;
  if (!Number.isInteger(offset) || offset < 0) {
    throw new UsageError('bad-offset', `An offset of ${offset} is not possible`, { values: { table, offset } });
  }
  if (offset >= size) {
    throw new UsageError('offset-beyond-table', `${table} has ${size} bytes, offset ${offset} is beyond`, {
      values: { table, offset, size },
    });
  }
  const count = options.count ?? size - offset;
  if (!Number.isInteger(count) || count < 1 || offset + count > size) {
    throw new UsageError('bad-count', `${table} has ${size} bytes, ${count} from ${offset} on cannot be read`, {
      values: { table, offset, count, size, most: size - offset },
    });
  }
  return { offset, count };
}

/** Whether the bytes are the whole table of a firmware that has fewer of the fields at its end. */
function endsEarly(table: TableDescription, bytes: Uint8Array, dimensions: Dimensions): boolean {
  try {
    decodeTable(table, bytes, dimensions);
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}

function closedError(): TransportError {
  return new TransportError('connection-closed', 'The connection is closed');
}

function toMeterError(error: unknown): MeterError {
  if (isMeterError(error)) return error;
  return new TransportError('port-failed', error instanceof Error ? error.message : String(error), { cause: error });
}
