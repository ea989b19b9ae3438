import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import alarm from '../../../nodes/mep-alarm.js';
import decodeBT23 from '../../../nodes/mep-decode-bt23.js';
import decodeBT28 from '../../../nodes/mep-decode-bt28.js';
import decodeJson from '../../../nodes/mep-decode-json.js';
import decodeTable from '../../../nodes/mep-decode-table.js';
import format from '../../../nodes/mep-format.js';
import consumption from '../../../nodes/mep-consumption.js';
import config from '../../../nodes/mep-config.js';
import haDiscovery from '../../../nodes/mep-ha-discovery.js';
import history from '../../../nodes/mep-history.js';
import httpServer from '../../../nodes/mep-http-server.js';
import plausibility from '../../../nodes/mep-plausibility.js';
import procedure from '../../../nodes/mep-procedure.js';
import readTable from '../../../nodes/mep-read-table.js';
import status from '../../../nodes/mep-status.js';
import writeTable from '../../../nodes/mep-write-table.js';
import { type AdminApi, type DeployType, helper, removeAllNodes } from './test-helper.js';
import { until } from '../until.js';

interface EditorMessage {
  readonly topic: string;
  readonly data: unknown;
  readonly retain: boolean;
}
export type FlowNode = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string };
export type Message = NodeMessageInFlow & { error?: { message: string; code?: string } };

export const SIMULATED_METER: FlowNode = { id: 'meter', type: 'mep-config', transport: 'simulator', minInterval: '0' };

/** A flow on one tab with `out` and `caught`, two nodes that record the messages they receive. */
export class Flow {
  readonly out: Message[] = [];
  readonly caught: Message[] = [];
  readonly statuses: { id: string; fill?: string; shape?: string; text?: string }[] = [];
  readonly completed: Message[] = [];
  /** Messages of our nodes to the editor. */
  readonly published: EditorMessage[] = [];

  static async load(nodes: readonly FlowNode[], credentials: object = {}): Promise<Flow> {
    const flow = new Flow();
    await helper.load(
      [
        config,
        readTable,
        decodeBT23,
        decodeBT28,
        decodeJson,
        decodeTable,
        status,
        writeTable,
        procedure,
        format,
        alarm,
        consumption,
        haDiscovery,
        history,
        httpServer,
        plausibility,
        (RED: NodeAPI) => {
          flow.#listen(RED);
        },
      ],
      Flow.#withCollectors(nodes),
      // Node-RED keeps this object and removes entries that it no longer needs.
      structuredClone(credentials),
    );
    flow.#collect();
    return flow;
  }

  async redeploy(nodes: readonly FlowNode[], type: DeployType = 'full', credentials = {}): Promise<void> {
    await helper.setFlows(Flow.#withCollectors(nodes), type, structuredClone(credentials));
    this.#collect();
  }

  /** The node with this id; undefined if there is none, or it is disabled. */
  node(id: string): Node {
    return helper.getNode(id)!;
  }

  send(id: string, msg: object): void {
    this.node(id).receive(msg as NodeMessageInFlow);
  }

  /** Sends a message and waits for the result: a message, or an error. */
  async ask(id: string, msg: object): Promise<Message> {
    const before = this.out.length + this.caught.length;
    const marked = this.caught.length;
    this.send(id, msg);
    await until(() => this.out.length + this.caught.length > before, 'an answer', { seen: () => this.statuses });
    return (this.caught.length > marked ? this.caught.at(-1) : this.out.at(-1))!;
  }

  lastStatus(id: string): string | undefined {
    return this.statuses.filter((status) => status.id === id).at(-1)?.text;
  }

  static #withCollectors(nodes: readonly FlowNode[]): FlowNode[] {
    const tab = { id: 'tab', type: 'tab', label: 'test' };
    // Node-RED takes nodes without a position on a tab for configuration nodes.
    const onTab = (node: FlowNode): FlowNode => ({ z: 'tab', x: 100, y: 100, wires: [], ...node });
    const isConfig = ({ type }: FlowNode): boolean => type === 'mep-config';
    const collectors = ['out', 'caught', 'completed'].map((id) => onTab({ id, type: 'helper' }));
    const watched = nodes.filter((node) => !isConfig(node)).map(({ id }) => id);
    return [
      tab,
      ...nodes.map((node) => (isConfig(node) ? node : onTab(node))),
      ...collectors,
      onTab({ id: 'catch', type: 'catch', scope: null, wires: [['caught']] }),
      onTab({ id: 'complete', type: 'complete', scope: watched, wires: [['completed']] }),
    ];
  }

  #collect(): void {
    for (const name of ['out', 'caught', 'completed'] as const) {
      this.node(name).on('input', (msg, _send, done) => {
        this[name].push(msg);
        done();
      });
    }
  }

  #listen(RED: NodeAPI): void {
    RED.events.removeAllListeners('node-status');
    RED.events.on('node-status', ({ id, status }: { id: string; status: object }) => {
      this.statuses.push({ id, ...status });
    });
    RED.events.removeAllListeners('comms');
    RED.events.on('comms', (message: EditorMessage) => {
      if (message.topic.startsWith('nes-meter/')) this.published.push(message);
    });
  }
}

/** Installs the server and the clean-up for flow tests. */
export function withNodeRed(): void {
  before(() => helper.startServer());
  afterEach(() => removeAllNodes());
  after(() => helper.stopServer());
}

/** The admin endpoints of the loaded nodes. */
export function adminApi(): AdminApi {
  return helper.request();
}
