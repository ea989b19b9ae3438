// Writes the catalogues of the nodes to the folder given: those of nodes/locales, and the English texts of the errors,
// which the command line uses as well.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_TEXTS, nodeErrorText } from '../../src/error-texts/index.js';

const locales = join(__dirname, '../../nodes/locales');

/** The texts of the errors in the English catalogue, by code. */
export const ENGLISH_ERRORS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ERROR_TEXTS).map(([name, text]) => [name, nodeErrorText(text)]),
);

export function writeCatalogues(folder: string): void {
  cpSync(locales, folder, { recursive: true });
  const path = join(folder, 'en-US/mep-config.json');
  const catalogue = JSON.parse(readFileSync(path, 'utf8')) as object;
  writeFileSync(path, `${JSON.stringify({ ...catalogue, errors: ENGLISH_ERRORS }, null, 2)}\n`);
}

const [, script, folder] = process.argv;
if (script === __filename && folder !== undefined) writeCatalogues(folder);
