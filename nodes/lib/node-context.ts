import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { type NodeError, toNodeError } from './errors.js';
import type { ConfigProperties } from './settings.js';
import { NodeStatus } from './status.js';
import { textFrom, type TextParams } from './texts.js';

/** A node of this package in its Node-RED: its settings, its status, its texts and its errors. */
export class NodeContext {
  readonly RED: NodeAPI;
  readonly node: Node;
  /** What its dialog stores. */
  readonly properties: ConfigProperties;
  readonly status: NodeStatus;

  constructor(RED: NodeAPI, node: Node, properties: ConfigProperties) {
    this.RED = RED;
    this.node = node;
    this.properties = properties;
    this.status = new NodeStatus(RED, node);
  }

  /** A text of a catalogue in the language of the runtime, see `textFrom`. */
  text(key: string, params?: TextParams): string {
    return textFrom(this.RED, key, params);
  }

  /** An error with the user's text, for `done` and `node.error`. */
  toNodeError(error: unknown): NodeError {
    return toNodeError(this.RED, error);
  }

  /** Writes an error to the log; the node goes on. */
  warn(error: unknown): void {
    this.node.warn(this.toNodeError(error));
  }

  /**
   * Shows an error below the node and sends it to the Catch nodes.
   * @param msg that the error belongs to
   */
  report(error: unknown, msg?: NodeMessage): void {
    this.status.showError(error);
    this.node.error(this.toNodeError(error), msg);
  }
}
