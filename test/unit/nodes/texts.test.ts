import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as errors from '../../../src/errors.js';
import { UNEXPECTED } from '../../../nodes/lib/errors.js';

type Catalogue = { readonly [key: string]: string | Catalogue };

const nodes = join(__dirname, '../../../nodes');
const catalogueOf = (language: string, name: string): Catalogue =>
  JSON.parse(readFileSync(join(nodes, 'locales', language, `${name}.json`), 'utf8')) as Catalogue;
const languages = readdirSync(join(nodes, 'locales'));
const sets = readdirSync(nodes)
  .filter((name) => name.endsWith('.html'))
  .map((name) => name.replace('.html', ''));

const codes = [
  ...errors.TRANSPORT_ERROR_CODES,
  ...errors.PROTOCOL_ERROR_CODES,
  ...errors.SECURITY_ERROR_CODES,
  ...errors.DECODE_ERROR_CODES,
  ...errors.USAGE_ERROR_CODES,
  UNEXPECTED,
  'no-connection',
];

function lookUp(catalogue: Catalogue, key: string): unknown {
  return key.split('.').reduce<unknown>((branch, name) => (branch as Catalogue | undefined)?.[name], catalogue);
}

function keysOf(catalogue: Catalogue, prefix = ''): string[] {
  return Object.entries(catalogue).flatMap(([key, value]) =>
    typeof value === 'string' ? [prefix + key] : keysOf(value, `${prefix}${key}.`),
  );
}

const placeholders = (text: string): string[] => [...text.matchAll(/__(\w+?)__/g)].map(([, name]) => name!).sort();

describe('Texts of the nodes', () => {
  it('there are nodes to look at', () => {
    assert.ok(sets.includes('mep-config') && languages.includes('en-US'));
  });

  for (const code of codes) {
    it(`${code} has a sentence that says what to do, and a status of at most 20 characters`, () => {
      const catalogue = catalogueOf('en-US', 'mep-config');
      const text = lookUp(catalogue, `errors.${code}`);
      assert.equal(typeof text, 'string', 'no sentence');
      assert.ok((text as string).length > 40, 'too short to say what happened and what to check');
      const status = lookUp(catalogue, `status.${code}`);
      assert.equal(typeof status, 'string', 'no status');
      assert.ok((status as string).length <= 20, status as string);
    });
  }

  it('no text is left over from a code that is gone', () => {
    const { errors: sentences } = catalogueOf('en-US', 'mep-config');
    assert.deepEqual(Object.keys(sentences as Catalogue).sort(), [...codes].sort());
  });

  it('sentences use only what every error brings', () => {
    for (const text of Object.values(catalogueOf('en-US', 'mep-config')['errors'] as Catalogue)) {
      for (const name of placeholders(text as string)) assert.ok(['detail', 'setting'].includes(name), text as string);
    }
  });

  for (const set of sets) {
    it(`${set}: every key that its dialog and its code use is there`, () => {
      const html = readFileSync(join(nodes, `${set}.html`), 'utf8');
      const code = readFileSync(join(nodes, `${set}.ts`), 'utf8');
      const used = [
        ...[...html.matchAll(/data-i18n="(?:\[\w+\])?([^"]+)"/g)].map(([, key]) => key!),
        ...[...html.matchAll(/(?:\._|\bsay)\(\s*'([^'+]+)'\s*[,)]/g)].map(([, key]) => key!.split(':').at(-1)!),
        ...[...code.matchAll(/'(status\.[\w.-]+)'/g)].map(([, key]) => key!),
      ].filter((key) => !key.startsWith('node-red:'));
      assert.ok(used.length > 3, 'nothing found to check');
      const own = catalogueOf('en-US', set);
      const shared = catalogueOf('en-US', 'mep-config');
      const isThere = (key: string): boolean =>
        [own, shared].some((catalogue) =>
          [key, `${key}_other`].some((name) => typeof lookUp(catalogue, name) === 'string'),
        );
      assert.deepEqual(
        used.filter((key) => !isThere(key)),
        [],
      );
    });

    it(`${set}: has help`, () => {
      const help = readFileSync(join(nodes, 'locales/en-US', `${set}.html`), 'utf8');
      assert.match(help, new RegExp(`data-help-name="${set}"`));
    });

    for (const language of languages.filter((name) => name !== 'en-US')) {
      it(`${set}: ${language} has the same keys and placeholders as English`, () => {
        const english = catalogueOf('en-US', set);
        const other = catalogueOf(language, set);
        assert.deepEqual(keysOf(other).sort(), keysOf(english).sort());
        for (const key of keysOf(english)) {
          assert.deepEqual(
            placeholders(lookUp(other, key) as string),
            placeholders(lookUp(english, key) as string),
            key,
          );
        }
      });
    }
  }
});
