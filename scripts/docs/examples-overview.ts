// Writes docs/EXAMPLES.md from the example flows.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLE_FILES, readExample } from '../../test/support/node-red/examples.js';
import { examplesMarkdown } from './examples-markdown.js';

const flows = new Map(EXAMPLE_FILES.map((file) => [file.replace(/\.json$/, ''), readExample(file)]));
writeFileSync(join(__dirname, '../../docs/EXAMPLES.md'), examplesMarkdown(flows));
