import assert from 'node:assert/strict';
import { toHex } from '../../../../src/bytes/hex.js';
import { TlsClient } from '../../../../src/mep/tls/index.js';
import { TlsServer } from '../../../../src/simulator/tls-server.js';
import { PRINTED } from '../../../support/tls/tls-printed.js';

describe('TLS as the guide prints it', () => {
  it('is what our client sends, byte for byte, and what it understands', () => {
    const client = new TlsClient({
      psk: PRINTED.psk,
      identity: PRINTED.identity,
      offersExtendedMasterSecret: false,
      random: () => PRINTED.clientRandom,
    });
    assert.equal(toHex(client.start()), toHex(PRINTED.clientHello));
    assert.equal(toHex(client.receive(PRINTED.serverHello).reply), toHex(PRINTED.clientFinished));
    assert.ok(!client.isEstablished);
    assert.equal(toHex(client.receive(PRINTED.serverFinished).reply), '');
    assert.ok(client.isEstablished);
    assert.equal(toHex(client.seal(PRINTED.request)), toHex(PRINTED.requestRecord));
    assert.equal(toHex(client.receive(PRINTED.answerRecord).data), toHex(PRINTED.answer));
  });

  it('is what the simulated meter sends, byte for byte, and what it understands', () => {
    const randoms = [PRINTED.serverHello.subarray(11, 43), PRINTED.serverHello.subarray(44, 76)];
    const server = new TlsServer({
      keyOf: (identity) => (toHex(identity) === toHex(PRINTED.identity) ? PRINTED.psk : undefined),
      random: () => randoms.shift()!,
    });
    assert.equal(toHex(server.receive(PRINTED.clientHello).reply), toHex(PRINTED.serverHello));
    assert.equal(toHex(server.receive(PRINTED.clientFinished).reply), toHex(PRINTED.serverFinished));
    assert.equal(toHex(server.receive(PRINTED.requestRecord).data), toHex(PRINTED.request));
    assert.equal(toHex(server.seal(PRINTED.answer)), toHex(PRINTED.answerRecord));
  });
});
