import type { NodeAPI } from 'node-red';
import { fillText, type TextValues } from '../../src/internal.js';

/** Placeholders of a text: `__table__` in a catalogue is replaced by `params.table`. */
export type TextParams = TextValues;

/** Texts that all nodes share are in the catalogue of mep-config; each node file has a namespace of its own. */
const SHARED_CATALOGUE = '@nes-meter/node-red-nes-meter/mep-config';

/** The name of a shared text (`errors.no-answer`) as it is found from every node file and from the editor. */
export function sharedKey(key: string): string {
  return `${SHARED_CATALOGUE}:${key}`;
}

/** i18next's own option for a text as it is in the catalogue; any value but zero works. */
const LOOK_UP_ONLY = { skipInterpolation: 1 } as const;

/**
 * A text of a catalogue in the language of the runtime, with its values put in: the one way to every text of a node.
 * Node-RED's i18n only looks the text up. It must not see a value: in one it would interpret `__x__` and `$t(`, the latter
 * in a time that doubles with each letter behind it.
 * @param key of the node's own catalogue, or of another with its prefix
 * @param params `count` chooses between singular and plural
 */
export function textFrom(RED: NodeAPI, key: string, params: TextParams = {}): string {
  const { count } = params;
  const template = RED._(key, { ...LOOK_UP_ONLY, ...(typeof count === 'number' && { count }) });
  return fillText(template, params);
}

/** A shared text in the language of the runtime. */
export function sharedText(RED: NodeAPI, key: string, params: TextParams = {}): string {
  return textFrom(RED, sharedKey(key), params);
}

/** The editor takes such a text below a node for the name of a text. */
const LOOKED_UP = /^[@a-zA-Z]/;
/** What the editor's i18n has a meaning for. */
const INTERPRETED = /[$:_]/;

/**
 * A text with its values as it may be shown below a node. The editor of every open browser looks up a status that begins
 * with a letter, and interprets it where there is no such text; a blank before it keeps it from that and is not seen.
 * @param key of the text; a text that no catalogue has is left to the editor under its key
 */
export function statusText(key: string, text: string): string {
  // The blanks of a sentence of our catalogues cannot be in the name of a text.
  const isPlainSentence = text.includes(' ') && !INTERPRETED.test(text);
  const isHarmless = text === key || !LOOKED_UP.test(text) || isPlainSentence;
  return isHarmless ? text : ` ${text}`;
}
