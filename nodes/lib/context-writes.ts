import type { NodeContext } from './node-context.js';

/** Writes to a context store that have not ended, by node. */
const pending = new WeakMap<NodeContext, Set<Promise<void>>>();

/** Nodes that have closed. */
const closed = new WeakSet<NodeContext>();

/**
 * Whether a node may still write. Work on a message can end after the node has closed: what it wrote then would replace what
 * the new node with this id has, or bring back the file of a removed node.
 */
export function mayWrite(context: NodeContext): boolean {
  return !closed.has(context);
}

/**
 * Notes a write to a context store, which is awaited when the node closes.
 * @param write must not fail
 */
export function noteWrite(context: NodeContext, write: Promise<void>): void {
  const writes = pending.get(context) ?? new Set();
  pending.set(context, writes);
  writes.add(write);
  void write.then(() => writes.delete(write));
}

/** From now on the node writes nothing. */
export function refuseWrites(context: NodeContext): void {
  closed.add(context);
}

/**
 * Ends the writes of a node that closes: resolves when none is under way, and none can begin any more. Node-RED deletes the
 * files of removed nodes right after these have closed. A file that comes back at that moment makes the deletion fail, and
 * then Node-RED starts no flows, not even in the deploys that follow.
 */
export async function endWrites(context: NodeContext): Promise<void> {
  const writes = pending.get(context);
  while (writes && writes.size > 0) await Promise.all(writes);
  refuseWrites(context);
}
