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

/**
 * Words by which people look for nodes of a meter, in each of our languages at once: somebody with an English editor may type
 * a word of their own. Types and labels do not have them.
 */
const SEARCH_WORDS =
  'NES meter energy electricity power OSGP Echelon elmåler måler energi el strøm Stromzähler Zähler Energie Strom elektrisch';

/** Makes the filter of the palette find a node by these words: it looks into this attribute, which is shown nowhere. */
export function findable(type: string): () => void {
  return () => {
    const entry = $(`.red-ui-palette-node[data-palette-type="${type}"]`);
    entry.attr('data-palette-label', `${entry.attr('data-palette-label') ?? ''} ${SEARCH_WORDS}`);
  };
}
