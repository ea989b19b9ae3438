import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tablesMarkdown } from '../../../scripts/docs/tables-markdown.js';
import { CATALOGUE, layoutOf } from '../../../src/tables/index.js';
import {
  array,
  bits,
  bool,
  chars,
  record,
  since,
  table,
  uint,
  uint16,
  uint8,
  when,
} from '../../../src/tables/schema/builders.js';

const sample = table({
  name: 'ET99',
  title: 'Sample | Table',
  summary: 'Something to look at.',
  pages: '1-2',
  read: 'none',
  write: 'MAK',
  since: '3.10',
  needs: ['BT21'],
  fields: [
    bits(1, [bool(0, 'flag'), uint(1, 3, 'choice', { meanings: { 0: 'off', 1: 'on' } })]),
    when('BT21.dateTimeField != 0', chars('note', 5, { description: 'A text.' })),
    array('entries', 'BT21.numberOfTiers', [uint8('kind'), uint16('power', { unit: 'W', divisor: 10 })]),
    record('end', [uint8('total', { erratum: 'Printed twice.' })]),
    since('4.0', uint8('added', { isSecret: true })),
  ],
});

/** The cells of every row that names a field, by its name. */
function rowsOf(page: string): Map<string, string[]> {
  const rows = page
    .split('\n')
    .filter((line) => /^\|.*\| `/.test(line))
    .map((line) => line.split(/(?<!\\)\|/).map((text) => text.trim()));
  return new Map(rows.map((cells) => [cells[2]!.replaceAll('`', ''), cells]));
}

describe('docs/TABLES.md', () => {
  it('equals the descriptions (else: npm run docs)', () => {
    const page = readFileSync(join(__dirname, '../../../docs/TABLES.md'), 'utf8');
    assert.ok(page === tablesMarkdown(CATALOGUE), 'docs/TABLES.md is not current: run npm run docs');
  });

  it('documents the facts of a table that a reader needs', () => {
    const page = tablesMarkdown([sample]);
    assert.match(page, /^\| \[ET99\]\(#et99\) \| Sample \\\| Table \| Something to look at\. \|$/m);
    assert.match(
      page,
      /number 2147 \(0x0863\) · read by anyone · written by MAK \(in non-volatile memory; rate-limited\) · since firmware 3\.10 · laid out by \[BT21\]\(#bt21\) · pages 1-2/,
    );
  });

  it('gives every field its place, type, unit and meaning', () => {
    const rows = rowsOf(tablesMarkdown([sample]));
    const row = (name: string): string[] => rows.get(name)?.slice(1, -1) ?? assert.fail(name);
    assert.deepEqual(row('flag'), ['0', '`flag`', 'bit 0 of 1 byte', '', '']);
    assert.deepEqual(row('choice'), ['0', '`choice`', 'bits 1-3 of 1 byte', '', '0: off; 1: on.']);
    assert.deepEqual(row('note'), [
      '1',
      '`note`',
      'text of 5 characters',
      '',
      'Only if BT21.dateTimeField ≠ 0. A text.',
    ]);
    assert.deepEqual(row('entries[]').slice(0, 3), [
      '1 + [5 if BT21.dateTimeField ≠ 0]',
      '`entries[]`',
      'BT21.numberOfTiers × structure',
    ]);
    assert.deepEqual(row('entries[].power'), ['+1', '`entries[].power`', 'UINT16', 'W', 'On the wire times 10.']);
    assert.equal(row('end')[0], '1 + [5 if BT21.dateTimeField ≠ 0] + 3 × BT21.numberOfTiers');
    assert.equal(row('end.total')[4], '_The guide: Printed twice._');
    assert.equal(row('added')[0], '2 + [5 if BT21.dateTimeField ≠ 0] + 3 × BT21.numberOfTiers');
    assert.equal(row('added')[4], 'Since firmware 4.0. A key: not shown.');
  });

  it('gives a position too long to print relative to the field before it', () => {
    const BT23 = CATALOGUE.filter(({ name }) => name === 'BT23');
    const rows = rowsOf(tablesMarkdown(BT23));
    assert.equal(rows.get('tiers[]')?.[1], 'behind `coincidents[]`');
    assert.equal(rows.get('summations[]')?.[1], '[1 if BT21.demandResetCounter]');
  });

  it('gives the positions where the decoder finds the fields', () => {
    let compared = 0;
    for (const described of CATALOGUE.filter(({ needs }) => needs.length === 0)) {
      const rows = rowsOf(tablesMarkdown([described]));
      const fields = layoutFields(described);
      for (const [name, cells] of rows) {
        const place = fields.get(name);
        if (place === undefined || !/^\d+$/.test(cells[1]!)) continue;
        assert.equal(Number(cells[1]), place.offset, `${described.name} ${name}`);
        compared++;
      }
    }
    assert.ok(compared > 150, `${compared} compared`);
  });

  function layoutFields(described: (typeof CATALOGUE)[number]): ReturnType<typeof layoutOf>['fields'] {
    try {
      return layoutOf(described, {}).fields;
    } catch {
      // A table that holds its own dimensions.
      return new Map();
    }
  }
});
