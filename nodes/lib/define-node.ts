import type { Node, NodeAPI, NodeDef } from 'node-red';
import { NodeContext } from './node-context.js';
import { onInput } from './node-events.js';
import type { ConfigProperties } from './settings.js';

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
