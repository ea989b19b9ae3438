import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeAPI } from 'node-red';
import { writeCatalogues } from '../../../scripts/build/catalogues.js';
import { LANGUAGES, SETS } from './texts.js';
import { i18n } from './util.js';

/** Gives the catalogues of our nodes to Node-RED's i18n, under the names that they have there. */
export async function loadCatalogues(): Promise<void> {
  const locales = mkdtempSync(join(tmpdir(), 'nes-meter-locales-'));
  writeCatalogues(locales);
  i18n.init({ lang: 'en-US' });
  for (const set of SETS) {
    await i18n.registerMessageCatalog(`@nes-meter/node-red-nes-meter/${set}`, locales, `${set}.json`);
  }
  await i18n.i.loadLanguages(LANGUAGES);
  rmSync(locales, { recursive: true });
}

/** What the file of a node gets from a Node-RED that runs in a language, as far as texts go. */
export function textsOf(set: string, language: string): NodeAPI {
  const look = (key: string, options?: object): string =>
    i18n._(key.includes(':') ? key : `@nes-meter/node-red-nes-meter/${set}:${key}`, { ...options, lng: language });
  return { _: look } as unknown as NodeAPI;
}
