import type { Node, NodeAPI, NodeMessage, NodeMessageInFlow } from 'node-red';
import { checkLive, isDecodedReading } from '../../src/internal.js';
import { toNodeError } from './errors.js';
import { runFairly } from './fair-turns.js';
import { showError } from './status.js';

/** Sends on what a message led to. */
export type Send = (msg: NodeMessage | (NodeMessage | NodeMessage[] | null)[]) => void;
export type InputHandler = (msg: NodeMessageInFlow, send: Send) => Promise<void> | void;

/** How long a node may take to close before Node-RED goes on without it; well below Node-RED's own 15 seconds. */
const CLOSE_LIMIT_MS = 5000;

/**
 * The one way a node of this package takes messages. Whatever the handler does, the message is completed exactly once:
 * an error becomes a red status and goes to Catch nodes with the user's text and its `code`. A rejected promise in an
 * input listener would end the Node-RED process; none can leave this function. A decoded reading that is not live is
 * refused here, for every node.
 */
export function onInput(RED: NodeAPI, node: Node, handler: InputHandler): void {
  let isClosed = false;
  node.on('close', () => {
    isClosed = true;
  });
  node.on('input', (msg, send, done) => {
    runFairly(() => {
      if (!isClosed) handleInput(RED, node, handler, { msg, send, done });
    });
  });
}

interface Input {
  readonly msg: NodeMessageInFlow;
  readonly send: Send;
  readonly done: (error?: Error) => void;
}

function handleInput(RED: NodeAPI, node: Node, handler: InputHandler, { msg, send, done }: Input): void {
  const handled = Promise.resolve().then(() => {
    if (isDecodedReading(msg.payload)) checkLive(msg);
    return handler(msg, send);
  });
  handled
    .then(
      () => {
        done();
      },
      (error: unknown) => {
        showError(RED, node, error);
        done(toNodeError(RED, error));
      },
    )
    .catch((error: unknown) => {
      node.warn(toNodeError(RED, error));
    });
}

/**
 * The one way a node of this package closes: awaited by Node-RED, never longer than `limitMs`, failures logged.
 * @param close gets true when the node was deleted or disabled, false when it is only restarted.
 */
export function onClose(
  RED: NodeAPI,
  node: Node,
  close: (removed: boolean) => Promise<void> | void,
  limitMs = CLOSE_LIMIT_MS,
): void {
  node.on('close', (removed: boolean, done: () => void) => {
    let limit: NodeJS.Timeout | undefined;
    const limited = new Promise<void>((resolve) => {
      limit = setTimeout(resolve, limitMs);
    });
    const closed = Promise.resolve()
      .then(() => close(removed))
      .catch((error: unknown) => {
        node.warn(toNodeError(RED, error));
      });
    void Promise.race([closed, limited]).then(() => {
      clearTimeout(limit);
      done();
    });
  });
}

/**
 * Starts a node whose settings may be impossible. Then it says so at once, and to every message that comes in: a node that
 * throws while it is made would be missing from the flow without a word.
 */
export function startOrTell(RED: NodeAPI, node: Node, start: () => void): void {
  try {
    start();
  } catch (error) {
    showError(RED, node, error);
    node.error(toNodeError(RED, error));
    onInput(RED, node, () => {
      throw error;
    });
  }
}
