import type { Node, NodeAPI, NodeStatus, NodeStatusFill, NodeStatusShape } from 'node-red';
import type { MeterState } from '../../src/internal.js';
import { textName } from './errors.js';
import { sharedKey, statusText, textFrom, type TextParams } from './texts.js';

/** What stands below each node: what stands there already is not sent once more to every editor and Status node. */
const shown = new WeakMap<Node, string>();

/**
 * Shows a short text (at most 20 characters) below a node.
 * @param key a key of the node's own catalogue, or of another with its prefix (`node-red:common.status.connected`).
 *   Without `params` the editor translates it into the language of whoever looks; with them the runtime does.
 */
export function showStatus(
  RED: NodeAPI,
  node: Node,
  fill: NodeStatusFill,
  shape: NodeStatusShape,
  key: string,
  params?: TextParams,
): void {
  show(node, { fill, shape, text: params ? statusText(key, textFrom(RED, key, params)) : key });
}

/** Shows an error below a node: a red ring and the few words the shared catalogue has for it. */
export function showError(RED: NodeAPI, node: Node, error: unknown): void {
  showStatus(RED, node, 'red', 'ring', sharedKey(`status.${textName(error)}`));
}

function show(node: Node, status: NodeStatus): void {
  const text = JSON.stringify(status);
  if (shown.get(node) === text) return;
  shown.set(node, text);
  node.status(status);
}

/** Shows how the connection that a node uses is; `error` says why it is not open. */
export function showConnection(RED: NodeAPI, node: Node, state: MeterState, error: Error | undefined): void {
  if (error) showError(RED, node, error);
  else if (state === 'online') showStatus(RED, node, 'green', 'ring', 'node-red:common.status.connected');
  else if (state === 'connecting') showStatus(RED, node, 'yellow', 'ring', 'node-red:common.status.connecting');
  else showStatus(RED, node, 'grey', 'ring', sharedKey('status.closed'));
}
