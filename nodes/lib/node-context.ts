import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { type NodeError, toNodeError } from './errors.js';
import { onInput } from './node-events.js';
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

/**
 * Registers a type of node. A node whose settings cannot be used reports that at once and for every message: one that throws
 * while it is created would be missing from the flow without a report.
 * @param start makes a node work; may throw
 */
export function defineNode(RED: NodeAPI, type: string, start: (context: NodeContext) => void): void {
  function PackageNode(this: Node, properties: NodeDef & ConfigProperties): void {
    RED.nodes.createNode(this, properties);
    const context = new NodeContext(RED, this, properties);
    try {
      start(context);
    } catch (error) {
      context.report(error);
      onInput(context, () => {
        throw error;
      });
    }
  }
  RED.nodes.registerType(type, PackageNode);
}
