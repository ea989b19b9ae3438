import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { INTERVAL_LIMITS, type MeterState, type Priority, type ReadTableOptions, UsageError } from '../src/internal.js';
import { connectionOf } from './lib/connection-of.js';
import type { ConnectionUser, MeterConnection } from './lib/connection.js';
import { onClose, onInput, showConnection, showError, showStatus, toNodeError } from './lib/index.js';
import { every } from './lib/every.js';
import { choiceOf, type ConfigProperties, limitedNumber, numberOf } from './lib/settings.js';
import { nameIn, noTableNamed, tableNameIn } from './lib/table-input.js';
import { withValues } from './lib/values.js';

const MODES = ['full', 'partial'] as const;
const OUTPUTS = ['bytes', 'decoded'] as const;

/** Reads a table of the meter: for each message that comes in, and by itself every `interval` seconds. */
export default function (RED: NodeAPI): void {
  function MepReadTable(this: Node, properties: NodeDef & ConfigProperties): void {
    RED.nodes.createNode(this, properties);
    const reader = new TableReader(RED, this, properties);
    onInput(RED, this, async (msg, send) => {
      send(await reader.read(msg, 'user'));
    });
    onClose(RED, this, () => {
      reader.close();
    });
    reader.start();
  }
  RED.nodes.registerType('mep-read-table', MepReadTable);
}

/** What a mep-read-table node does between its creation and its end. */
class TableReader implements ConnectionUser {
  readonly #RED: NodeAPI;
  readonly #node: Node;
  readonly #properties: ConfigProperties;
  readonly #life = new AbortController();
  #stopPolling: () => void = () => undefined;
  #unregister: () => void = () => undefined;
  /** Code of the error that the last poll told; a meter that is away for a night is told once. */
  readonly #toldErrors = new Set<string>();

  constructor(RED: NodeAPI, node: Node, properties: ConfigProperties) {
    this.#RED = RED;
    this.#node = node;
    this.#properties = properties;
  }

  /** Joins the connection and begins to poll; what is wrong with the settings is shown, never thrown. */
  start(): void {
    try {
      const interval = limitedNumber(this.#properties, 'interval', INTERVAL_LIMITS);
      this.#unregister = this.#connection().register(this);
      if (interval > 0) this.#stopPolling = every(interval * 1_000, () => this.#poll());
    } catch (error) {
      showError(this.#RED, this.#node, error);
      this.#node.error(toNodeError(this.#RED, error));
    }
  }

  close(): void {
    this.#life.abort();
    this.#stopPolling();
    this.#unregister();
  }

  /**
   * Reads what the node, or `msg.table`, asks for and puts it into the message, as bytes or as values.
   * @throws MeterError
   */
  async read(msg: NodeMessage, priority: Priority): Promise<NodeMessage> {
    const wanted = this.#tableOf(msg);
    const output = choiceOf(this.#properties, 'output', OUTPUTS);
    const { bytes, table, meter } = await this.#connection().readTable(wanted, {
      ...this.#range(),
      priority,
      signal: this.#life.signal,
    });
    showStatus(this.#RED, this.#node, 'green', 'dot', 'mep-read-table.status.read', {
      table: table.id,
      bytes: table.length,
    });
    // What is read now is new, whatever the message was that asked for it.
    delete msg['retain'];
    // The description is the connection's own: what a flow does to its message must not reach the next one.
    const read = Object.assign(msg, { payload: Buffer.from(bytes), table, meter: structuredClone(meter) });
    if (output === 'bytes') return read;
    return withValues(read, table.id, { ...table, bytes: read.payload, dimensions: read.meter.dimensions });
  }

  onState(state: MeterState, error: Error | undefined): void {
    showConnection(this.#RED, this.#node, state, error);
  }

  async #poll(): Promise<void> {
    const msg: NodeMessage = {};
    try {
      this.#node.send(await this.read(msg, 'poll'));
      this.#toldErrors.clear();
    } catch (error) {
      if (this.#life.signal.aborted) return;
      const told = toNodeError(this.#RED, error);
      showError(this.#RED, this.#node, error);
      if (!this.#toldErrors.has(told.code)) this.#node.error(told, msg);
      this.#toldErrors.add(told.code);
    }
  }

  #connection(): MeterConnection {
    return connectionOf(this.#RED, this.#properties['meter']);
  }

  #tableOf(msg: NodeMessage): string {
    const name = nameIn(this.#properties['table']) ?? tableNameIn(msg);
    if (name === undefined) throw noTableNamed();
    return name;
  }

  #range(): Pick<ReadTableOptions, 'offset' | 'count'> {
    if (choiceOf(this.#properties, 'mode', MODES) === 'full') return {};
    const count = numberOf(this.#properties, 'count');
    if (count === undefined)
      throw new UsageError('bad-count', 'A part of a table needs a count', { values: { count: '' } });
    return { offset: numberOf(this.#properties, 'offset') ?? 0, count };
  }
}
