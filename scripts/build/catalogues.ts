// Writes the catalogues of the nodes to the folder given: those of nodes/locales, and the English texts of errors and
// events, which the command line uses as well.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_TEXTS, nodeErrorText } from '../../src/error-texts/index.js';
import { EVENT_TEXTS } from '../../src/history/index.js';

const locales = join(__dirname, '../../nodes/locales');

/** The texts of the errors in the English catalogue, by code. */
const ENGLISH_ERRORS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ERROR_TEXTS).map(([name, text]) => [name, nodeErrorText(text)]),
);

/** What the English catalogue of mep-config has beside the texts in nodes/locales. */
export const ENGLISH_SHARED = { errors: ENGLISH_ERRORS, events: EVENT_TEXTS } as const;

export function writeCatalogues(folder: string): void {
  cpSync(locales, folder, { recursive: true });
  const path = join(folder, 'en-US/mep-config.json');
  const catalogue = JSON.parse(readFileSync(path, 'utf8')) as object;
  writeFileSync(path, `${JSON.stringify({ ...catalogue, ...ENGLISH_SHARED }, null, 2)}\n`);
}

const [, script, folder] = process.argv;
if (script === __filename && folder !== undefined) writeCatalogues(folder);
