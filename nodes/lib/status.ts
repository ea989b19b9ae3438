import type { Node, NodeAPI, NodeStatus as ShownStatus, NodeStatusFill, NodeStatusShape } from 'node-red';
import type { MeterState } from '../../src/internal.js';
import { textName } from './errors.js';
import { ReadingPace } from './reading-pace.js';
import { sharedKey, statusText, textFrom, type TextParams } from './texts.js';

/** The status below a node. One that is shown already is not sent once more to every editor and Status node. */
export class NodeStatus {
  readonly #RED: NodeAPI;
  readonly #node: Node;
  #shown = '';
  #last: ShownStatus = {};
  #pace: ReadingPace | undefined;
  /** No reading came for so long that none is the present state: what is green is shown in grey. */
  #isStale = false;

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

  /** Follows the readings of the node: when they stop, a green status becomes grey, until the next one. */
  noteReading(msg: Readonly<Record<string, unknown>>): void {
    if (this.#pace === undefined) {
      const pace = new ReadingPace(() => {
        this.#isStale = true;
        this.#set(this.#last);
      });
      this.#node.on('close', () => {
        pace.close();
      });
      this.#pace = pace;
    }
    if (this.#pace.note(msg)) this.#isStale = false;
  }

  #set(given: ShownStatus): void {
    this.#last = given;
    const status: ShownStatus =
      this.#isStale && typeof given === 'object' && given.fill === 'green'
        ? { ...given, fill: 'grey', shape: 'ring' }
        : given;
    const text = JSON.stringify(status);
    if (this.#shown === text) return;
    this.#shown = text;
    this.#node.status(status);
  }
}
