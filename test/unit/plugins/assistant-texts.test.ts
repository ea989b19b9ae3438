import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DESTINATIONS } from '../../../editor/assistant/destinations.js';
import {
  type Catalogue,
  catalogueOf,
  EDITOR_MODULES,
  keysOf,
  LANGUAGES,
  lookUp,
  placeholders,
} from '../../support/node-red/texts.js';

const root = join(__dirname, '../../..');
const textsOf = (language: string): Catalogue =>
  JSON.parse(readFileSync(join(root, 'plugins/locales', language, 'nes-meter-assistant.json'), 'utf8')) as Catalogue;

const ENGLISH = textsOf('en-US');
const SCRIPTS = [...EDITOR_MODULES].filter(([file]) => /^editor\/(assistant|plugins)\//.test(file));

/** The keys in calls of one function; a part that is computed is `*`. */
function keysIn(call: string): string[] {
  return SCRIPTS.flatMap(([, source]) =>
    [...source.matchAll(new RegExp(`\\b${call}\\(\\s*(?:'([^']+)'|\`([^\`]+)\`)`, 'g'))].map(([, plain, template]) =>
      (plain ?? template ?? '').replaceAll(/\$\{[^}]*\}/g, '*'),
    ),
  );
}

const fits = (pattern: string, key: string): boolean =>
  new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[\\w-]+')}$`).test(key);

describe('The texts of the assistant', () => {
  it('are there in every language, with the same placeholders', () => {
    for (const language of LANGUAGES) {
      const own = textsOf(language);
      assert.deepEqual(keysOf(own), keysOf(ENGLISH), language);
      for (const key of keysOf(ENGLISH)) {
        const [text, english] = [lookUp(own, key), lookUp(ENGLISH, key)] as [string, string];
        assert.deepEqual(placeholders(text), placeholders(english), `${language} ${key}`);
        assert.ok(text !== '' || key === 'assistant.exampleFolder', `${language} ${key} is empty`);
      }
    }
  });

  it('are those that the pages ask for, and no others', () => {
    const asked = keysIn('say').map((key) => `assistant.${key}`);
    assert.ok(asked.length > 60, String(asked.length));
    const known = keysOf(ENGLISH);
    assert.deepEqual(
      asked.filter((pattern) => !known.some((key) => fits(pattern, key))),
      [],
    );
    const computed = [
      'assistant.find.port.mep',
      'assistant.find.port.optical',
      'assistant.server.forbidden',
      'assistant.server.unreachable',
    ];
    assert.deepEqual(
      known.filter((key) => !computed.includes(key) && !asked.some((pattern) => fits(pattern, key))),
      [],
    );
  });

  it('are found among those of connections where they are shared', () => {
    const shared = keysOf(catalogueOf('en-US', 'mep-config'));
    const asked = keysIn('sayOfConnection');
    assert.ok(asked.length > 10, String(asked.length));
    assert.deepEqual(
      asked.filter((pattern) => !shared.some((key) => fits(pattern, key))),
      [],
    );
  });

  it('name each destination, and what is left to do', () => {
    for (const { id } of DESTINATIONS) {
      for (const part of ['name', 'note', 'next']) {
        assert.equal(typeof lookUp(ENGLISH, `assistant.where.${id}.${part}`), 'string', `${id} ${part}`);
      }
    }
  });

  it('keep the comments on the tab short enough for a window of 1280 px', () => {
    for (const language of LANGUAGES) {
      for (const { id } of DESTINATIONS) {
        const [name, next] = ['name', 'next'].map((part) =>
          String(lookUp(textsOf(language), `assistant.where.${id}.${part}`)),
        );
        assert.ok(`${name ?? ''}: ${next ?? ''}`.length <= 90, `${language} ${id}`);
      }
    }
  });
});
