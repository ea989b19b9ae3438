import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TransportError } from '../../src/errors.js';
import { failureOf, fromJson, fuzz, type Target, toJson } from '../fuzz/engine.js';
import { isFields } from '../fuzz/inputs.js';
import { TARGETS } from '../fuzz/targets.js';

const CASES = 20_000;
const FINDINGS = join(__dirname, '..', 'fuzz', 'findings');

describe('Random and spoilt input', () => {
  it(`leads to no error but our own in ${CASES} cases`, () => {
    const { cases, refused, failures } = fuzz(TARGETS, CASES, 1);
    const reported = failures.map(({ target, signature, input }) => `${target}: ${signature}\n${toJson(input)}`);
    assert.deepEqual(reported, []);
    const total = Object.values(cases).reduce((sum, count) => sum + count, 0);
    assert.ok(total >= CASES);
    assert.ok(refused > total / 20 && refused < total * 0.8, `${refused} of ${total} refused: such input tries little`);
  });

  for (const file of readdirSync(FINDINGS).filter((name) => name.endsWith('.json'))) {
    it(`found once: ${file}`, () => {
      const found = fromJson(readFileSync(join(FINDINGS, file), 'utf8')) as { target: string; input: unknown };
      const target = TARGETS.find(({ name }) => name === found.target);
      assert.ok(target, `there is no target ${found.target}`);
      assert.equal(failureOf(target, found.input), undefined);
    });
  }
});

describe('The fuzzer itself', () => {
  const onFields = (run: (fields: Record<string, unknown>) => void): Target => ({
    name: 'example',
    weight: 1,
    make: (random) => ({ a: random.bytes(20), b: [random.integer(0, 9), 'text'], c: { d: undefined } }),
    run: (input) => {
      if (isFields(input)) run(input);
    },
  });

  it('finds an error of an unexpected class and makes its input small', () => {
    const { failures } = fuzz(
      [
        onFields(({ a }) => {
          if (a instanceof Uint8Array && a.includes(7)) throw new TypeError('oops');
        }),
      ],
      500,
      1,
    );
    assert.equal(failures.length, 1);
    assert.match(failures[0]!.signature, /^TypeError: oops/);
    assert.deepEqual(failures[0]!.input, { a: Uint8Array.of(7) });
  });

  it('takes our own errors for what they are', () => {
    const { refused, failures } = fuzz(
      [
        onFields(() => {
          throw new TransportError('port-busy', 'taken');
        }),
      ],
      10,
      1,
    );
    assert.deepEqual([refused, failures], [10, []]);
  });

  it('finds a property that was added to every object', () => {
    const { failures } = fuzz(
      [
        onFields(() => {
          Object.assign(Object.prototype, { polluted: true });
        }),
      ],
      1,
      1,
    );
    Reflect.deleteProperty(Object.prototype, 'polluted');
    assert.match(failures[0]!.signature, /Object\.prototype/);
  });

  it('keeps any input as JSON', () => {
    const input = { a: Uint8Array.of(0, 255), b: [undefined, NaN, -0, 5n, new Date(7)], c: { d: 'text', e: null } };
    assert.deepEqual(fromJson(toJson(input)), input);
  });
});
