import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleSection, examplesMarkdown } from '../../../scripts/docs/examples-markdown.js';
import { EXAMPLE_FILES, readExample } from '../../support/node-red/examples.js';

const docs = join(__dirname, '../../../docs');
const text = readFileSync(join(docs, 'EXAMPLES.md'), 'utf8');

describe('docs/EXAMPLES.md', () => {
  it('describes each example as the example does (else: npm run docs)', () => {
    const named = EXAMPLE_FILES.map((file) => file.replace(/\.json$/, '')).filter((name) => text.includes(`## ${name}\n`));
    assert.ok(named.length >= 15);
    for (const name of named) assert.ok(text.includes(exampleSection(name, readExample(`${name}.json`))), name);
  });

  it('shows pictures that are there', () => {
    const pictures = [...text.matchAll(/\]\((images\/[^)]+)\)/g)].map(([, path]) => path ?? '');
    assert.ok(pictures.length >= 15);
    for (const path of pictures) assert.ok(existsSync(join(docs, path)), path);
  });

  it('goes by the numbers of the examples', () => {
    const flow = [{ type: 'comment', name: 'About', info: 'How' }];
    const flows = new Map(['10-b', '2-a'].map((name) => [name, flow]));
    assert.deepEqual(examplesMarkdown(flows).match(/^## .*$/gm), ['## 2-a', '## 10-b']);
    assert.equal(exampleSection('2-a', flow), '## 2-a\n\nAbout\n\nHow\n');
  });
});
