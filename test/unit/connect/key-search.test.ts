import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concatBytes } from '../../../src/bytes/hex.js';
import { traceHex } from '../../../src/connect/trace/line.js';
import { TraceMask } from '../../../src/connect/trace/mask.js';
import { keysInTables, withoutKeys } from '../../../src/connect/redact.js';

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');
const pairs = (key: Buffer): string[] => key.toString('hex').match(/../g) ?? [];
const turned = (bytes: Buffer): Buffer => Buffer.from(bytes).reverse();
const upper = (bytes: Buffer): Buffer =>
  ascii(bytes.toString('latin1').replace(/[a-z]/g, (letter) => letter.toUpperCase()));
const lower = (bytes: Buffer): Buffer =>
  ascii(bytes.toString('latin1').replace(/[A-Z]/g, (letter) => letter.toLowerCase()));

/** Ways to write a key, each made without the code under test. */
const FORMS: Readonly<Record<string, (key: Buffer) => Buffer>> = {
  'as it is': (key) => key,
  'in capitals': upper,
  'in small letters': lower,
  'its bytes reversed': turned,
  'its words reversed': (key) => Buffer.from(key.length % 2 === 0 ? Buffer.from(key).swap16() : key),
  'its digits swapped': (key) =>
    Buffer.from(
      pairs(key)
        .map((pair) => `${pair[1]}${pair[0]}`)
        .join(''),
      'hex',
    ),
  'hex digits': (key) => ascii(key.toString('hex')),
  'hex digits in capitals': (key) => upper(ascii(key.toString('hex'))),
  'hex digits backwards': (key) => turned(ascii(key.toString('hex'))),
  'hex digits of the reversed bytes': (key) => ascii(turned(key).toString('hex')),
  'hex digits with blanks': (key) => ascii(pairs(key).join(' ')),
  'hex digits with colons, in capitals': (key) => upper(ascii(pairs(key).join(':'))),
  'hex digits with dashes': (key) => ascii(pairs(key).join('-')),
  'hex digits as in C': (key) =>
    ascii(
      pairs(key)
        .map((pair) => `0x${pair}`)
        .join(', '),
    ),
  'hex digits in fours': (key) => ascii(key.toString('hex').replace(/(.{4})(?=.)/g, '$1-')),
  'decimal numbers': (key) => ascii([...key].join(',')),
  'decimal numbers with blanks': (key) => ascii([...key].join(', ')),
  'decimal numbers of three digits': (key) => ascii([...key].map((byte) => String(byte).padStart(3, '0')).join('')),
  Base64: (key) => ascii(key.toString('base64')),
  'Base64 for addresses': (key) => ascii(key.toString('base64url')),
  'Base64 behind a byte': (key) => ascii(Buffer.concat([Buffer.of(7), key]).toString('base64')),
  'Base64 behind two bytes': (key) => ascii(Buffer.concat([Buffer.of(7, 8), key]).toString('base64')),
  'UTF-16': (key) => Buffer.from(key.toString('latin1'), 'utf16le'),
  'UTF-16, the other order': (key) => Buffer.from(key.toString('latin1'), 'utf16le').swap16(),
  'hex digits in UTF-16': (key) => Buffer.from(key.toString('hex'), 'utf16le'),
  'its first half': (key) => key.subarray(0, key.length / 2),
  'its second half in hex': (key) => ascii(key.subarray(key.length / 2).toString('hex')),
};
/** Forms of keys that consist of hex digits. */
const PACKED: Readonly<Record<string, (key: Buffer) => Buffer>> = {
  'packed digits': (key) => Buffer.from(key.toString('latin1'), 'hex'),
  'packed digits, reversed': (key) => turned(Buffer.from(key.toString('latin1'), 'hex')),
};

const letters = (alphabet: string): fc.Arbitrary<Buffer> =>
  fc
    .array(fc.constantFrom(...Array.from(alphabet)), { minLength: 20, maxLength: 20 })
    .filter((characters) => new Set(characters).size > 6)
    .map((characters) => ascii(characters.join('')));
const HEX_KEY = letters('0123456789ABCDEF');
const KEY = fc.oneof(
  letters('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_'),
  HEX_KEY,
  fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .filter((bytes) => new Set(bytes).size > 8)
    .map((bytes) => Buffer.from(bytes)),
);
/** Bytes around a form: none that a form of a key consists of alone. */
const AROUND = fc
  .array(fc.constantFrom(0xee, 0xd1, 0x1b, 0x7f), { maxLength: 30 })
  .map((bytes) => Uint8Array.from(bytes));

/** The longest run of a form that is still in the bytes. */
function longestRun(form: Buffer, bytes: Uint8Array): number {
  const text = Buffer.from(bytes).toString('latin1');
  const wanted = form.toString('latin1');
  let longest = 0;
  for (let at = 0; at < wanted.length; at++) {
    while (at + longest < wanted.length && text.includes(wanted.slice(at, at + longest + 1))) longest++;
  }
  return longest;
}

/** What is left of bytes: those that were zeroed are no longer part of a key. */
const seen = (clean: Uint8Array, bytes: Uint8Array): Uint8Array =>
  clean.map((byte, at) => (byte === bytes[at] ? byte : 0xee));

/** The bytes that a line of a trace shows. */
const shownIn = (line: string): Uint8Array =>
  Uint8Array.from(
    line.split(' ').filter((pair) => pair !== ''),
    (pair) => (pair === '**' ? 0xee : Number.parseInt(pair, 16)),
  );

function tracedInChunks(bytes: Uint8Array, key: Uint8Array, size: number): Uint8Array {
  const mask = new TraceMask('mep', [key]);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += size) lines.push(traceHex(mask.received(bytes.slice(at, at + size))));
  return shownIn([...lines, traceHex(mask.rest())].join(' '));
}

/** Of a form, fewer bytes than hold 4 of the key; separators and padding come on top. */
const FEW = (form: Buffer, key: Buffer): number => Math.max(4, Math.ceil((4 * form.length) / key.length) + 3);

describe('A key in another form', () => {
  for (const [name, write, keys] of [
    ...Object.entries(FORMS).map(([form, make]) => [form, make, KEY] as const),
    ...Object.entries(PACKED).map(([form, make]) => [form, make, HEX_KEY] as const),
  ]) {
    it(`leaves neither table nor trace: ${name}`, () => {
      fc.assert(
        fc.property(keys, AROUND, AROUND, fc.integer({ min: 1, max: 70 }), (key, before, after, size) => {
          const form = write(key);
          const bytes = concatBytes(before, form, after);
          const few = FEW(form, key);
          const table = withoutKeys(bytes, keysInTables([key]));
          assert.ok(longestRun(form, seen(table, bytes)) <= few, `table: ${Buffer.from(table).toString('hex')}`);
          const sent = shownIn(traceHex(new TraceMask('mep', [key]).sent(bytes)));
          assert.ok(longestRun(form, sent) <= few, `sent: ${Buffer.from(sent).toString('hex')}`);
          const received = tracedInChunks(bytes, key, size);
          assert.equal(received.length, bytes.length, 'no byte is lost');
          assert.ok(longestRun(form, received) <= few, `received: ${Buffer.from(received).toString('hex')}`);
          // Up to three bytes beside a form may continue it by chance.
          const [left, right] = [Math.max(0, before.length - 3), bytes.length - Math.max(0, after.length - 3)];
          assert.deepEqual(table.subarray(0, left), bytes.subarray(0, left));
          assert.deepEqual(table.subarray(right), bytes.subarray(right));
        }),
        { numRuns: 15 },
      );
    });
  }

  it('leaves other bytes as they are', () => {
    fc.assert(
      fc.property(HEX_KEY, fc.array(fc.integer({ min: 0x80, max: 0xff }), { maxLength: 500 }), (key, values) => {
        const bytes = Uint8Array.from(values);
        assert.equal(withoutKeys(bytes, keysInTables([key])), bytes);
        assert.deepEqual(tracedInChunks(bytes, key, 40), bytes);
      }),
    );
  });

  it('is masked although a chunk ends in a form of another length', () => {
    const key = ascii('7f3kQ09zLmXa81Pw2DdE');
    const bytes = concatBytes(key, ascii(pairs(key).join(' ')), Uint8Array.of(1, 2));
    for (let size = 1; size <= bytes.length; size++) {
      const shown = tracedInChunks(bytes, key, size);
      assert.equal(Buffer.from(shown).toString('latin1'), `${'\u00ee'.repeat(79)}\u0001\u0002`, String(size));
    }
  });
});
