import type { NodeMessage, NodeMessageInFlow } from 'node-red';
import { checkLive, checkNotStored, isDecodedReading } from '../../src/internal.js';
import { endWrites, refuseWrites } from './context-writes.js';
import { runInSlices } from './event-loop-slices.js';
import type { NodeContext } from './node-context.js';

/** Sends on what a message led to. */
export type Send = (msg: NodeMessage | (NodeMessage | NodeMessage[] | null)[]) => void;
export type InputHandler = (msg: NodeMessageInFlow, send: Send) => Promise<void> | void;

/** What a node takes. */
export interface InputOptions {
  /** Whether records of mep-history are accepted; the handler then refuses those that it cannot use. */
  readonly acceptsHistory?: boolean;
}

/** How long a node may take to close before Node-RED goes on without it; well below Node-RED's own 15 seconds. */
const CLOSE_LIMIT_MS = 5000;

/**
 * Takes the messages of a node. Whatever the handler does, each message is completed exactly once: an error becomes a red
 * status and goes to Catch nodes with the user's text and its `code`. A rejected promise in an input listener would end the
 * Node-RED process; none can leave this function. A decoded reading that is not live is refused here, for every node.
 */
export function onInput(context: NodeContext, handler: InputHandler, options: InputOptions = {}): void {
  const { node } = context;
  let isClosed = false;
  node.on('close', () => {
    isClosed = true;
  });
  node.on('input', (msg, send, done) => {
    runInSlices(() => {
      if (!isClosed) handleInput(context, handler, { msg, send, done }, options);
    });
  });
}

interface Input {
  readonly msg: NodeMessageInFlow;
  readonly send: Send;
  readonly done: (error?: Error) => void;
}

function handleInput(
  context: NodeContext,
  handler: InputHandler,
  { msg, send, done }: Input,
  { acceptsHistory = false }: InputOptions,
): void {
  const handled = Promise.resolve().then(() => {
    if (isDecodedReading(msg.payload)) (acceptsHistory ? checkNotStored : checkLive)(msg);
    context.status.noteReading(msg);
    return handler(msg, send);
  });
  handled
    .then(
      () => {
        done();
      },
      (error: unknown) => {
        context.status.showError(error);
        done(context.toNodeError(error));
      },
    )
    .catch((error: unknown) => {
      context.warn(error);
    });
}

/**
 * Closes a node: awaited by Node-RED, with what is being written to its context, never longer than `limitMs`, failures logged.
 * @param close gets true when the node was deleted or disabled, false when it is only restarted.
 */
export function onClose(
  context: NodeContext,
  close: (isRemoved: boolean) => Promise<void> | void,
  limitMs = CLOSE_LIMIT_MS,
): void {
  context.node.on('close', (isRemoved: boolean, done: () => void) => {
    let limit: NodeJS.Timeout | undefined;
    const limited = new Promise<void>((resolve) => {
      limit = setTimeout(() => {
        refuseWrites(context);
        resolve();
      }, limitMs);
    });
    const closed = Promise.resolve()
      .then(() => close(isRemoved))
      .catch((error: unknown) => {
        context.warn(error);
      })
      .then(() => endWrites(context));
    void Promise.race([closed, limited]).then(() => {
      clearTimeout(limit);
      done();
    });
  });
}
