import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROBE_NOTICES } from '../../../src/connect/index.js';
import * as errors from '../../../src/errors.js';
import { editorTemplate } from '../../../scripts/build/editor-pages.js';
import { UNEXPECTED } from '../../../nodes/lib/errors.js';
import {
  catalogueOf,
  type Catalogue,
  EDITOR_MODULES,
  keysOf,
  LANGUAGES,
  lookUp,
  placeholders,
  SETS,
  sources,
} from '../../support/node-red/texts.js';

const root = join(__dirname, '../../..');
const nodes = join(root, 'nodes');
const resources = join(root, 'resources');
const LONGEST_STATUS = 20;

const codes = [
  ...errors.TRANSPORT_ERROR_CODES,
  ...errors.PROTOCOL_ERROR_CODES,
  ...errors.SECURITY_ERROR_CODES,
  ...errors.DECODE_ERROR_CODES,
  ...errors.USAGE_ERROR_CODES,
  UNEXPECTED,
  'no-connection',
];

/** Long values of common placeholders in statuses. */
const LONGEST: Readonly<Record<string, string>> = {
  table: 'BT28',
  bytes: '220',
  today: '12.3',
  passed: '9999',
  held: '99',
  kept: '99',
};

const filled = (text: string): string => text.replaceAll(/__(\w+?)__/g, (_, name: string) => LONGEST[name] ?? '4');

/** Parts that a translation must not change: numbers, tables and procedures, the keys of a meter, properties of messages. */
const factsOf = (text: string): string[] =>
  [...new Set(text.match(/\b(?:[BE][TP]\d\d|MBK|MAK|RK|OMAK|BEK|ENABLE|TLS|RC4|msg(?:\.\w+)+|\d+)\b/g))].sort();

/** Keys that are composed of several parts; the tests of the node check them. */
const COMPOSED = ['mep-plausibility.held', 'mep-plausibility.accepted', 'mep-alarm.on', 'mep-alarm.off'];

/** A check whether a source contains a key: as a whole, or its beginning, as in `'mep-config.test.' + name`. */
function usedKeys(): (key: string) => boolean {
  const source = sources();
  const beginnings = [...source.matchAll(/((?:[\w-]+\.)+[\w-]+)\.(?:['`]|\$\{)/g)].map(([, beginning]) => beginning!);
  const known = new Set([...beginnings, ...COMPOSED]);
  return (key) => {
    const parts = key.replace(/_(one|other)$/, '').split('.');
    return source.includes(parts.join('.')) || parts.some((_, index) => known.has(parts.slice(0, index).join('.')));
  };
}

describe('Texts of the nodes', () => {
  it('there are nodes to look at', () => {
    assert.ok(SETS.includes('mep-config') && LANGUAGES.includes('en-US'));
  });

  for (const code of codes) {
    it(`${code} has a sentence on what to do, and a status of at most 20 characters`, () => {
      const catalogue = catalogueOf('en-US', 'mep-config');
      const text = lookUp(catalogue, `errors.${code}`);
      assert.equal(typeof text, 'string', 'no sentence');
      assert.ok((text as string).length > 40, 'too short to say what happened and what to check');
      const status = lookUp(catalogue, `status.${code}`);
      assert.equal(typeof status, 'string', 'no status');
      assert.ok((status as string).length <= 20, status as string);
    });
  }

  it('there is advice for everything that a test of a connection notices', () => {
    const notices = lookUp(catalogueOf('en-US', 'mep-config'), 'mep-config.notice') as Catalogue;
    assert.deepEqual(Object.keys(notices).sort(), [...PROBE_NOTICES].sort());
  });

  it('no text is left over from a code that is gone', () => {
    const { errors: sentences } = catalogueOf('en-US', 'mep-config');
    assert.deepEqual(Object.keys(sentences as Catalogue).sort(), [...codes].sort());
  });

  it('every event of ANSI C12.19 has a name, and languages name the same events', () => {
    const names = lookUp(catalogueOf('en-US', 'mep-config'), 'events') as Catalogue;
    for (let event = 0; event <= 23; event++) assert.equal(typeof names[event], 'string', String(event));
    assert.ok(Object.values(names).every((name) => typeof name === 'string' && /^[A-Z]/.test(name)));
    for (const language of LANGUAGES) {
      const own = lookUp(catalogueOf(language, 'mep-config'), 'events') as Catalogue;
      assert.deepEqual(Object.keys(own), Object.keys(names), language);
    }
  });

  it('sentences use only what every error brings', () => {
    for (const text of Object.values(catalogueOf('en-US', 'mep-config')['errors'] as Catalogue)) {
      for (const name of placeholders(text as string)) assert.ok(['detail', 'setting'].includes(name), text as string);
    }
  });

  it('no text has a placeholder in a form that nothing replaces', () => {
    const foreign = LANGUAGES.flatMap((language) =>
      SETS.flatMap((set) => {
        const catalogue = catalogueOf(language, set);
        return keysOf(catalogue).filter((key) => /\{\{|\$\{(?!\w+\})/.test(lookUp(catalogue, key) as string));
      }),
    );
    assert.deepEqual(foreign, []);
  });

  for (const set of SETS) {
    it(`${set}: every key that its dialog and its code use is there`, () => {
      const html = editorTemplate(root, set);
      const code = readFileSync(join(nodes, `${set}.ts`), 'utf8');
      const used = [
        ...[...html.matchAll(/data-i18n="(?:\[\w+\])?([^"]+)"/g)].map(([, key]) => key!),
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

    it(`${set}: every key that its script uses is there`, () => {
      const script = EDITOR_MODULES.get(`editor/nodes/${set}.ts`) ?? '';
      const used = [...script.matchAll(/'(mep-[\w-]+(?:\.[\w-]+)+)'/g)].map(([, key]) => key!);
      assert.ok(used.length > 3, 'nothing found to check');
      assert.deepEqual(
        used.filter((key) => typeof lookUp(catalogueOf('en-US', set), key) !== 'string'),
        [],
      );
    });

    it(`${set}: has help`, () => {
      const help = readFileSync(join(nodes, 'locales/en-US', `${set}.html`), 'utf8');
      assert.match(help, new RegExp(`data-help-name="${set}"`));
    });

    for (const language of LANGUAGES.filter((name) => name !== 'en-US')) {
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

  for (const language of LANGUAGES.filter((name) => name !== 'en-US')) {
    it(`${language}: numbers, tables and keys are those of the English texts`, () => {
      const different = SETS.flatMap((set) => {
        const [english, other] = [catalogueOf('en-US', set), catalogueOf(language, set)];
        return keysOf(english).filter(
          (key) => factsOf(lookUp(other, key) as string).join() !== factsOf(lookUp(english, key) as string).join(),
        );
      });
      assert.deepEqual(different, []);
    });
  }

  it('every key that scripts of the editor share is there', () => {
    const shared = [...EDITOR_MODULES].filter(([file]) => !file.startsWith('editor/nodes/'));
    const used = shared.flatMap(([, script]) => [...script.matchAll(/'(?:[^':]+:)?(mep-config(?:\.[\w-]+)+)'/g)]);
    assert.ok(used.length > 10, 'nothing found to check');
    const catalogue = catalogueOf('en-US', 'mep-config');
    assert.deepEqual(
      used.map(([, key]) => key!).filter((key) => typeof lookUp(catalogue, key) !== 'string'),
      [],
    );
  });

  it('every text is used', () => {
    const isUsed = usedKeys();
    const unused = SETS.flatMap((set) => keysOf(catalogueOf('en-US', set)).map((key) => [set, key] as const)).filter(
      // The texts of errors and events are selected by code and number and checked above.
      ([, key]) => !/^(errors|status|events)\.[\w-]+$/.test(key) && !isUsed(key),
    );
    assert.deepEqual(unused, []);
    assert.equal(isUsed('mep-config.placeholder.neverUsed'), false);
  });

  for (const language of LANGUAGES) {
    it(`${language}: statuses fit below a node`, () => {
      const tooLong = SETS.flatMap((set) => {
        const catalogue = catalogueOf(language, set);
        const statuses = keysOf(catalogue).filter((key) => /(^|\.)status\./.test(key));
        return statuses.map((key) => filled(lookUp(catalogue, key) as string));
      }).filter((text) => text.length > LONGEST_STATUS);
      assert.deepEqual(tooLong, []);
    });

    it(`${language}: there is a catalogue and help for every node`, () => {
      const files = readdirSync(join(nodes, 'locales', language))
        .filter((file) => file !== 'examples.json')
        .sort();
      assert.deepEqual(files, SETS.flatMap((set) => [`${set}.html`, `${set}.json`]).sort());
      for (const set of SETS) {
        const help = readFileSync(join(nodes, 'locales', language, `${set}.html`), 'utf8');
        assert.match(help, new RegExp(`^<script type="text/markdown" data-help-name="${set}">\n\\S`));
      }
    });
  }

  it('pictures of the wiring agree with their texts', () => {
    const texts = catalogueOf('en-US', 'mep-config');
    const found = new Map<string, string>();
    for (const protocol of ['mep', 'optical']) {
      const svg = readFileSync(join(resources, `wiring-${protocol}.svg`), 'utf8');
      found.set(protocol, /aria-label="([^"]+)"/.exec(svg)?.[1] ?? '');
      for (const [, key, text] of svg.matchAll(/data-text="(\w+)"[^>]*>([^<]+)</g)) found.set(key!, text!);
    }
    assert.deepEqual(Object.fromEntries(found), lookUp(texts, 'mep-config.wiring'));
  });
});
