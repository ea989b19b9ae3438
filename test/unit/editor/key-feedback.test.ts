import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { fittingForm, keyNote } from '../../../editor/key-feedback.js';
import { editorScript } from '../../../scripts/build/editor-pages.js';
import {
  describeAccessKey,
  KEY_FINDINGS,
  KEY_FORMATS,
  type KeyFormat,
  MAX_KEY_BYTES,
  MIN_KEY_BYTES,
  parseAccessKey,
} from '../../../src/connect/access-key.js';
import { isMeterError } from '../../../src/errors.js';

const root = join(__dirname, '../../..');

const ASCII_20 = '0123456789ABCDEF0123';
const HEX_40 = '0123456789ABCDEF0123456789abcdef01234567';

const oneOf = (characters: string): fc.Arbitrary<string> => fc.constantFrom(...Array.from(characters));

/** Texts similar to what users type: keys, keys with one character too many, in groups, in quotes, and any other text. */
const digits = fc.string({ unit: oneOf('0123456789abcdefABCDEF'), minLength: 0, maxLength: 44 });
const grouped = fc.string({ unit: oneOf('0123456789abcdef :-\t'), minLength: 10, maxLength: 60 });
const readable = fc.string({ minLength: 14, maxLength: 22 });
const text = fc.oneof(digits, grouped, readable, fc.string({ unit: 'grapheme', maxLength: 24 }), fc.string());
const anyFormat = fc.constantFrom(...KEY_FORMATS);

describe('Feedback on a key while it is typed', () => {
  it('equals the verdict of the runtime', () => {
    fc.assert(
      fc.property(text, anyFormat, fc.constantFrom('mep', 'optical'), (key, format, protocol) => {
        const { name, isGood, values } = keyNote(key, format, protocol);
        fc.pre(name !== 'stored' && name !== 'environment');
        if (name.startsWith('digit')) {
          assert.equal(describeAccessKey(key, format).finding, 'not-hex');
          return;
        }
        const minBytes = protocol === 'optical' ? MAX_KEY_BYTES : MIN_KEY_BYTES;
        const { finding, isUsable, characters, bytes } = describeAccessKey(key, format, minBytes);
        assert.deepEqual(values, { characters, bytes });
        assert.equal(isGood, isUsable || finding === 'empty');
        assert.equal(name.replace('-optical', ''), finding);
      }),
      { numRuns: 5000 },
    );
  });

  it('calls usable exactly what the runtime takes', () => {
    fc.assert(
      fc.property(text, anyFormat, (key, format) => {
        const { isUsable, bytes, finding } = describeAccessKey(key, format);
        try {
          assert.equal(parseAccessKey(key, format).length, bytes);
          assert.ok(isUsable, finding);
        } catch (error) {
          if (!isMeterError(error)) throw error;
          assert.ok(!isUsable, finding);
        }
      }),
      { numRuns: 5000 },
    );
  });

  const cases: [text: string, format: KeyFormat, finding: string][] = [
    [ASCII_20, 'auto', 'ascii-like-hex'],
    ['My secret meter key!', 'auto', 'ascii'],
    [HEX_40, 'auto', 'hex'],
    [HEX_40.replace(/(..)/g, '$1 '), 'auto', 'hex'],
    [HEX_40.slice(0, 32), 'auto', 'hex'],
    [HEX_40.slice(0, 39), 'auto', 'digit-missing'],
    [HEX_40.slice(0, 39).replace(/(....)/g, '$1 '), 'auto', 'digit-missing'],
    [HEX_40.slice(0, 31), 'auto', 'digit-missing'],
    [HEX_40.slice(0, 33), 'auto', 'digit-too-many'],
    [`${HEX_40}0`, 'auto', 'digit-too-many'],
    [HEX_40.slice(0, 35), 'hex', 'digits-odd'],
    [`${HEX_40.slice(0, 38)}G`, 'auto', 'not-hex'],
    ['', 'auto', 'empty'],
    ['   ', 'hex', 'empty'],
    [ASCII_20, 'hex', 'too-short'],
    [`${HEX_40}00`, 'auto', 'too-long'],
    [`"${ASCII_20}"`, 'auto', 'not-hex'],
    ['0123456789ÄÖÜ0123456', 'auto', 'not-ascii'],
    ['__PWRD__', 'auto', 'stored'],
    ['${METER_KEY}', 'auto', 'environment'],
  ];
  for (const [key, format, finding] of cases) {
    it(`calls ${JSON.stringify(key)} as ${format} ${finding}`, () => {
      assert.equal(keyNote(key, format).name, finding);
    });
  }

  it('takes no key at the optical port that the port would not', () => {
    for (const key of [ASCII_20.slice(0, 16), HEX_40.slice(0, 32)]) {
      assert.equal(keyNote(key, 'auto', 'mep').isGood, true);
      const { name, isGood } = keyNote(key, 'auto', 'optical');
      assert.deepEqual([name, isGood], ['too-short-optical', false]);
    }
    for (const key of [ASCII_20, HEX_40]) assert.equal(keyNote(key, 'auto', 'optical').isGood, true);
  });

  for (const [key, protocol, form] of [
    [ASCII_20, 'mep', 'ascii'],
    [HEX_40, 'mep', 'hex'],
    [HEX_40.slice(0, 32), 'mep', 'hex'],
    [HEX_40.slice(0, 32), 'optical', undefined],
    [HEX_40, 'optical', 'hex'],
    [HEX_40.slice(0, 31), 'mep', undefined],
    ['short', 'mep', undefined],
  ] as const) {
    it(`knows the form of a key of ${key.length} characters for the port ${protocol}: ${form ?? 'none'}`, () => {
      assert.equal(fittingForm(key, protocol), form);
    });
  }

  it('counts the digits of a key by the port that it is for', () => {
    assert.deepEqual(keyNote(HEX_40.slice(0, 39), 'auto', 'optical').values, { digits: 39 });
    assert.equal(keyNote(HEX_40.slice(0, 39), 'auto', 'optical').name, 'digit-missing');
    assert.equal(keyNote(HEX_40.slice(0, 31), 'auto', 'optical').name, 'digits-odd');
    assert.equal(keyNote(HEX_40.slice(0, 33), 'auto', 'optical').isGood, false);
  });

  it('holds nothing of the key', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6, maxLength: 30 }), anyFormat, (key, format) => {
        const words = JSON.stringify(keyNote(key, format));
        assert.ok(!words.includes(key));
      }),
    );
  });

  it('sends nothing anywhere', () => {
    const source = readFileSync(join(root, 'editor/key-feedback.ts'), 'utf8');
    assert.doesNotMatch(source, /ajax|getJSON|fetch|XMLHttp|sendBeacon|WebSocket|localStorage|console/);
  });

  it('is in the script of the connection, with nothing of Node.js', () => {
    const script = editorScript(root, 'mep-config');
    assert.match(script, /nes-meter-take-as/);
    assert.doesNotMatch(script, /\brequire\(|\bprocess\.|node:/);
  });

  it('has a text for every result', () => {
    const { 'mep-config': words } = JSON.parse(
      readFileSync(join(root, 'nodes/locales/en-US/mep-config.json'), 'utf8'),
    ) as { 'mep-config': { keyFeedback: Record<string, string> } };
    const names = KEY_FINDINGS.filter((finding) => finding !== 'empty');
    assert.deepEqual(
      Object.keys(words.keyFeedback).sort(),
      [...names, 'digit-missing', 'digit-too-many', 'digits-odd', 'too-short-optical', 'stored', 'environment'].sort(),
    );
  });
});
