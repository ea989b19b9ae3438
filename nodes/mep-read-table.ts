import type { NodeAPI, NodeMessage } from 'node-red';
import { INTERVAL_LIMITS, type MeterState, type Priority, type ReadTableOptions, UsageError } from '../src/internal.js';
import { connectionOf } from './lib/connection-of.js';
import type { ConnectionUser, MeterConnection } from './lib/connection.js';
import { defineNode, errorCode, type NodeContext, onClose, onInput } from './lib/index.js';
import { runPeriodically } from './lib/periodic.js';
import { choiceOf, type ConfigProperties, limitedNumber, numberOf } from './lib/settings.js';
import { nameIn, noTableNamed, rangeIn, tableNameIn } from './lib/table-input.js';
import { publicBytes, withDecodedValues } from './lib/decoded-message.js';

const MODES = ['full', 'partial'] as const;
const OUTPUTS = ['bytes', 'decoded'] as const;

/** Reads a table of the meter: for each message, and by itself every `interval` seconds. */
export default function (RED: NodeAPI): void {
  defineNode(RED, 'mep-read-table', (context) => {
    const poller = new TablePoller(context);
    onInput(context, async (msg, send) => {
      send(await poller.read(msg, 'user'));
    });
    onClose(context, () => {
      poller.close();
    });
  });
}

/** Reads for messages and by the clock, through the connection that the node shares with others. */
class TablePoller implements ConnectionUser {
  readonly #context: NodeContext;
  readonly #life = new AbortController();
  readonly #unregister: () => void;
  #stopPolling: () => void = () => undefined;
  /** Codes of the errors since the last reading: each is reported once, also for a meter that is away for a night. */
  readonly #reported = new Set<string>();

  /** @throws UsageError `bad-setting` */
  constructor(context: NodeContext) {
    this.#context = context;
    const interval = limitedNumber(context.properties, 'interval', INTERVAL_LIMITS);
    this.#unregister = this.#connection().register(this);
    if (interval > 0) this.#stopPolling = runPeriodically(interval * 1_000, () => this.#poll());
  }

  close(): void {
    this.#life.abort();
    this.#stopPolling();
    this.#unregister();
  }

  /**
   * Reads what the node, or `msg.table`, names and puts it into the message, as bytes or as values.
   * @throws MeterError
   */
  async read(msg: NodeMessage, priority: Priority): Promise<NodeMessage> {
    const { properties, status } = this.#context;
    const name = nameIn(properties['table']) ?? tableNameIn(msg);
    if (name === undefined) throw noTableNamed();
    const output = choiceOf(properties, 'output', OUTPUTS);
    const { bytes, table, meter } = await this.#connection().readTable(name, {
      ...(rangeIn(msg, name) ?? rangeOf(properties)),
      priority,
      signal: this.#life.signal,
    });
    status.show('green', 'dot', 'mep-read-table.status.read', { table: table.id, bytes: table.length });
    // What is read now is new, whatever the message was that asked for it.
    delete msg['retain'];
    delete msg['history'];
    // The description is the connection's own: what a flow does to its message must not reach the next one.
    const payload = publicBytes(table.id, Buffer.from(bytes), table.offset, meter.dimensions);
    const read = Object.assign(msg, { payload, table, meter: structuredClone(meter) });
    if (output === 'bytes') return read;
    return withDecodedValues(read, table.id, { ...table, bytes: read.payload, dimensions: read.meter.dimensions });
  }

  onState(state: MeterState, error: Error | undefined): void {
    this.#context.status.showConnection(state, error);
  }

  async #poll(): Promise<void> {
    const { node, status } = this.#context;
    const msg: NodeMessage = {};
    try {
      node.send(await this.read(msg, 'poll'));
      this.#reported.clear();
    } catch (error) {
      if (this.#life.signal.aborted) return;
      const code = errorCode(error);
      if (this.#reported.has(code)) status.showError(error);
      else this.#context.report(error, msg);
      this.#reported.add(code);
    }
  }

  #connection(): MeterConnection {
    return connectionOf(this.#context.RED, this.#context.properties['meter']);
  }
}

/** The part of the table that the node reads; empty for the whole table. */
function rangeOf(properties: ConfigProperties): Pick<ReadTableOptions, 'offset' | 'count'> {
  if (choiceOf(properties, 'mode', MODES) === 'full') return {};
  const count = numberOf(properties, 'count');
  if (count === undefined)
    throw new UsageError('bad-count', 'A part of a table needs a count', { values: { count: '' } });
  return { offset: numberOf(properties, 'offset') ?? 0, count };
}
