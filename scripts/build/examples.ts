// Writes the example flows in every language that nodes/locales has texts for into folders beside the English ones,
// where the import dialog of Node-RED finds them.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLE_FOLDERS, type ExampleTexts, type FlowNode, translatedFile } from './translated-examples.js';

const root = join(__dirname, '../..');
const examples = join(root, 'examples');
const names = readdirSync(examples).filter((file) => file.endsWith('.json'));

for (const [language, folder] of Object.entries(EXAMPLE_FOLDERS)) {
  const catalogue = join(root, 'nodes/locales', language, 'examples.json');
  if (!existsSync(catalogue)) continue;
  const texts = JSON.parse(readFileSync(catalogue, 'utf8')) as ExampleTexts;
  rmSync(join(examples, folder), { recursive: true, force: true });
  mkdirSync(join(examples, folder));
  for (const file of names) {
    const flow = JSON.parse(readFileSync(join(examples, file), 'utf8')) as FlowNode[];
    const [name, text] = translatedFile(file.replace(/\.json$/, ''), flow, texts);
    writeFileSync(join(examples, folder, name), text);
  }
}
