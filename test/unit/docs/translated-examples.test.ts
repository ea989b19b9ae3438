import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  EXAMPLE_FOLDERS,
  type ExampleTexts,
  type FlowNode,
  leftEdgeOf,
  textsOf,
  translateFlow,
} from '../../../scripts/build/translated-examples.js';

/** The version that Node-RED depends on. */
const jsonata = createRequire(require.resolve('node-red/package.json'))('jsonata') as (expression: string) => {
  evaluate(input: object): Promise<unknown>;
};
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
      { id: 'a', type: 'comment', name: 'Hello', info: 'Two\nlines', x: 100 },
      { id: 'b', type: 'inject', name: '', topic: 'Hello', payload: '[1, 2]' },
    ];
    assert.deepEqual(translateFlow(flow, { Hello: 'Hallo', 'Two\nlines': 'To\nlinjer' }), [
      { id: 'a', type: 'comment', name: 'Hallo', info: 'To\nlinjer', x: 100 },
      { id: 'b', type: 'inject', name: '', topic: 'Hello', payload: '[1, 2]' },
    ]);
  });

  it('begin where the English ones do, which is on the canvas', () => {
    const about = { id: 'a', type: 'comment', name: 'Short', x: 200 };
    const [translated] = translateFlow([about], { Short: 'By no means as short as that' });
    assert.ok(Number(translated?.['x']) > about.x);
    assert.ok(Math.abs(leftEdgeOf(translated!) - leftEdgeOf(about)) <= 1);
    for (const name of names) {
      const comments = flowOf(name).filter(({ type }) => type === 'comment');
      assert.notEqual(comments.length, 0, name);
      for (const comment of comments) assert.ok(leftEdgeOf(comment) >= 0, `${name}: ${leftEdgeOf(comment)}`);
    }
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

    it(`${folder}: pages and groups of a dashboard are called by the names they have`, () => {
      const flow = translateFlow(flowOf('10-dashboard'), texts);
      const namesOf = (type: string): unknown[] => flow.filter((node) => node['type'] === type).map(({ name }) => name);
      const called = flow
        .filter(({ type }) => type === 'change')
        .flatMap(({ rules }) => rules as { to: string; tot: string }[])
        .filter(({ tot }) => tot === 'json')
        .flatMap(({ to }) => Object.values((JSON.parse(to) as { groups: Record<string, string[]> }).groups).flat());
      assert.equal(called.length, 4);
      for (const [page, group] of called.map((name) => name.split(':'))) {
        assert.ok(namesOf('ui-page').includes(page), page);
        assert.ok(namesOf('ui-group').includes(group), group);
      }
    });

    it(`${folder}: numbers on the dashboard have a decimal comma`, async () => {
      const shown = (name: string, payload: object): Promise<unknown> => {
        const text = translateFlow(flowOf('10-dashboard'), texts).find(({ id }) => id === name);
        return jsonata(String(text?.['value'])).evaluate({ payload });
      };
      assert.equal(await shown('nes10_total', { activePower: 2472 }), '2472 W');
      assert.equal(await shown('nes10_v1', { voltageL1: 230.04 }), '230,0 V');
      assert.equal(await shown('nes10_f', { frequency: 49.987 }), '49,99 Hz');
      assert.equal(await shown('nes10_e1', { activeEnergyImportToday: 1234.5 }), '1234,5 kWh');
      assert.equal(await shown('nes10_e1', { activeEnergyImportToday: null }), '–');
    });
  }
});
