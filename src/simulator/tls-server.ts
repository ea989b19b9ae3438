/** The meter's side of TLS 1.2 with a pre-shared key: the observable behaviour of mbed TLS in a meter. [MEP p.18] */
import { createHash, type Hash, randomBytes } from 'node:crypto';
import { concatBytes } from '../bytes/hex.js';
import { badHandshake, badRecord } from '../mep/tls/failure.js';
import {
  type ClientHello,
  decodeClientHello,
  decodeClientKeyExchange,
  encodeHandshake,
  encodeServerHello,
  HANDSHAKE_TYPES,
  HandshakeBuffer,
  type HandshakeMessage,
  RANDOM_BYTES,
} from '../mep/tls/handshake.js';
import {
  extendedMasterSecret,
  HASH,
  isVerified,
  masterSecret,
  sessionKeys,
  verifyData,
} from '../mep/tls/key-schedule.js';
import { RecordProtection } from '../mep/tls/protection.js';
import { CONTENT_TYPES, encodeRecord, RecordBuffer, type TlsRecord } from '../mep/tls/records.js';

export interface TlsServerOptions {
  /** The key of an identity; undefined for an unknown one. */
  keyOf(identity: Uint8Array): Uint8Array | undefined;
  /** True (default) if it supports the extended master secret. */
  readonly hasExtendedMasterSecret?: boolean;
  /** Default: those of `node:crypto`. */
  readonly random?: (count: number) => Uint8Array;
}

/** An unknown identity or a wrong key. */
export class KeyRefusal extends Error {}

const NOTHING = new Uint8Array(0);

/** One session; any error throws and ends it. */
export class TlsServer {
  readonly #options: TlsServerOptions;
  readonly #random: (count: number) => Uint8Array;
  readonly #records = new RecordBuffer();
  readonly #messages = new HandshakeBuffer();
  readonly #transcript: Hash = createHash(HASH);
  #hello: ClientHello | undefined;
  #serverRandom: Uint8Array = NOTHING;
  #identity: Uint8Array = NOTHING;
  #master: Uint8Array | undefined;
  #receiving: RecordProtection | undefined;
  #sending: RecordProtection | undefined;
  #isEstablished = false;

  constructor(options: TlsServerOptions) {
    this.#options = options;
    this.#random = options.random ?? randomBytes;
  }

  get isEstablished(): boolean {
    return this.#isEstablished;
  }

  /** The identity of the handshake. */
  get identity(): Uint8Array {
    return this.#identity;
  }

  /**
   * @returns the bytes to send and the received data
   * @throws KeyRefusal; ProtocolError of the `tls-` codes
   */
  receive(bytes: Uint8Array): { readonly reply: Uint8Array; readonly data: Uint8Array } {
    const replies: Uint8Array[] = [];
    const data: Uint8Array[] = [];
    for (const record of this.#records.push(bytes)) {
      const plain = this.#open(record);
      if (plain.type === CONTENT_TYPES.applicationData && this.#isEstablished) data.push(plain.fragment);
      else replies.push(this.#takeHandshakeRecord(plain));
    }
    return { reply: concatBytes(...replies), data: concatBytes(...data) };
  }

  /** One record of data. */
  seal(data: Uint8Array): Uint8Array {
    if (!this.#sending || !this.#isEstablished) throw badRecord('there is no session', NOTHING);
    return encodeRecord(this.#sending.seal({ type: CONTENT_TYPES.applicationData, fragment: data }));
  }

  /** The first protected record shows whether the client has the key. */
  #open(record: TlsRecord): TlsRecord {
    try {
      return this.#receiving?.open(record) ?? record;
    } catch (error) {
      throw this.#isEstablished ? error : new KeyRefusal('The client has another key', { cause: error });
    }
  }

  #takeHandshakeRecord({ type, fragment }: TlsRecord): Uint8Array {
    if (type === CONTENT_TYPES.changeCipherSpec) {
      this.#receiving = new RecordProtection(sessionKeys(this.#masterSecret(), this.#randoms()).client);
      return NOTHING;
    }
    if (type !== CONTENT_TYPES.handshake || this.#isEstablished) throw badHandshake('unexpected record', fragment);
    this.#messages.push(fragment);
    const replies: Uint8Array[] = [];
    for (let message; (message = this.#messages.next());) replies.push(this.#takeMessage(message));
    return concatBytes(...replies);
  }

  #takeMessage({ type, body, bytes }: HandshakeMessage): Uint8Array {
    if (type === HANDSHAKE_TYPES.clientHello && !this.#hello) return this.#takeHello(body, bytes);
    if (type === HANDSHAKE_TYPES.clientKeyExchange && this.#hello && !this.#master) {
      this.#transcript.update(bytes);
      this.#takeKeyExchange(this.#hello, body);
      return NOTHING;
    }
    if (type === HANDSHAKE_TYPES.finished && this.#receiving) return this.#takeFinished(body, bytes);
    throw badHandshake(`message ${type} does not fit here`, bytes);
  }

  #takeHello(body: Uint8Array, bytes: Uint8Array): Uint8Array {
    const hello = decodeClientHello(body);
    const hasExtendedMasterSecret = hello.hasExtendedMasterSecret && (this.#options.hasExtendedMasterSecret ?? true);
    this.#hello = { random: hello.random.slice(), hasExtendedMasterSecret };
    this.#serverRandom = this.#random(RANDOM_BYTES);
    // As printed in the guide, ServerHello and ServerHelloDone are in records of their own.
    const flight = [
      encodeServerHello({ random: this.#serverRandom, hasExtendedMasterSecret }, this.#random(RANDOM_BYTES)),
      encodeHandshake(HANDSHAKE_TYPES.serverHelloDone, NOTHING),
    ];
    for (const message of [bytes, ...flight]) this.#transcript.update(message);
    return concatBytes(...flight.map((fragment) => encodeRecord({ type: CONTENT_TYPES.handshake, fragment })));
  }

  #takeKeyExchange(hello: ClientHello, body: Uint8Array): void {
    this.#identity = decodeClientKeyExchange(body).slice();
    const psk = this.#options.keyOf(this.#identity);
    if (!psk) throw new KeyRefusal('The identity is not known');
    this.#master = hello.hasExtendedMasterSecret
      ? extendedMasterSecret(psk, this.#hash())
      : masterSecret(psk, this.#randoms());
  }

  #takeFinished(body: Uint8Array, bytes: Uint8Array): Uint8Array {
    const master = this.#masterSecret();
    if (!isVerified(verifyData(master, 'client', this.#hash()), body)) throw badHandshake('another handshake', bytes);
    this.#transcript.update(bytes);
    this.#sending = new RecordProtection(sessionKeys(master, this.#randoms()).server);
    this.#isEstablished = true;
    const finished = encodeHandshake(HANDSHAKE_TYPES.finished, verifyData(master, 'server', this.#hash()));
    return concatBytes(
      encodeRecord({ type: CONTENT_TYPES.changeCipherSpec, fragment: Uint8Array.of(1) }),
      encodeRecord(this.#sending.seal({ type: CONTENT_TYPES.handshake, fragment: finished })),
    );
  }

  #masterSecret(): Uint8Array {
    if (!this.#master) throw badHandshake('no keys yet', NOTHING);
    return this.#master;
  }

  #randoms(): { client: Uint8Array; server: Uint8Array } {
    return { client: this.#hello?.random ?? NOTHING, server: this.#serverRandom };
  }

  #hash(): Uint8Array {
    return this.#transcript.copy().digest();
  }
}
