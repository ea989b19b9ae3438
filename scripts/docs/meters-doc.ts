// Writes docs/METERS.md from the fixtures.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { metersMarkdown } from './meters-markdown.js';
import { tableFixtures } from './table-fixtures.js';

const file = join(__dirname, '../../docs/METERS.md');
const fixtures = tableFixtures();
writeFileSync(file, metersMarkdown(fixtures));
process.stdout.write(`${file}: ${fixtures.length} fixtures\n`);
