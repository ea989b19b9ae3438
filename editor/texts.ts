/** Texts of the editor with values in them: what nodes/lib/texts.ts is for the runtime. */
import { fillText, type TextValues } from '../src/texts.js';
import type { EditorNode } from './red.js';

/** Looks up a text by its key and puts in values by placeholder. */
export type Texts = (key: string, values?: TextValues) => string;

/** i18next's own option for a text as it is in the catalogue; what counts is that it is not zero. */
const LOOK_UP_ONLY = { skipInterpolation: 1 } as const;

/** The texts of a node. The editor's i18n only looks them up: in a value it would interpret `__x__` and `$t(`. */
export function textsOf(node: Pick<EditorNode, '_'>): Texts {
  return (key, values = {}) => fillText(node._(key, LOOK_UP_ONLY), values);
}
