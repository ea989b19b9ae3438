// Writes docs/nodes/*.md from the help of the nodes.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodePages } from './nodes-markdown.js';

const root = join(__dirname, '../..');
const folder = join(root, 'docs/nodes');
const pages = nodePages(root);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [file, page] of pages) writeFileSync(join(folder, file), page);
process.stdout.write(`${folder}: ${pages.size} pages\n`);
