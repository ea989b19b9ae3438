/**
 * The formats a user can choose. A new one is a file that exports a `FormatDefinition`, a line here, a line and its settings
 * in the dialog of mep-format, and its name in the language catalogue.
 */
import { fhem, json } from './flat-json/index.js';
import type { FormatDefinition } from './format.js';

export const FORMATS: readonly FormatDefinition[] = [json, fhem];

/** The format of this name; undefined when there is none. */
export function findFormat(name: unknown): FormatDefinition | undefined {
  return FORMATS.find((format) => format.name === name);
}
