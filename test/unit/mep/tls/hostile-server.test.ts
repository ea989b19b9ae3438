import assert from 'node:assert/strict';
import { concatBytes, toHex } from '../../../../src/bytes/hex.js';
import type { MeterErrorCode } from '../../../../src/errors.js';
import { isKeyAlert } from '../../../../src/mep/tls/failure.js';
import { encodeHandshake, HANDSHAKE_TYPES } from '../../../../src/mep/tls/handshake.js';
import { TlsClient } from '../../../../src/mep/tls/index.js';
import { MAX_RECORDS, RecordProtection } from '../../../../src/mep/tls/protection.js';
import { CONTENT_TYPES } from '../../../../src/mep/tls/records.js';
import { throwsWith } from '../../../support/assert-error.js';
import { hex } from '../../../support/fixtures/exchanges.js';
import { CHANGE_CIPHER_SPEC, HELLO_DONE, record, HostileTlsServer } from '../../../support/tls/hostile-tls-server.js';

const PSK = new Uint8Array(16).fill(7);
const { handshake, alert, applicationData, changeCipherSpec } = CONTENT_TYPES;
const NOTHING = new Uint8Array(0);

function meet(): { client: TlsClient; server: HostileTlsServer } {
  const client = new TlsClient({ psk: PSK, identity: hex('64 00 00') });
  return { client, server: new HostileTlsServer(PSK, client.start()) };
}

/** A handshake up to the client's second flight. */
function halfway(): { client: TlsClient; server: HostileTlsServer } {
  const { client, server } = meet();
  server.receive(client.receive(server.helloFlight()).reply);
  return { client, server };
}

function established(): { client: TlsClient; server: HostileTlsServer } {
  const { client, server } = halfway();
  client.receive(concatBytes(CHANGE_CIPHER_SPEC, server.finished()));
  assert.ok(client.isEstablished);
  return { client, server };
}

/** Asserts that the client refuses the bytes and ends the session. */
function refuses(client: TlsClient, bytes: Uint8Array, code: MeterErrorCode): void {
  throwsWith(() => client.receive(bytes), code);
  assert.ok(!client.isEstablished);
  throwsWith(() => client.receive(bytes), 'tls-bad-record');
  throwsWith(() => client.seal(NOTHING), 'tls-bad-record');
}

/** A correct ServerHello with other bytes at an offset; `HostileTlsServer.serverHello` has the layout. */
function helloWith(server: HostileTlsServer, at: number, bytes: string): Uint8Array {
  const hello = server.serverHello;
  hello.set(hex(bytes), at);
  return hello;
}

/** A ServerHello with version, random, no session id, cipher suite and no compression, followed by these bytes. */
function helloEndingIn(server: HostileTlsServer, end: string): Uint8Array {
  return encodeHandshake(
    HANDSHAKE_TYPES.serverHello,
    concatBytes(hex('03 03'), server.random, hex('00 00 A9 00'), hex(end)),
  );
}

describe('TLS client and a server that lies', () => {
  describe('about what was agreed on', () => {
    const VERSION_AT = 4;
    const SESSION_ID_AT = 38;
    const SUITE_AT = 39;
    const COMPRESSION_AT = 41;
    const hellos: [string, (server: HostileTlsServer) => Uint8Array][] = [
      ['TLS 1.1', (server) => helloWith(server, VERSION_AT, '03 02')],
      ['TLS 1.3', (server) => helloWith(server, VERSION_AT, '03 04')],
      ['the 128-bit suite', (server) => helloWith(server, SUITE_AT, '00 A8')],
      ['a suite without encryption', (server) => helloWith(server, SUITE_AT, '00 2C')],
      ['the renegotiation suite itself', (server) => helloWith(server, SUITE_AT, '00 FF')],
      ['compression', (server) => helloWith(server, COMPRESSION_AT, '01')],
      ['a session id that is too long', (server) => helloWith(server, SESSION_ID_AT, '21')],
      ['an extension that was not offered', (server) => helloEndingIn(server, '0004 0001 0000')],
      ['an encrypt-then-mac', (server) => helloEndingIn(server, '0004 0016 0000')],
      ['a session ticket', (server) => helloEndingIn(server, '0004 0023 0000')],
      ['the same extension twice', (server) => helloEndingIn(server, '000A FF01 0001 00 FF01 0001 00')],
      ['a bound renegotiation', (server) => helloEndingIn(server, '000D FF01 0009 08 0102030405060708')],
      ['a filled extended master secret', (server) => helloEndingIn(server, '0005 0017 0001 00')],
      ['extensions longer than the message', (server) => helloEndingIn(server, '0009 FF01 0001 00')],
      ['an extension longer than all of them', (server) => helloEndingIn(server, '0004 FF01 0005')],
      ['half an extension', (server) => helloEndingIn(server, '0003 FF01 00')],
      ['bytes after the end', (server) => helloEndingIn(server, '0005 FF01 0001 00 00')],
      ['no more than a version', () => encodeHandshake(HANDSHAKE_TYPES.serverHello, hex('03 03'))],
      ['nothing', () => encodeHandshake(HANDSHAKE_TYPES.serverHello, NOTHING)],
    ];
    for (const [what, hello] of hellos) {
      it(`refuses a hello with ${what}`, () => {
        const { client, server } = meet();
        refuses(client, server.send(hello(server)), 'tls-handshake-failed');
      });
    }

    it('refuses an extended master secret that it did not offer', () => {
      const client = new TlsClient({ psk: PSK, identity: NOTHING, offersExtendedMasterSecret: false });
      const server = new HostileTlsServer(PSK, client.start());
      refuses(client, server.send(helloEndingIn(server, '0004 0017 0000')), 'tls-handshake-failed');
    });

    it('accepts a hello without extensions, with session id, and with a key hint', () => {
      const { client, server } = meet();
      const hint = encodeHandshake(HANDSHAKE_TYPES.serverKeyExchange, hex('0003 414243'));
      server.receive(client.receive(server.send(helloEndingIn(server, ''), hint, HELLO_DONE)).reply);
      client.receive(concatBytes(CHANGE_CIPHER_SPEC, server.finished()));
      assert.ok(client.isEstablished);
    });

    it('refuses a hint that is too short, repeated, or longer than its message', () => {
      for (const hint of ['0004 414243', '0002 414243', '00', '']) {
        const { client, server } = meet();
        const message = encodeHandshake(HANDSHAKE_TYPES.serverKeyExchange, hex(hint));
        refuses(client, server.send(server.serverHello, message), 'tls-handshake-failed');
      }
      const { client, server } = meet();
      const hint = encodeHandshake(HANDSHAKE_TYPES.serverKeyExchange, hex('0000'));
      refuses(client, server.send(server.serverHello, hint, hint), 'tls-handshake-failed');
    });
  });

  describe('about what comes next', () => {
    const message = (type: number, body = ''): Uint8Array => encodeHandshake(type, hex(body));
    const HELLO_REQUEST = message(0);
    const firstFlights: [string, (server: HostileTlsServer) => Uint8Array][] = [
      ['the end of a flight that never began', (server) => server.send(HELLO_DONE)],
      ['a hint before the hello', (server) => server.send(message(12, '0000'))],
      ['two hellos', (server) => server.send(server.serverHello, server.serverHello)],
      ['a certificate', (server) => server.send(server.serverHello, message(11, '000000'))],
      ['the wish for a certificate', (server) => server.send(server.serverHello, message(13, '01 40 0000 0000'))],
      ['a session ticket', (server) => server.send(server.serverHello, message(4, '00000000 0000'))],
      ['a client’s hello', (server) => server.send(message(1))],
      ['a request to begin anew', (server) => server.send(HELLO_REQUEST)],
      ['a finished before the keys', (server) => server.send(server.serverHello, message(20, '00'.repeat(12)))],
      ['an end of the flight with a body', (server) => server.send(server.serverHello, message(14, '00'))],
      [
        'two ends of the flight in one record',
        (server) =>
          concatBytes(server.send(server.serverHello), record(handshake, concatBytes(HELLO_DONE, HELLO_DONE))),
      ],
      ['new keys before the hello', () => CHANGE_CIPHER_SPEC],
      [
        'new keys before the end of the flight',
        (server) => concatBytes(server.send(server.serverHello), CHANGE_CIPHER_SPEC),
      ],
      ['data', () => record(applicationData, hex('00 0004 DEADBEEF'))],
    ];
    for (const [what, flight] of firstFlights) {
      it(`refuses ${what}`, () => {
        const { client, server } = meet();
        refuses(client, flight(server), 'tls-handshake-failed');
      });
    }

    const secondFlights: [string, MeterErrorCode, (server: HostileTlsServer) => Uint8Array][] = [
      ['a finished without new keys', 'tls-handshake-failed', (server) => server.finished()],
      [
        'a finished in the clear',
        'tls-bad-record',
        (server) => concatBytes(CHANGE_CIPHER_SPEC, server.send(message(20, '00'.repeat(12)))),
      ],
      ['new keys twice', 'tls-bad-record', () => concatBytes(CHANGE_CIPHER_SPEC, CHANGE_CIPHER_SPEC)],
      ['new keys with another value', 'tls-handshake-failed', () => record(changeCipherSpec, Uint8Array.of(2))],
      ['new keys with two bytes', 'tls-handshake-failed', () => record(changeCipherSpec, Uint8Array.of(1, 1))],
      [
        'new keys within a message',
        'tls-handshake-failed',
        () => concatBytes(record(handshake, hex('14 00 00')), CHANGE_CIPHER_SPEC),
      ],
      [
        'a finished of the right size that does not verify',
        'tls-handshake-failed',
        (server) => concatBytes(CHANGE_CIPHER_SPEC, server.finished(new Uint8Array(12))),
      ],
      [
        'a finished that is too short',
        'tls-handshake-failed',
        (server) => concatBytes(CHANGE_CIPHER_SPEC, server.finished(NOTHING)),
      ],
      [
        'a finished that is too long',
        'tls-handshake-failed',
        (server) => concatBytes(CHANGE_CIPHER_SPEC, server.finished(new Uint8Array(48))),
      ],
      [
        'a protected request to begin anew instead',
        'tls-handshake-failed',
        (server) => concatBytes(CHANGE_CIPHER_SPEC, server.protect(handshake, HELLO_REQUEST)),
      ],
      [
        'protected data before the finished',
        'tls-handshake-failed',
        (server) => concatBytes(CHANGE_CIPHER_SPEC, server.protect(applicationData, hex('00'))),
      ],
      [
        'data right behind the finished',
        'tls-bad-record',
        (server) => concatBytes(CHANGE_CIPHER_SPEC, server.finished(), server.protect(applicationData, hex('00'))),
      ],
      [
        'half a record right behind the finished',
        'tls-bad-record',
        (server) => concatBytes(CHANGE_CIPHER_SPEC, server.finished(), hex('17 03 03')),
      ],
      ['its own hello again', 'tls-handshake-failed', (server) => server.helloFlight()],
    ];
    for (const [what, code, flight] of secondFlights) {
      it(`refuses ${what}`, () => {
        const { client, server } = halfway();
        refuses(client, flight(server), code);
      });
    }

    it('refuses its own finished, reflected', () => {
      const { client, server } = meet();
      const { reply } = client.receive(server.helloFlight());
      refuses(client, reply.subarray(-51), 'tls-bad-record');
    });

    it('refuses renegotiation, and any record but data and alerts, once established', () => {
      for (const [type, fragment] of [
        [handshake, HELLO_REQUEST],
        [handshake, message(2)],
        [changeCipherSpec, Uint8Array.of(1)],
      ] as const) {
        const { client, server } = established();
        refuses(client, server.protect(type, fragment), 'tls-handshake-failed');
      }
    });
  });

  describe('about sizes', () => {
    it('refuses a record that no server may send, before it has come', () => {
      for (const header of ['16 03 03 40 19', '17 03 03 FF FF']) {
        refuses(meet().client, hex(header), 'tls-bad-record');
      }
    });

    it('refuses records of another version or type, as soon as their header shows it', () => {
      for (const header of ['16 03 01', '16 03 04', '16 02', '13', '18', '00', '80']) {
        refuses(meet().client, hex(header), 'tls-bad-record');
      }
    });

    it('refuses a message that is longer than any can be, before it has come', () => {
      refuses(meet().client, record(handshake, hex('02 00 10 01')), 'tls-handshake-failed');
      refuses(meet().client, record(handshake, hex('02 FF FF FF')), 'tls-handshake-failed');
    });

    it('refuses empty records of the handshake, and takes empty data for no data', () => {
      for (const type of [handshake, alert, changeCipherSpec]) {
        refuses(meet().client, record(type, NOTHING), 'tls-bad-record');
        refuses(halfway().client, record(type, NOTHING), 'tls-bad-record');
      }
      const { client, server } = established();
      assert.deepEqual(client.receive(server.protect(applicationData, NOTHING)).data, NOTHING);
      assert.deepEqual(client.receive(server.protect(applicationData, hex('00'))).data, hex('00'));
      for (const type of [handshake, alert]) {
        const ends = established();
        throwsWith(
          () => ends.client.receive(ends.server.protect(type, NOTHING)),
          type === alert ? 'tls-bad-record' : 'tls-handshake-failed',
        );
        assert.ok(!ends.client.isEstablished);
      }
    });

    it('refuses a protected record too short for nonce and tag, or too long a fragment', () => {
      const { client, server } = established();
      for (const length of [0, 1, 23]) {
        throwsWith(() => client.receive(record(applicationData, new Uint8Array(length))), 'tls-bad-record');
      }
      const longest = new Uint8Array(2 ** 14);
      assert.deepEqual(client.receive(server.protect(applicationData, longest)).data, longest);
    });
  });

  describe('with alerts', () => {
    const phases = { 'after the first flight': meet, 'after the second': halfway };
    for (const [when, phase] of Object.entries(phases)) {
      it(`ends ${when} on any, and names it`, () => {
        for (const [description, name] of [
          ['02 28', 'handshake_failure'],
          ['02 14', 'bad_record_mac'],
          ['02 73', 'unknown_psk_identity'],
          ['01 00', 'close_notify'],
          ['01 64', 'no_renegotiation'],
          ['02 C7', 'alert 199'],
        ] as const) {
          const { client } = phase();
          const error = throwsWith(() => client.receive(record(alert, hex(description))), 'tls-alert');
          assert.deepEqual(error.values, { alert: name });
          assert.equal(toHex(error.raw!), description);
          assert.equal(isKeyAlert(error), ['bad_record_mac', 'unknown_psk_identity'].includes(name));
          throwsWith(() => client.receive(NOTHING), 'tls-bad-record');
        }
      });
    }

    it('ends on one between the halves of a message', () => {
      const { client, server } = meet();
      const hello = server.serverHello;
      client.receive(record(handshake, hello.subarray(0, 20)));
      refuses(client, concatBytes(record(alert, hex('02 50')), record(handshake, hello.subarray(20))), 'tls-alert');
    });

    it('refuses one of another length', () => {
      for (const bytes of ['02', '02 14 02', '02 14 02 14']) {
        refuses(meet().client, record(alert, hex(bytes)), 'tls-bad-record');
      }
    });

    it('believes an established session only one that is protected', () => {
      const { client, server } = established();
      throwsWith(() => client.receive(record(alert, hex('02 14'))), 'tls-bad-record');
      assert.ok(client.isEstablished);
      const error = throwsWith(() => client.receive(server.protect(alert, hex('01 00'))), 'tls-alert');
      assert.deepEqual(error.values, { alert: 'close_notify' });
      assert.ok(!client.isEstablished);
    });

    it('gives no data that came together with one', () => {
      const { client, server } = established();
      const answer = concatBytes(server.protect(applicationData, hex('00')), server.protect(alert, hex('02 50')));
      refuses(client, answer, 'tls-alert');
    });
  });
});

describe('TLS record protection', () => {
  const keys = { key: new Uint8Array(32).fill(1), salt: Uint8Array.of(1, 2, 3, 4) };
  const data = { type: applicationData, fragment: hex('3F 001C') };

  it('ends long before its numbers wrap', () => {
    const last = new RecordProtection(keys, MAX_RECORDS - 1);
    const sealed = last.seal(data);
    assert.ok(last.isUsedUp);
    throwsWith(() => last.seal(data), 'tls-bad-record');
    const receiver = new RecordProtection(keys, MAX_RECORDS - 1);
    assert.deepEqual(receiver.open(sealed), data);
    throwsWith(() => receiver.open(sealed), 'tls-bad-record');
  });

  it('opens a record under its own number only, whatever nonce it carries', () => {
    const third = new RecordProtection(keys, 3).seal(data);
    for (const number of [0, 2, 4]) throwsWith(() => new RecordProtection(keys, number).open(third), 'tls-bad-record');
    assert.deepEqual(new RecordProtection(keys, 3).open(third), data);
  });

  it('opens a record as the type only that it was sealed as', () => {
    const sealed = new RecordProtection(keys).seal(data);
    throwsWith(() => new RecordProtection(keys).open({ ...sealed, type: handshake }), 'tls-bad-record');
  });

  it('refuses tags that are cut', () => {
    const sealed = new RecordProtection(keys).seal(data);
    for (let cut = 1; cut <= 20; cut++) {
      const short = { ...sealed, fragment: sealed.fragment.subarray(0, -cut) };
      throwsWith(() => new RecordProtection(keys).open(short), 'tls-bad-record');
    }
  });
});
