import type { NodeContext } from './node-context.js';

/** Writes to a context store that have not ended, by node. */
const pending = new WeakMap<NodeContext, Set<Promise<void>>>();

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

/**
 * Resolves when no write of the node is under way. Node-RED deletes the files of removed nodes right after these have
 * closed. A file that comes back at that moment makes the deletion fail, and then Node-RED starts no flows.
 */
export async function allWritten(context: NodeContext): Promise<void> {
  const writes = pending.get(context);
  while (writes && writes.size > 0) await Promise.all(writes);
}
