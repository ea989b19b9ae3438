/** Labels in the editor. */
import type { EditorNode } from './red.js';

/** A constant label. */
export function text(key: string): (this: EditorNode) => string {
  return function () {
    return this._(key);
  };
}

/** The name that the user gave a node, else a default. */
export function nameOr(key: string): (this: EditorNode) => string {
  return function () {
    return this.name || this._(key);
  };
}

/** Names are in italics, as Node-RED's own nodes show them. */
export function labelStyle(this: EditorNode): string {
  return this.name ? 'node_label_italic' : '';
}
