import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { mayHaveWritten, type WriteOptions } from '../../src/internal.js';
import { connectionOf } from './connection-of.js';
import type { ConnectionUser, MeterConnection } from './connection.js';
import { onClose, onInput, showConnection, showError, toNodeError } from './index.js';
import type { ConfigProperties } from './settings.js';

/** What a node that changes the meter does with a message. */
export type WriteCommand = (
  msg: NodeMessage,
  connection: MeterConnection,
  options: Pick<WriteOptions, 'dryRun' | 'signal'>,
) => Promise<NodeMessage>;

/**
 * Makes a node that changes the meter: only for a message, never by itself, and only where the connection allows it. It
 * says what it would do and does nothing, unless `dryRun` was turned off in its dialog.
 */
export function makeWriterNode(RED: NodeAPI, node: Node, properties: ConfigProperties, command: WriteCommand): void {
  const life = new AbortController();
  const user: ConnectionUser = {
    onState: (state, error) => {
      showConnection(RED, node, state, error);
    },
  };
  let unregister = (): void => undefined;
  try {
    unregister = connectionOf(RED, properties['meter']).register(user);
  } catch (error) {
    showError(RED, node, error);
    node.error(toNodeError(RED, error));
  }
  onInput(RED, node, async (msg, send) => {
    const options = { dryRun: properties['dryRun'] !== false, signal: life.signal };
    try {
      send(await command(msg, connectionOf(RED, properties['meter']), options));
    } catch (error) {
      // A deploy cut off a write. The Catch nodes are gone as well: without a word nobody would know.
      if (life.signal.aborted && mayHaveWritten(error)) node.warn(toNodeError(RED, error));
      throw error;
    }
  });
  onClose(RED, node, () => {
    life.abort();
    unregister();
  });
}
