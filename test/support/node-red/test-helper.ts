import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Node, NodeAPI } from 'node-red';
import { nodeRedHome } from './node-red-home.js';
import { realTime } from './virtual-time.js';

export interface AdminAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}
export interface AdminRequest extends PromiseLike<AdminAnswer> {
  send(body: unknown): AdminRequest;
  type(type: string): AdminRequest;
}
export interface AdminApi {
  get(path: string): AdminRequest;
  post(path: string): AdminRequest;
}
export type DeployType = 'full' | 'flows' | 'nodes';
type NodeModule = (RED: NodeAPI) => void;

/** The used part of the test helper, which has no types. */
interface Helper {
  readonly _events: EventEmitter;
  readonly _redNodes: { setFlows(flow: readonly object[], credentials: object, type: DeployType): Promise<unknown> };
  init(runtimePath: string): void;
  load(nodes: NodeModule | readonly NodeModule[], flow: readonly object[], credentials?: object): Promise<void>;
  setFlows(flow: readonly object[], type: DeployType, credentials?: object): Promise<void>;
  unload(): Promise<void>;
  startServer(): Promise<void>;
  stopServer(): Promise<void>;
  getNode(id: string): Node | undefined;
  request(): AdminApi;
}

/** Node-RED's runtime in this process, of the major version that the tests have chosen. */
export const helper = createRequire(__filename)('node-red-node-test-helper') as Helper;
helper.init(join(dirname(nodeRedHome().red), 'lib/red.js'));

/** Resolves when the next deploy has started its flows: Node-RED answers a deploy before that. */
function flowsStarted(): Promise<void> {
  return new Promise((resolve) => {
    helper._events.once('flows:started', () => {
      resolve();
    });
  });
}

const setFlows = helper.setFlows.bind(helper);
// The helper gives a deploy 300 ms; here the time limit of the test applies.
helper.setFlows = async (flow, type, credentials) => {
  const started = flowsStarted();
  await setFlows(flow, type, credentials).catch((error: unknown) => {
    if (!String(error).includes('timeout waiting event')) throw error;
  });
  await started;
};

const load = helper.load.bind(helper);
let isLoaded = false;
helper.load = async (...given) => {
  isLoaded = true;
  await load(...given);
};

/**
 * Removes all nodes before the runtime is emptied: a node that is only stopped leaves its data of meters to the next
 * node with its id, which belongs to another test. Ends virtual time.
 */
export async function removeAllNodes(): Promise<void> {
  realTime();
  if (!isLoaded) return;
  isLoaded = false;
  const started = flowsStarted();
  await helper._redNodes.setFlows([], {}, 'full');
  await started;
  await helper.unload();
}
