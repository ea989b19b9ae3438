import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concatBytes, toHex } from '../../../src/bytes/hex.js';
import { Digest, digestsEqual } from '../../../src/mep/digest.js';
import { EXCHANGES } from '../../support/fixtures/exchanges.js';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const key = fc.uint8Array({ minLength: 16, maxLength: 20 });

describe('MEP digest', () => {
  for (const exchange of EXCHANGES) {
    if (!exchange.key) continue;
    const digest = new Digest(exchange.key).update(exchange.request.subarray(2, -8));
    it(`signs the request of ${exchange.name} as printed`, () => {
      assert.equal(toHex(digest.clone().finish()), toHex(exchange.request.subarray(-8)));
    });
    it(`signs the answer of ${exchange.name} as printed`, () => {
      const answer = digest.clone().update(exchange.answer.subarray(2, -8)).finish();
      assert.equal(toHex(answer), toHex(exchange.answer.subarray(-8)));
    });
  }

  it('does not depend on how the message is cut', () => {
    fc.assert(
      fc.property(key, bytes(600), bytes(600), (k, one, two) => {
        const whole = new Digest(k).update(concatBytes(one, two)).finish();
        const cut = new Digest(k).update(one).update(two).finish();
        assert.deepEqual(cut, whole);
      }),
    );
  });

  it('counts the first 16 bytes of a key only', () => {
    const message = Uint8Array.of(1, 2, 3);
    const long = Uint8Array.from({ length: 20 }, (_, index) => index);
    assert.deepEqual(new Digest(long).update(message).finish(), new Digest(long.slice(0, 16)).update(message).finish());
    assert.throws(() => new Digest(long.slice(0, 15)), RangeError);
  });

  it('changes with every bit of the key and of a message without trailing zeros', () => {
    fc.assert(
      fc.property(key, bytes(300), fc.nat(), (k, start, place) => {
        const message = concatBytes(start, Uint8Array.of(1));
        const digest = new Digest(k).update(message).finish();
        const otherMessage = message.slice();
        const bit = place % (message.length * 8);
        otherMessage[bit >> 3]! ^= 1 << (bit & 7);
        assert.notDeepEqual(new Digest(k).update(otherMessage).finish(), digest);
      }),
    );
  });

  it('compares digests', () => {
    assert.ok(digestsEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2)));
    assert.ok(!digestsEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3)));
    assert.ok(!digestsEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3)));
  });
});
