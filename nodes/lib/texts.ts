import type { NodeAPI } from 'node-red';

/** Placeholders of a text: `__table__` in a catalogue is replaced by `params.table`. */
export type TextParams = Readonly<Record<string, string | number>>;

/** Texts that all nodes share stand once, in the catalogue of mep-config; each node file has a namespace of its own. */
const SHARED_CATALOGUE = '@nes-meter/node-red-nes-meter/mep-config';

/** The name of a shared text (`errors.no-answer`) as it is found from every node file and from the editor. */
export function sharedKey(key: string): string {
  return `${SHARED_CATALOGUE}:${key}`;
}

/** A shared text in the language of the runtime. */
export function sharedText(RED: NodeAPI, key: string, params: TextParams = {}): string {
  return RED._(sharedKey(key), params);
}
