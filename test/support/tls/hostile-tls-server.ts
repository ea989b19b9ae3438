import { createHash, type Hash } from 'node:crypto';
import { concatBytes } from '../../../src/bytes/hex.js';
import {
  decodeClientHello,
  encodeHandshake,
  encodeServerHello,
  HANDSHAKE_TYPES,
  HandshakeBuffer,
} from '../../../src/mep/tls/handshake.js';
import { HASH, masterSecret, type SessionKeys, sessionKeys, verifyData } from '../../../src/mep/tls/key-schedule.js';
import { RecordProtection } from '../../../src/mep/tls/protection.js';
import { CONTENT_TYPES, type ContentType, encodeRecord, RecordBuffer } from '../../../src/mep/tls/records.js';

/** A server that has the key and sends any bytes in any order. Without the extended master secret. */
export class HostileTlsServer {
  readonly random = new Uint8Array(32).fill(0x5a);
  readonly #transcript: Hash = createHash(HASH);
  readonly #master: (server: Uint8Array) => Uint8Array;
  readonly #clientRandom: Uint8Array;
  #sending: RecordProtection | undefined;

  constructor(psk: Uint8Array, clientHello: Uint8Array) {
    const hello = messagesIn(clientHello)[0]!;
    this.#clientRandom = decodeClientHello(hello.subarray(4)).random.slice();
    this.#transcript.update(hello);
    this.#master = (server) => masterSecret(psk, { client: this.#clientRandom, server });
  }

  /** Message bytes of a correct ServerHello. */
  get serverHello(): Uint8Array {
    return encodeServerHello({ random: this.random, hasExtendedMasterSecret: false }, new Uint8Array(0));
  }

  /** Handshake messages, each in a record of its own, added to the transcript. */
  send(...messages: Uint8Array[]): Uint8Array {
    for (const message of messages) this.#transcript.update(message);
    return concatBytes(...messages.map((message) => record(CONTENT_TYPES.handshake, message)));
  }

  /** The whole first flight. */
  helloFlight(): Uint8Array {
    return this.send(this.serverHello, HELLO_DONE);
  }

  /** Receives the client's second flight, unchecked. */
  receive(flight: Uint8Array): void {
    const [keyExchange, , finished] = new RecordBuffer().push(flight);
    this.#transcript.update(keyExchange!.fragment);
    this.#transcript.update(new RecordProtection(this.keys.client).open(finished!).fragment);
    this.#sending = new RecordProtection(this.keys.server);
  }

  get keys(): SessionKeys {
    return sessionKeys(this.#master(this.random), { client: this.#clientRandom, server: this.random });
  }

  /** A correct Finished, or one with other verify data. */
  finished(verify = verifyData(this.#master(this.random), 'server', this.#transcript.copy().digest())): Uint8Array {
    return this.protect(CONTENT_TYPES.handshake, encodeHandshake(HANDSHAKE_TYPES.finished, verify));
  }

  /** The next protected record. */
  protect(type: ContentType, fragment: Uint8Array): Uint8Array {
    if (!this.#sending) throw new Error('receive the flight of the client first');
    return encodeRecord(this.#sending.seal({ type, fragment }));
  }
}

export const HELLO_DONE = encodeHandshake(HANDSHAKE_TYPES.serverHelloDone, new Uint8Array(0));
export const CHANGE_CIPHER_SPEC = record(CONTENT_TYPES.changeCipherSpec, Uint8Array.of(1));

/** An unprotected record. */
export function record(type: ContentType, fragment: Uint8Array): Uint8Array {
  return encodeRecord({ type, fragment });
}

function messagesIn(records: Uint8Array): Uint8Array[] {
  const buffer = new HandshakeBuffer();
  for (const { fragment } of new RecordBuffer().push(records)) buffer.push(fragment);
  const messages: Uint8Array[] = [];
  for (let message; (message = buffer.next());) messages.push(message.bytes);
  return messages;
}
