import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTable, searchTables } from '../../../editor/tables.js';
import { CATALOGUE } from '../../../src/tables/index.js';

const root = join(__dirname, '../../..');
const namesFor = (text: string): string[] => searchTables(CATALOGUE, text).map(({ name }) => name);

describe('The search for a table in the editor', () => {
  for (const [text, first] of [
    ['bt28', 'BT28'],
    ['BT2', 'BT20'],
    ['28', 'BT28'],
    ['3', 'BT03'],
    ['2051', 'ET03'],
    ['0x803', 'ET03'],
    ['clock', 'BT52'],
    ['present register data', 'BT28'],
    ['SELF-READ', 'BT26'],
    ['serial number', 'ET03'],
    ['  voltage   frequency ', 'BT28'],
  ] as const) {
    it(`finds ${first} first for "${text}"`, () => {
      assert.equal(namesFor(text)[0], first);
    });
  }

  it('finds only what every word fits', () => {
    const found = searchTables(CATALOGUE, 'energy season');
    assert.ok(found.length > 0 && found.length < CATALOGUE.length);
    for (const { title, summary } of found) assert.match(`${title} ${summary}`, /season/i);
    assert.deepEqual(namesFor('zebra'), []);
    assert.deepEqual(namesFor('clock zebra'), []);
  });

  it('takes what is typed for a text, whatever characters it has', () => {
    for (const text of ['(', '[a', '\\', '.*', '$&']) assert.ok(Array.isArray(namesFor(text)));
    assert.deepEqual(namesFor('.*'), []);
  });

  it('shows all tables where nothing is typed, and behind one that is already chosen', () => {
    const all = CATALOGUE.map(({ name }) => name);
    assert.deepEqual(namesFor(''), all);
    assert.deepEqual(namesFor(' bt28 '), ['BT28', ...all.filter((name) => name !== 'BT28')]);
  });

  it('knows what a field of a dialog may hold', () => {
    for (const value of ['', 'BT28', 'et03', '${TABLE}']) assert.equal(isTable(value), true, value);
    for (const value of ['clock', 'BT', 'XT28', '28', 'BT28 ']) assert.equal(isTable(value), false, value);
  });

  it('has words for every key a table can ask for', () => {
    const { 'mep-config': words } = JSON.parse(
      readFileSync(join(root, 'nodes/locales/en-US/mep-config.json'), 'utf8'),
    ) as { 'mep-config': { tables: Record<string, string> } };
    for (const { read } of CATALOGUE) assert.ok(words.tables[`read-${read}`], read);
    assert.ok(words.tables['unknown']);
  });
});
