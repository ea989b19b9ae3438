import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { concatBytes, toHex } from '../../../../src/bytes/hex.js';
import { isMeterError } from '../../../../src/errors.js';
import { TlsClient } from '../../../../src/mep/tls/index.js';
import { KeyRefusal, TlsServer } from '../../../../src/simulator/tls-server.js';
import { throwsWith } from '../../../support/assert-error.js';
import { hex } from '../../../support/fixtures/exchanges.js';

const PSK = new TextEncoder().encode('0123456789abcdef');
const IDENTITY = hex('64 00 00');
const REQUEST = hex('3F 001C 000000 0004');
const ANSWER = hex('00 0004 DEADBEEF');

function pair(options: { client?: boolean; server?: boolean; psk?: Uint8Array } = {}) {
  const client = new TlsClient({ psk: PSK, identity: IDENTITY, offersExtendedMasterSecret: options.client ?? true });
  const server = new TlsServer({
    keyOf: (identity) => (toHex(identity) === toHex(IDENTITY) ? (options.psk ?? PSK) : undefined),
    hasExtendedMasterSecret: options.server ?? true,
  });
  return { client, server };
}

/** The server's two flights, and both ends after them. */
function flights() {
  const ends = pair();
  const first = ends.server.receive(ends.client.start()).reply;
  return {
    ...ends,
    first,
    second: () => ends.server.receive(ends.client.receive(first).reply).reply,
  };
}

function established() {
  const ends = flights();
  ends.client.receive(ends.second());
  assert.ok(ends.client.isEstablished);
  return ends;
}

describe('TLS client', () => {
  for (const client of [true, false]) {
    for (const server of [true, false]) {
      it(`agrees on keys, extended master secret ${client ? '' : 'not '}offered and ${server ? '' : 'not '}known`, () => {
        const ends = pair({ client, server });
        const reply = ends.client.receive(ends.server.receive(ends.client.start()).reply).reply;
        ends.client.receive(ends.server.receive(reply).reply);
        assert.deepEqual([ends.client.isEstablished, ends.server.isEstablished], [true, true]);
        assert.deepEqual(ends.server.receive(ends.client.seal(REQUEST)).data, REQUEST);
        assert.deepEqual(ends.client.receive(ends.server.seal(ANSWER)).data, ANSWER);
      });
    }
  }

  it('shakes hands however the flights are cut', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (sizes: fc.Stream<number>) => {
        const { client, server } = pair();
        let toServer = client.start();
        for (let round = 0; round < 2; round++) {
          const flight = server.receive(toServer).reply;
          const replies: Uint8Array[] = [];
          for (let at = 0; at < flight.length;) {
            const size = sizes.next().value as number;
            replies.push(client.receive(flight.subarray(at, at + size)).reply);
            at += size;
          }
          toServer = concatBytes(...replies);
        }
        assert.ok(client.isEstablished);
      }),
      { numRuns: 30 },
    );
  });

  it('brings new randomness to each session', () => {
    const hellos = Array.from({ length: 20 }, () => toHex(pair().client.start()));
    assert.equal(new Set(hellos).size, 20);
  });

  it('uses no nonce twice', () => {
    const { client } = established();
    const nonces = Array.from({ length: 50 }, () => toHex(client.seal(REQUEST).subarray(5, 13)));
    assert.equal(new Set(nonces).size, 50);
  });

  it('sends nothing that reveals the request', () => {
    const { client } = established();
    assert.ok(!toHex(client.seal(REQUEST)).includes(toHex(REQUEST)));
    assert.notDeepEqual(client.seal(REQUEST).subarray(13), client.seal(REQUEST).subarray(13));
  });

  it('is refused with another key, and finds out a server that has another one', () => {
    const { client, server } = pair({ psk: new Uint8Array(16) });
    const { reply } = client.receive(server.receive(client.start()).reply);
    assert.throws(() => server.receive(reply), KeyRefusal);
  });

  it('never thinks that it is established on a flight with a flipped bit', () => {
    for (const which of ['first', 'second'] as const) {
      const { length } = which === 'first' ? flights().first : flights().second();
      for (let bit = 0; bit < length * 8; bit++) {
        const ends = flights();
        const flip = (bytes: Uint8Array): Uint8Array => {
          const flipped = bytes.slice();
          flipped[bit >> 3]! ^= 1 << (bit & 7);
          return flipped;
        };
        try {
          if (which === 'first') {
            const { reply } = ends.client.receive(flip(ends.first));
            ends.client.receive(ends.server.receive(reply).reply);
          } else {
            ends.client.receive(flip(ends.second()));
          }
        } catch (error) {
          assert.ok(isMeterError(error) || error instanceof KeyRefusal, String(error));
        }
        assert.ok(!ends.client.isEstablished, `bit ${bit} of the ${which} flight`);
      }
    }
  });

  it('waits for the rest of a flight that is cut anywhere', () => {
    const { length } = flights().first;
    for (let cut = 0; cut < length; cut++) {
      const { client, first } = flights();
      assert.equal(client.receive(first.subarray(0, cut)).reply.length, 0, `cut at ${cut}`);
      assert.ok(client.receive(first.subarray(cut)).reply.length > 0, `cut at ${cut}`);
    }
    for (let cut = 0; cut < flights().second().length; cut++) {
      const { client, second } = flights();
      const flight = second();
      client.receive(flight.subarray(0, cut));
      assert.ok(!client.isEstablished, `cut at ${cut}`);
      client.receive(flight.subarray(cut));
      assert.ok(client.isEstablished, `cut at ${cut}`);
    }
  });

  it('takes no answer that was touched, and the true one after it', () => {
    const { client, server } = established();
    const answer = server.seal(ANSWER);
    for (let bit = 0; bit < answer.length * 8; bit++) {
      const flipped = answer.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      throwsWith(() => client.receive(flipped), 'tls-bad-record');
    }
    for (let cut = 1; cut < answer.length; cut++) {
      throwsWith(() => client.receive(answer.subarray(0, cut)), 'tls-bad-record');
    }
    throwsWith(() => client.receive(concatBytes(answer, Uint8Array.of(0x17))), 'tls-bad-record');
    assert.deepEqual(client.receive(answer).data, ANSWER);
  });

  it('takes no answer twice, none too early, and none of another session', () => {
    const { client, server } = established();
    const [one, two, three] = [server.seal(ANSWER), server.seal(REQUEST), server.seal(ANSWER)];
    throwsWith(() => client.receive(two), 'tls-bad-record');
    assert.deepEqual(client.receive(one).data, ANSWER);
    throwsWith(() => client.receive(one), 'tls-bad-record');
    throwsWith(() => client.receive(established().server.seal(REQUEST)), 'tls-bad-record');
    throwsWith(() => client.receive(concatBytes(two, two)), 'tls-bad-record');
    assert.deepEqual(client.receive(concatBytes(two, three)).data, concatBytes(REQUEST, ANSWER));
  });

  it('does not take its own records for answers', () => {
    const { client } = established();
    throwsWith(() => client.receive(client.seal(REQUEST)), 'tls-bad-record');
  });

  it('has no session before the handshake and none after a failure', () => {
    const { client, first } = flights();
    throwsWith(() => client.seal(REQUEST), 'tls-bad-record');
    throwsWith(() => client.start(), 'tls-handshake-failed');
    throwsWith(() => client.receive(first.map((byte) => byte ^ 0xff)), 'tls-bad-record');
    throwsWith(() => client.receive(first), 'tls-bad-record');
    throwsWith(() => client.seal(REQUEST), 'tls-bad-record');
    const unused = pair().client;
    throwsWith(() => unused.receive(first), 'tls-bad-record');
  });

  it('lets no key or secret into what is printed of it or of its errors', () => {
    const { client } = pair();
    client.start();
    const error = throwsWith(() => client.receive(hex('15 03 03 00 02 02 14')), 'tls-alert');
    const printed = inspect([client, error, established().client], { depth: 20, showHidden: true });
    for (const secret of ['0123456789abcdef', toHex(PSK).toLowerCase(), toHex(PSK, '').toLowerCase(), PSK.join(', ')]) {
      assert.ok(!printed.toLowerCase().includes(secret), secret);
    }
  });
});
