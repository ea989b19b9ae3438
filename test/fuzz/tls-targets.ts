import assert from 'node:assert/strict';
import { concatBytes, toHex } from '../../src/bytes/hex.js';
import { TlsClient } from '../../src/mep/tls/index.js';
import { readTlsAnswer } from '../../src/mep/tls-message.js';
import { SimulatedMeter } from '../../src/simulator/index.js';
import { KeyRefusal, TlsServer } from '../../src/simulator/tls-server.js';
import { target } from './engine.js';
import { mutateBytes, oneOf, someBytes } from './inputs.js';

const TLS_KEY = new TextEncoder().encode('0123456789abcdef');
const TLS_DATA = Uint8Array.of(0, 0, 2, 0xbe, 0xef);

/** A handshake and an answer, with one flight damaged: the client must return only data that the server has sealed. */
function shakeHands({ flight, spoil, cut }: { flight: number; spoil: Uint8Array; cut: number }): void {
  const client = new TlsClient({ psk: TLS_KEY, identity: Uint8Array.of(100, 0, 0) });
  const server = new TlsServer({ keyOf: () => TLS_KEY });
  const spoilt = (index: number, bytes: Uint8Array): Uint8Array => {
    if (index !== flight) return bytes;
    const garbled = bytes.slice(0, cut % 3 === 0 ? cut % (bytes.length + 1) : bytes.length);
    for (const byte of spoil) if (garbled.length > 0) garbled[(byte * 7) % garbled.length] = byte;
    return cut % 5 === 0 ? concatBytes(garbled, spoil) : garbled;
  };
  const isTouched = (index: number, bytes: Uint8Array): boolean => toHex(spoilt(index, bytes)) !== toHex(bytes);
  const hello = server.receive(client.start()).reply;
  const { reply } = client.receive(spoilt(0, hello));
  if (reply.length === 0) return;
  let finished: Uint8Array;
  try {
    finished = server.receive(reply).reply;
  } catch (error) {
    assert.ok(error instanceof KeyRefusal && isTouched(0, hello), String(error));
    return;
  }
  client.receive(spoilt(1, finished));
  assert.equal(client.isEstablished, !isTouched(0, hello) && !isTouched(1, finished));
  if (!client.isEstablished) return;
  const answer = server.seal(TLS_DATA);
  const { data } = client.receive(spoilt(2, answer));
  assert.equal(toHex(data), isTouched(2, answer) ? '' : toHex(TLS_DATA));
}

const tlsFlights = target(
  'TLS flights',
  3,
  (random) => ({ flight: random.integer(0, 2), spoil: someBytes(random, 6), cut: random.integer(0, 200) }),
  shakeHands,
);

const tlsServer = target(
  'TLS client',
  3,
  (random) => {
    const flight = new TlsServer({ keyOf: () => TLS_KEY }).receive(
      new TlsClient({ psk: TLS_KEY, identity: TLS_KEY }).start(),
    ).reply;
    return Array.from({ length: random.integer(1, 4) }, () =>
      random.chance(0.6) ? mutateBytes(random, flight) : someBytes(random, 60),
    );
  },
  (pieces) => {
    const client = new TlsClient({ psk: TLS_KEY, identity: TLS_KEY });
    client.start();
    for (const piece of pieces) assert.equal(client.receive(piece).data.length, 0);
    assert.equal(client.isEstablished, false);
  },
);

const tlsMeter = new SimulatedMeter({ profile: 'gen4', seed: 7, wantsTls: true });

const tlsPort = target(
  'simulated TLS port',
  3,
  (random) => {
    const hello = new TlsClient({ psk: TLS_KEY, identity: TLS_KEY }).start();
    const code = Uint8Array.of(oneOf(random, [0x57, 0x58, 0x59, 0x80, random.integer(0, 255)]));
    return concatBytes(code, random.chance(0.5) ? mutateBytes(random, hello) : someBytes(random, 60));
  },
  (body) => {
    const answer = tlsMeter.answer(body);
    assert.ok(answer.length > 0 && answer.length <= 476);
    assert.ok(readTlsAnswer(answer), 'every answer is one that a client understands');
  },
);

/** Targets for TLS on a MEP port. */
export const TLS_TARGETS = [tlsFlights, tlsServer, tlsPort];
