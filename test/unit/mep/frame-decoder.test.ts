import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concatBytes, toHex } from '../../../src/bytes/hex.js';
import { FrameDecoder } from '../../../src/mep/frame-decoder.js';
import { EXCHANGES } from '../../support/fixtures/exchanges.js';

type Found = string;

/** The results of a decoder for these chunks: messages as hex, alerts as `alert`. Only messages in `truth` are accepted. */
function find(chunks: Uint8Array[], truth: Uint8Array[]): Found[] {
  const found: Found[] = [];
  const known = new Set(truth.map((message) => toHex(message.subarray(2))));
  const decoder = new FrameDecoder({
    message: (body) => {
      const isTrue = known.has(toHex(body));
      if (isTrue) found.push(toHex(body));
      return isTrue;
    },
    alert: () => found.push('alert'),
  });
  for (const chunk of chunks) decoder.push(chunk);
  decoder.gap();
  return found;
}

const cut = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.slice(index * size, (index + 1) * size));

const body = (message: Uint8Array): string => toHex(message.subarray(2));
const answers = EXCHANGES.map((exchange) => exchange.answer);
const ALERT = Uint8Array.of(0, 0);

describe('MEP frame decoder', () => {
  for (const { name, answer } of EXCHANGES) {
    it(`finds the answer of ${name} whole, byte by byte, and between alerts`, () => {
      assert.deepEqual(find([answer], answers), [body(answer)]);
      assert.deepEqual(find(cut(answer, 1), answers), [body(answer)]);
      const between = concatBytes(ALERT, answer, ALERT, ALERT, answer);
      const expected = ['alert', body(answer), 'alert', 'alert', body(answer)];
      assert.deepEqual(find([between], answers), expected);
      assert.deepEqual(find(cut(between, 1), answers), expected);
    });

    it(`finds the answer of ${name} after a stray zero byte`, () => {
      assert.deepEqual(find([concatBytes(Uint8Array.of(0), answer)], answers), [body(answer)]);
    });
  }

  it('finds a message behind any garbage, however it is cut', () => {
    const answer = fc.constantFrom(...answers);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        answer,
        fc.integer({ min: 1, max: 50 }),
        (garbage, message, size) => {
          const found = find(cut(concatBytes(garbage, message), size), [message]);
          assert.ok(found.includes(body(message)), `${toHex(garbage)} then ${toHex(message)}: ${found.join()}`);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('finds the same in any chunking', () => {
    const piece = fc.oneof(
      fc.constantFrom(...answers, ALERT, Uint8Array.of(0)),
      fc.uint8Array({ minLength: 1, maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.integer({ min: 1, max: 40 }), (pieces, size) => {
        const line = concatBytes(...pieces);
        assert.deepEqual(find(cut(line, size), answers), find([line], answers));
      }),
      { numRuns: 2000 },
    );
  });

  it('reports an alert alone once the line is quiet', () => {
    assert.deepEqual(find([ALERT], []), ['alert']);
    assert.deepEqual(find([Uint8Array.of(0), Uint8Array.of(0)], []), ['alert']);
  });

  it('takes zeros within a broken answer for no alert', () => {
    const answer = EXCHANGES.find((exchange) => exchange.name === 'bt23-read-44-bytes')!.answer;
    const broken = answer.slice();
    broken[10]! ^= 0x40;
    assert.deepEqual(find([broken], answers), []);
    assert.deepEqual(find([concatBytes(ALERT, broken, answer)], answers), ['alert', body(answer)]);
    for (let length = 3; length < answer.length; length++) {
      assert.deepEqual(find([answer.subarray(0, length)], answers), [], `cut to ${length} bytes`);
    }
  });

  it('lets no false start swallow a true message', () => {
    const answer = answers[1]!;
    // A plausible start of a 100-byte answer that never comes, then the true one.
    const falseStart = Uint8Array.of(0, 100, 0, 0, 89);
    assert.equal(find([concatBytes(falseStart, answer)], answers).at(-1), body(answer));
  });

  it('survives a million random bytes and counts what it dropped', () => {
    let state = 1;
    const random = Uint8Array.from({ length: 1_000_000 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
    let alerts = 0;
    const decoder = new FrameDecoder({ message: () => false, alert: () => alerts++ });
    for (const chunk of cut(random, 1000)) decoder.push(chunk);
    decoder.gap();
    assert.equal(decoder.discardedBytes + 2 * alerts, random.length);
    assert.equal(decoder.isWaiting, false);
  });
});
