import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeAPI } from 'node-red';
import { writeCatalogues } from '../../../scripts/build/catalogues.js';
import { LANGUAGES, SETS } from './texts.js';
import { i18n } from './util.js';

/** Loads the catalogues of our nodes into Node-RED's i18n, under their names there. */
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

/** The API that a node file gets from a Node-RED with a language, limited to texts. */
export function textsOf(set: string, language: string): NodeAPI {
  const look = (key: string, options?: object): string =>
    i18n._(key.includes(':') ? key : `@nes-meter/node-red-nes-meter/${set}:${key}`, { ...options, lng: language });
  return { _: look } as unknown as NodeAPI;
}
