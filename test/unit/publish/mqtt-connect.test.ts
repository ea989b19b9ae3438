import assert from 'node:assert/strict';
import fc from 'fast-check';
import { connectAnswer, connectPacket, disconnectPacket } from '../../../src/publish/mqtt-connect.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('The first exchange of MQTT', () => {
  it('is a CONNECT packet of version 3.1.1', () => {
    assert.equal(hex(connectPacket({ clientId: 'a', user: '', password: '' })), '100d00044d5154540402000a000161');
    assert.equal(
      hex(connectPacket({ clientId: 'a', user: 'u', password: 'pw' })),
      '101400044d51545404c2000a00016100017500027077',
    );
    assert.equal(hex(disconnectPacket()), 'e000');
  });

  it('gives its length in as many bytes as it needs', () => {
    const { length: withoutUser } = connectPacket({ clientId: '', user: '', password: '' });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000 }), (count) => {
        const packet = connectPacket({ clientId: 'x'.repeat(count), user: '', password: '' });
        let length = 0;
        let at = 1;
        for (let shift = 0; ; shift += 7) {
          const byte = packet[at++]!;
          length += (byte & 0x7f) << shift;
          if (byte < 0x80) break;
        }
        assert.equal(length, packet.length - at);
        assert.equal(length, withoutUser - 2 + count);
      }),
    );
  });

  for (const [received, answer] of [
    ['', undefined],
    ['20', undefined],
    ['200200', undefined],
    ['20020000', 'accepted'],
    ['20020100', 'accepted'],
    ['20020001', 'refused'],
    ['20020003', 'refused'],
    ['20020004', 'login-refused'],
    ['20020005', 'not-authorised'],
    ['48545450', 'not-mqtt'],
    ['15030100', 'not-mqtt'],
  ] as const) {
    it(`reads ${received === '' ? 'nothing' : received} as ${String(answer)}`, () => {
      assert.equal(connectAnswer(Buffer.from(received, 'hex')), answer);
    });
  }
});
