// Writes docs/TABLES.md from the descriptions in src/tables.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOGUE } from '../../src/tables/index.js';
import { tablesMarkdown } from './tables-markdown.js';

const file = join(__dirname, '../../docs/TABLES.md');
writeFileSync(file, tablesMarkdown(CATALOGUE));
process.stdout.write(`${file}: ${CATALOGUE.length} tables\n`);
