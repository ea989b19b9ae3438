import type { Node, NodeAPI } from 'node-red';
import { UsageError } from '../../src/internal.js';
import { MeterConnection } from './connection.js';

/**
 * The connection of a mep-config node.
 * @param id what a node's `meter` property holds
 * @throws UsageError `bad-setting` (setting `meter`) when none is selected, or it is disabled, deleted or of another kind
 */
export function connectionOf(RED: NodeAPI, id: unknown): MeterConnection {
  const node = typeof id === 'string' ? (RED.nodes.getNode(id) as (Node & { connection?: unknown }) | null) : null;
  if (node?.connection instanceof MeterConnection) return node.connection;
  throw new UsageError('bad-setting', 'There is no connection to a meter', { values: { setting: 'meter' } });
}
