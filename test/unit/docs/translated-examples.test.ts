import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  EXAMPLE_FOLDERS,
  type ExampleTexts,
  type FlowNode,
  textsOf,
  translatedFile,
  translateFlow,
} from '../../../scripts/translated-examples.js';

const root = join(__dirname, '../../..');
const examples = join(root, 'examples');
const names = readdirSync(examples)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace(/\.json$/, ''));
const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const flowOf = (name: string): FlowNode[] => read(join(examples, `${name}.json`)) as FlowNode[];

describe('Example flows in other languages', () => {
  it('exchange what people read and nothing else', () => {
    const flow = [
      { id: 'a', type: 'comment', name: 'Hello', info: 'Two\nlines', x: 10 },
      { id: 'b', type: 'inject', name: '', topic: 'Hello', payload: '[1, 2]' },
    ];
    assert.deepEqual(translateFlow(flow, { Hello: 'Hej', 'Two\nlines': 'To\nlinjer' }), [
      { id: 'a', type: 'comment', name: 'Hej', info: 'To\nlinjer', x: 10 },
      { id: 'b', type: 'inject', name: '', topic: 'Hello', payload: '[1, 2]' },
    ]);
  });

  for (const [language, folder] of Object.entries(EXAMPLE_FOLDERS)) {
    const catalogue = join(root, 'nodes/locales', language, 'examples.json');
    if (!existsSync(catalogue)) continue;
    const texts = read(catalogue) as ExampleTexts;
    const used = new Set(names.flatMap((name) => [name, ...textsOf(flowOf(name))]));

    it(`${folder}: no text is missing`, () => {
      assert.deepEqual(
        [...used].filter((text) => texts[text] === undefined),
        [],
      );
    });

    it(`${folder}: no text is left over`, () => {
      assert.deepEqual(
        Object.keys(texts).filter((text) => !used.has(text)),
        [],
      );
    });

    it(`${folder}: is what the texts say: if not, run npm run docs`, () => {
      const expected = new Map(names.map((name) => translatedFile(name, flowOf(name), texts)));
      assert.deepEqual(readdirSync(join(examples, folder)).sort(), [...expected.keys()].sort());
      for (const [file, text] of expected) {
        assert.ok(readFileSync(join(examples, folder, file), 'utf8') === text, `${file} is not current`);
      }
    });
  }
});
