import assert from 'node:assert/strict';
import { toHex } from '../../src/bytes/hex.js';
import { TlsClient } from '../../src/mep/tls/index.js';
import { TlsSession, type TlsSessionOptions } from '../../src/mep/tls-session.js';
import { rejectsWith } from '../support/assert-error.js';
import { hex } from '../support/fixtures/exchanges.js';
import { hasOpenssl, TlsBridge, TlsProcess, whyNoMbedtls } from '../support/tls/tls-far-end.js';

const PSK = Uint8Array.from({ length: 16 }, (_, index) => index * 7 + 1);
const WRONG = new Uint8Array(16).fill(9);
/** Client 100 with its MBK. The identity ends with a zero byte, which a C string cannot contain. */
const MBK_IDENTITY = hex('64 00 00');
const EVENTS = { alert: () => undefined, dimensionsMayHaveChanged: () => undefined, closed: () => undefined };

function sessionAt(bridge: TlsBridge, options: Partial<TlsSessionOptions> = {}): TlsSession {
  return new TlsSession({ transport: bridge, key: PSK, keyName: 'MBK', requestIntervalMs: 0, ...options });
}

describe('TLS with mbed TLS, which meters run', () => {
  let server: TlsProcess | undefined;

  before(function () {
    if (whyNoMbedtls === undefined) return;
    console.log(`      left out: ${whyNoMbedtls}`);
    this.skip();
  });
  afterEach(() => server?.stop());

  for (const extendedMasterSecret of [true, false]) {
    it(`reads tables, ${extendedMasterSecret ? 'with' : 'without'} the extended master secret`, async () => {
      server = await TlsProcess.mbedtls(PSK, MBK_IDENTITY, extendedMasterSecret);
      const bridge = new TlsBridge(server);
      const session = sessionAt(bridge);
      await session.open(EVENTS);
      for (const [offset, count] of [
        [0, 1],
        [5, 220],
        [0, session.maxReadBytes],
      ] as const) {
        const data = await session.read(28, offset, count);
        assert.deepEqual(
          [...data],
          Array.from({ length: count }, (_, index) => (offset + index) & 0xff),
        );
      }
      assert.equal(bridge.codes.filter((code) => code === 0x58).length, 1);
      await session.close();
      assert.equal(bridge.codes.at(-1), 0x57);
      assert.match(server.output, /^0$/m);
    });
  }

  it('joins flights that come in pieces, and begins anew when the session is gone', async () => {
    server = await TlsProcess.mbedtls(PSK, MBK_IDENTITY, true);
    const bridge = new TlsBridge(server);
    bridge.pieceBytes = 37;
    const session = sessionAt(bridge);
    await session.open(EVENTS);
    assert.deepEqual(await session.read(1, 3, 2), hex('03 04'));
    bridge.drop();
    assert.deepEqual(await session.read(1, 7, 2), hex('07 08'));
    assert.equal(bridge.codes.filter((code) => code === 0x58).length, 2);
    await session.close();
  });

  it('is refused with a wrong key and with an unknown identity', async () => {
    server = await TlsProcess.mbedtls(PSK, MBK_IDENTITY, true);
    for (const options of [{ key: WRONG }, { keyName: 'MAK' }] as const) {
      const session = sessionAt(new TlsBridge(server), options);
      await session.open(EVENTS);
      await rejectsWith(session.read(1, 0, 1), 'key-rejected');
      await session.close();
    }
    assert.doesNotMatch(server.output, /^0$/m);
  });

  it('has its broken records refused', async () => {
    server = await TlsProcess.mbedtls(PSK, MBK_IDENTITY, true);
    // The header of ChangeCipherSpec is left out: nothing protects it, and mbed TLS ignores its version.
    for (const at of [0, 3, 5, 8, 11, 13, 19, 20, 24, 25, 32, 33, 48, 64]) {
      const bridge = new TlsBridge(server);
      const client = new TlsClient({ psk: PSK, identity: MBK_IDENTITY });
      const answers: Uint8Array[] = [];
      await bridge.open({ data: (bytes) => answers.push(bytes), closed: () => undefined });
      await bridge.write(concat('0000 58', client.start()));
      const flight = client.receive(answers[0]!.subarray(3)).reply.slice();
      flight[at]! ^= 1;
      await bridge.write(concat('0000 59', flight));
      assert.ok(answers[1]!.length < 10, `byte ${at}: ${toHex(answers[1]!)}`);
      await bridge.close();
    }
    assert.doesNotMatch(server.output, /^0$/m);
  });
});

describe('TLS with OpenSSL', () => {
  const IDENTITY = hex('64 01 02');
  let server: TlsProcess | undefined;

  before(function () {
    if (hasOpenssl) return;
    console.log('      left out: there is no openssl (Debian: openssl)');
    this.skip();
  });
  afterEach(() => server?.stop());

  /** Sends one line to the server and returns its answer. */
  async function echo(bridge: TlsBridge, client: TlsClient, line: string): Promise<string> {
    const answers: Uint8Array[] = [];
    await bridge.open({ data: (bytes) => answers.push(bytes), closed: () => undefined });
    await bridge.write(concat('0000 58', client.start()));
    await bridge.write(concat('0000 59', client.receive(answers.at(-1)!.subarray(3)).reply));
    client.receive(answers.at(-1)!.subarray(3));
    await bridge.write(concat('0000 80', client.seal(new TextEncoder().encode(`${line}\n`))));
    const { data } = client.receive(answers.at(-1)!.subarray(3));
    await bridge.close();
    return new TextDecoder().decode(data).trim();
  }

  for (const offersExtendedMasterSecret of [true, false]) {
    it(`talks both ways, extended master secret ${offersExtendedMasterSecret ? '' : 'not '}offered`, async () => {
      server = await TlsProcess.openssl(PSK, 'd\x01\x02', '-psk_hint', 'a hint');
      const client = new TlsClient({ psk: PSK, identity: IDENTITY, offersExtendedMasterSecret });
      assert.equal(await echo(new TlsBridge(server), client, 'hello meter'), 'retem olleh');
      assert.match(server.output, /Ciphersuite: PSK-AES256-GCM-SHA384/);
      assert.match(server.output, /Protocol version: TLSv1.2/);
    });
  }

  it('is refused with a wrong key', async () => {
    server = await TlsProcess.openssl(PSK, 'd\x01\x02');
    const session = sessionAt(new TlsBridge(server), { key: WRONG });
    await session.open(EVENTS);
    await rejectsWith(session.read(1, 0, 1), 'key-rejected');
    await session.close();
  });

  it('is distinguished from a server with other cipher suites only', async () => {
    server = await TlsProcess.openssl(PSK, 'd\x01\x02', '-cipher', 'PSK-AES128-GCM-SHA256');
    const session = sessionAt(new TlsBridge(server));
    await session.open(EVENTS);
    const error = await rejectsWith(session.read(1, 0, 1), 'tls-handshake-failed');
    assert.equal(error.status, 0x01);
    await session.close();
  });
});

function concat(head: string, bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([...hex(head), ...bytes]);
}
