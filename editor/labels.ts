/** Labels that all nodes have. */
import type { EditorNode } from './red.js';

/** A label that is always this text. */
export function text(key: string): (this: EditorNode) => string {
  return function () {
    return this._(key);
  };
}

/** The name that the user gave a node, else this text. */
export function nameOr(key: string): (this: EditorNode) => string {
  return function () {
    return this.name || this._(key);
  };
}

/** A name is in italics, as it is with the nodes of Node-RED. */
export function labelStyle(this: EditorNode): string {
  return this.name ? 'node_label_italic' : '';
}
