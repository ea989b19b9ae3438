/** Texts of the editor with inserted values: the counterpart of nodes/lib/texts.ts. */
import { fillText, type TextValues } from '../src/texts.js';
import type { EditorNode } from './red.js';

/** Looks up a text by its key and inserts values by placeholder. */
export type Texts = (key: string, values?: TextValues) => string;

/** An i18next option that returns a text as it is in the catalogue; any value except zero has this effect. */
const LOOK_UP_ONLY = { skipInterpolation: 1 } as const;

/** The texts of a node. The editor's i18n only looks them up: in values it would interpret `__x__` and `$t(`. */
export function textsOf(node: Pick<EditorNode, '_'>): Texts {
  return (key, values = {}) => fillText(node._(key, LOOK_UP_ONLY), values);
}
