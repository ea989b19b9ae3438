import type { NodeMessage } from 'node-red';
import { checkNotStored, mayHaveWritten, type WriteOptions } from '../../src/internal.js';
import { connectionOf } from './connection-of.js';
import type { ConnectionUser, MeterConnection } from './connection.js';
import { type NodeContext, onClose, onInput } from './index.js';

/** What a node that changes the meter does with a message. */
export type WriteCommand = (
  msg: NodeMessage,
  connection: MeterConnection,
  options: Pick<WriteOptions, 'dryRun' | 'signal'>,
) => Promise<NodeMessage>;

/**
 * Starts a node that changes the meter: only for a message, never by itself, and only where the connection allows it. It
 * reports what it would do and does nothing, unless `dryRun` was turned off in its dialog. A message that a broker had
 * retained is refused (`stored-message`): it comes again at each start.
 * @throws UsageError `bad-setting` where the node has no connection
 */
export function startWriter(context: NodeContext, command: WriteCommand): void {
  const { properties, status } = context;
  const life = new AbortController();
  const user: ConnectionUser = {
    onState: (state, error) => {
      status.showConnection(state, error);
    },
  };
  const unregister = connectionOf(context.RED, properties['meter']).register(user);
  onInput(context, async (msg, send) => {
    checkNotStored(msg);
    const options = { dryRun: properties['dryRun'] !== false, signal: life.signal };
    try {
      send(await command(msg, connectionOf(context.RED, properties['meter']), options));
    } catch (error) {
      // A deploy ended a write whose outcome is unknown. The Catch nodes are gone as well, so it goes to the log.
      if (life.signal.aborted && mayHaveWritten(error)) context.warn(error);
      throw error;
    }
  });
  onClose(context, () => {
    life.abort();
    unregister();
  });
}
