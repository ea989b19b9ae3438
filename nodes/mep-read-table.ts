import type { NodeAPI, NodeMessage } from 'node-red';
import {
  INTERVAL_LIMITS,
  isReadingTable,
  type MeterState,
  type Priority,
  type ReadTableOptions,
  type TableReading,
  UsageError,
} from '../src/internal.js';
import { connectionOf } from './lib/connection-of.js';
import type { ConnectedMeter, ConnectionUser, MeterConnection } from './lib/connection.js';
import { publicBytes, withDecodedValues } from './lib/decoded-message.js';
import { showHeadline, withDecodedReading } from './lib/decoder.js';
import { Guard } from './lib/guard.js';
import { defineNode, errorCode, type NodeContext, onClose, onInput, type Send } from './lib/index.js';
import { runPeriodically } from './lib/periodic.js';
import { type Read, readsOf } from './lib/reads.js';
import { choiceOf, type ConfigProperties, isTicked, limitedNumber, numberOf } from './lib/settings.js';
import { nameIn, noTableNamed, rangeIn, tableNameIn, wantedTableIn } from './lib/table-input.js';

const MODES = ['full', 'partial'] as const;
const OUTPUTS = ['bytes', 'decoded'] as const;

/** What a node sends: on one output, or with the guard on two. */
type Sent = NodeMessage | [passed: NodeMessage | null, reported: NodeMessage | null];

/** Reads tables of the meter: for each message, and by itself at intervals. */
export default function (RED: NodeAPI): void {
  defineNode(RED, 'mep-read-table', (context) => {
    const poller = new TablePoller(context);
    onInput(context, (msg, send) => poller.receive(msg, send));
    onClose(context, (isRemoved) => poller.close(isRemoved));
  });
}

/** Reads for messages and by the clock, through the connection that the node shares with others. */
class TablePoller implements ConnectionUser {
  readonly #context: NodeContext;
  readonly #life = new AbortController();
  readonly #unregister: () => void;
  readonly #stopPolling: readonly (() => void)[];
  /** The tables of a node that reads several; empty where it reads the one of `table`. */
  readonly #reads: readonly Read[];
  readonly #guard: Guard | undefined;
  /** By table, codes of the errors since its last reading: each is reported once, also for a meter that is away for a night. */
  readonly #reported = new Map<string, Set<string>>();

  /** @throws UsageError `bad-setting` */
  constructor(context: NodeContext) {
    const { properties } = context;
    this.#context = context;
    this.#reads = readsOf(properties);
    const interval = limitedNumber(properties, 'interval', INTERVAL_LIMITS);
    this.#guard = isTicked(properties, 'guard') ? new Guard(context) : undefined;
    this.#unregister = this.#connection().register(this);
    const polled: readonly Partial<Read>[] = this.#reads.length > 0 ? this.#reads : [{ interval }];
    this.#stopPolling = polled.map(({ table, interval: seconds = 0 }) =>
      seconds > 0 ? runPeriodically(seconds * 1_000, () => this.#poll(table)) : () => undefined,
    );
  }

  async close(isRemoved: boolean): Promise<void> {
    this.#life.abort();
    for (const stop of this.#stopPolling) stop();
    this.#unregister();
    await this.#guard?.close(isRemoved);
  }

  /**
   * Reads what a message asks for, or all tables of the node; one that cannot be read does not keep the others.
   * @throws MeterError
   */
  async receive(msg: NodeMessage, send: Send): Promise<void> {
    if (await this.#guard?.approve(msg)) return;
    const tables = this.#tablesFor(msg);
    const problems: unknown[] = [];
    for (const [index, table] of tables.entries()) {
      const own = index < tables.length - 1 ? this.#context.RED.util.cloneMessage(msg) : msg;
      try {
        const read = await this.#read(own, table, 'user');
        if (read !== undefined) send(read);
      } catch (error) {
        problems.push(error);
      }
    }
    if (problems.length > 0) throw problems[0];
  }

  onState(state: MeterState, error: Error | undefined): void {
    this.#context.status.showConnection(state, error);
  }

  /** @returns undefined where neither the node nor the message names a table */
  #tablesFor(msg: NodeMessage): readonly (string | undefined)[] {
    if (this.#reads.length === 0) return [undefined];
    const wanted = wantedTableIn(msg);
    return wanted === undefined ? this.#reads.map(({ table }) => table) : [wanted];
  }

  /**
   * Reads a table and puts it into the message, as bytes or as values.
   * @param table undefined: the one that the node, or `msg.table`, names
   * @returns undefined where the guard lets nothing through
   * @throws MeterError
   */
  async #read(msg: NodeMessage, table: string | undefined, priority: Priority): Promise<Sent | undefined> {
    const { properties } = this.#context;
    const name = table ?? nameIn(properties['table']) ?? tableNameIn(msg);
    if (name === undefined) throw noTableNamed();
    const output = choiceOf(properties, 'output', OUTPUTS);
    const range = rangeIn(msg, name) ?? (table === undefined ? rangeOf(properties) : {});
    const reading = await this.#connection().readTable(name, { ...range, priority, signal: this.#life.signal });
    const read = withReading(msg, reading);
    if (output === 'bytes') {
      this.#showRead(reading.table);
      return read;
    }
    return this.#decoded(read, reading);
  }

  async #decoded(read: ReadMessage, { table }: TableReading): Promise<Sent | undefined> {
    const { status } = this.#context;
    const { id, offset, complete } = table;
    const input = { bytes: read.payload, offset, complete, dimensions: read.meter.dimensions };
    if (!isReadingTable(id)) {
      this.#showRead(table);
      return withDecodedValues(read, id, input);
    }
    const decoded = withDecodedReading(read, id, input);
    const guarded = await this.#guard?.receive(decoded);
    if (guarded?.isPassed === false) {
      status.show('yellow', 'ring', 'mep-read-table.status.held', { held: this.#guard?.counts.held ?? 0 });
    } else if (!showHeadline(status, id, decoded.payload)) this.#showRead(table);
    if (this.#guard === undefined) return decoded;
    return guarded && [guarded.passed, guarded.reported];
  }

  #showRead({ id, length }: TableReading['table']): void {
    this.#context.status.show('green', 'dot', 'mep-read-table.status.read', { table: id, bytes: length });
  }

  async #poll(table: string | undefined): Promise<void> {
    const { node, status } = this.#context;
    const msg: NodeMessage = {};
    const reported = this.#reported.get(table ?? '') ?? new Set();
    this.#reported.set(table ?? '', reported);
    try {
      const read = await this.#read(msg, table, 'poll');
      if (read !== undefined) node.send(read);
      reported.clear();
    } catch (error) {
      if (this.#life.signal.aborted) return;
      const code = errorCode(error);
      if (reported.has(code)) status.showError(error);
      else this.#context.report(error, msg);
      reported.add(code);
    }
  }

  #connection(): MeterConnection {
    return connectionOf(this.#context.RED, this.#context.properties['meter']);
  }
}

type ReadMessage = NodeMessage & { readonly payload: Buffer; readonly meter: ConnectedMeter };

/** Puts a reading into a message. What is read now is new, whatever the message was that asked for it. */
function withReading(
  msg: NodeMessage,
  { bytes, table, meter }: TableReading & { readonly meter: ConnectedMeter },
): ReadMessage {
  delete msg['retain'];
  delete msg['history'];
  // The description is the connection's own: what a flow does to its message must not reach the next one.
  const payload = publicBytes(table.id, Buffer.from(bytes), table.offset, meter.dimensions);
  return Object.assign(msg, { payload, table, meter: structuredClone(meter) });
}

/** The part of the table that the node reads; empty for the whole table. */
function rangeOf(properties: ConfigProperties): Pick<ReadTableOptions, 'offset' | 'count'> {
  if (choiceOf(properties, 'mode', MODES) === 'full') return {};
  const count = numberOf(properties, 'count');
  if (count === undefined)
    throw new UsageError('bad-count', 'A part of a table needs a count', { values: { count: '' } });
  return { offset: numberOf(properties, 'offset') ?? 0, count };
}
