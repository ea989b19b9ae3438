import type { Node, NodeAPI, NodeStatus as ShownStatus, NodeStatusFill, NodeStatusShape } from 'node-red';
import type { MeterState } from '../../src/internal.js';
import { textName } from './errors.js';
import { sharedKey, statusText, textFrom, type TextParams } from './texts.js';

/** The status below a node. One that is shown already is not sent once more to every editor and Status node. */
export class NodeStatus {
  readonly #RED: NodeAPI;
  readonly #node: Node;
  #shown = '';

  constructor(RED: NodeAPI, node: Node) {
    this.#RED = RED;
    this.#node = node;
  }

  /**
   * Shows a short text, of at most 20 characters.
   * @param key `<type>.status.<name>`, or a key of another catalogue with its prefix (`node-red:common.status.connected`).
   *   Without `params` the editor translates it into the language of its user; with them the runtime does.
   */
  show(fill: NodeStatusFill, shape: NodeStatusShape, key: string, params?: TextParams): void {
    this.#set({ fill, shape, text: params ? statusText(key, textFrom(this.#RED, key, params)) : key });
  }

  /** Shows an error: a red ring and the few words that the shared catalogue has for it. */
  showError(error: unknown): void {
    this.show('red', 'ring', sharedKey(`status.${textName(error)}`));
  }

  /** Shows the state of the connection that the node uses; `error` is the reason where it is not open. */
  showConnection(state: MeterState, error: Error | undefined): void {
    if (error) this.showError(error);
    else if (state === 'online') this.show('green', 'ring', 'node-red:common.status.connected');
    else if (state === 'connecting') this.show('yellow', 'ring', 'node-red:common.status.connecting');
    else this.show('grey', 'ring', sharedKey('status.closed'));
  }

  #set(status: ShownStatus): void {
    const text = JSON.stringify(status);
    if (this.#shown === text) return;
    this.#shown = text;
    this.#node.status(status);
  }
}
