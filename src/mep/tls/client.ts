/**
 * The client's end of TLS 1.2 with a pre-shared key: exactly the version and the cipher suite of a meter [MEP p.18], no
 * renegotiation, no resumption, no compression, no fallback. Bytes in, bytes out: it knows no line and no time.
 *
 * ```
 * client                                   server
 * ClientHello                  ->
 *                              <-          ServerHello [ServerKeyExchange] ServerHelloDone
 * ClientKeyExchange
 * ChangeCipherSpec Finished    ->
 *                              <-          ChangeCipherSpec Finished
 * application data             <->         application data
 * ```
 */
import { createHash, type Hash, randomBytes } from 'node:crypto';
import { concatBytes } from '../../bytes/hex.js';
import { alertReceived, badHandshake, badRecord } from './failure.js';
import {
  checkServerKeyExchange,
  type ClientHello,
  decodeServerHello,
  encodeClientHello,
  encodeClientKeyExchange,
  encodeHandshake,
  HANDSHAKE_TYPES,
  HandshakeBuffer,
  type HandshakeMessage,
  RANDOM_BYTES,
  type ServerHello,
} from './handshake.js';
import {
  extendedMasterSecret,
  HASH,
  isVerified,
  masterSecret,
  type SessionKeys,
  sessionKeys,
  verifyData,
} from './key-schedule.js';
import { RecordProtection } from './protection.js';
import { CONTENT_TYPES, encodeRecord, RecordBuffer, type TlsRecord } from './records.js';

export interface TlsClientOptions {
  /** The pre-shared key. */
  readonly psk: Uint8Array;
  /** Identifies that key to the server; any bytes. */
  readonly identity: Uint8Array;
  /** Whether to offer the extended master secret [RFC 7627]; default yes. A server may leave it. */
  readonly offersExtendedMasterSecret?: boolean;
  /** Default: those of `node:crypto`. */
  readonly random?: (count: number) => Uint8Array;
}

/** The result of received bytes. */
export interface TlsProgress {
  /** To be sent now; often empty. */
  readonly reply: Uint8Array;
  /** Verified application data; empty during the handshake. */
  readonly data: Uint8Array;
}

type Phase = 'new' | 'server-hello' | 'server-hello-done' | 'change-cipher-spec' | 'finished' | 'established' | 'over';

/** State that is needed only until the handshake is done. */
interface Handshake {
  readonly psk: Uint8Array;
  readonly identity: Uint8Array;
  readonly hello: ClientHello;
  readonly records: RecordBuffer;
  readonly messages: HandshakeBuffer;
  readonly transcript: Hash;
  server?: ServerHello;
  hasKeyExchange: boolean;
  master?: Uint8Array;
}

const CHANGE_CIPHER_SPEC = 1;
const ALERT_BYTES = 2;
const NOTHING = new Uint8Array(0);

/** One session, from its first byte to its end; a new one needs a new client. */
export class TlsClient {
  #phase: Phase = 'new';
  #handshake: Handshake | undefined;
  #sending: RecordProtection | undefined;
  #receiving: RecordProtection | undefined;

  constructor(options: TlsClientOptions) {
    const random = (options.random ?? randomBytes)(RANDOM_BYTES);
    this.#handshake = {
      psk: options.psk,
      identity: options.identity,
      hello: { random, hasExtendedMasterSecret: options.offersExtendedMasterSecret ?? true },
      records: new RecordBuffer(),
      messages: new HandshakeBuffer(),
      transcript: createHash(HASH),
      hasKeyExchange: false,
    };
  }

  /** Whether `seal` may be called: both ends have proved that they have the key, and its limit of records is not reached. */
  get isEstablished(): boolean {
    return this.#phase === 'established' && this.#sending?.isUsedUp === false;
  }

  /** Whether the message that proves our key has been returned. */
  get hasShownKey(): boolean {
    return this.#phase === 'change-cipher-spec' || this.#phase === 'finished' || this.#phase === 'established';
  }

  /** Whether the server is in the middle of a record: what comes next is its rest. */
  get isWithinRecord(): boolean {
    return this.#handshake?.records.isWaiting ?? false;
  }

  /** The first flight. Called once, before anything else. */
  start(): Uint8Array {
    const handshake = this.#handshake;
    if (this.#phase !== 'new' || !handshake) throw badHandshake('a session begins only once', NOTHING);
    this.#phase = 'server-hello';
    return this.#handshakeRecord(handshake, encodeClientHello(handshake.hello));
  }

  /**
   * Processes bytes from the server: any pieces until the session is established, whole records after that.
   * @throws ProtocolError `tls-handshake-failed`, `tls-alert`, `tls-bad-record`; the session is over. Only a
   * `tls-bad-record` of an established session changes nothing: the line may garble a record or bring an old one, and
   * the true one may still come [as RFC 6347 4.1.2.7].
   */
  receive(bytes: Uint8Array): TlsProgress {
    if (this.#phase === 'new' || this.#phase === 'over') throw badRecord('there is no session', bytes);
    if (this.#phase === 'established') return { reply: NOTHING, data: this.#takeData(bytes) };
    return this.#orEnd(() => ({ reply: this.#takeHandshake(bytes), data: NOTHING }));
  }

  /**
   * One record of application data.
   * @throws ProtocolError `tls-bad-record` when the session is not established or its keys are worn out
   */
  seal(data: Uint8Array): Uint8Array {
    if (this.#phase !== 'established' || !this.#sending) throw badRecord('there is no session', NOTHING);
    return encodeRecord(this.#sending.seal({ type: CONTENT_TYPES.applicationData, fragment: data }));
  }

  /** An exception in `step` ends the session. */
  #orEnd<T>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      this.#phase = 'over';
      this.#forgetHandshake();
      this.#sending = undefined;
      this.#receiving = undefined;
      throw error;
    }
  }

  #takeHandshake(bytes: Uint8Array): Uint8Array {
    const replies: Uint8Array[] = [];
    const handshake = this.#handshake;
    for (const record of handshake?.records.push(bytes) ?? []) {
      if (!handshake || this.#phase === 'established') throw badRecord('more than the handshake', record.fragment);
      const plain = this.#receiving ? this.#receiving.open(record) : record;
      if (plain.fragment.length === 0) throw badRecord('an empty record', plain.fragment);
      replies.push(this.#takeHandshakeRecord(handshake, plain));
    }
    if (this.#phase === 'established') {
      if (handshake?.records.isWaiting) throw badRecord('more than the handshake', bytes);
      this.#forgetHandshake();
    }
    return concatBytes(...replies);
  }

  #takeHandshakeRecord(handshake: Handshake, { type, fragment }: TlsRecord): Uint8Array {
    switch (type) {
      case CONTENT_TYPES.alert:
        throw alertOf(fragment);
      case CONTENT_TYPES.changeCipherSpec:
        this.#changeCipherSpec(handshake, fragment);
        return NOTHING;
      case CONTENT_TYPES.handshake: {
        const replies: Uint8Array[] = [];
        handshake.messages.push(fragment);
        for (let message; (message = handshake.messages.next());) replies.push(this.#takeMessage(handshake, message));
        return concatBytes(...replies);
      }
      case CONTENT_TYPES.applicationData:
        throw badHandshake('data before the handshake is done', fragment);
    }
  }

  /** From here on the server's records are protected. A message must not have begun before and end after it. */
  #changeCipherSpec(handshake: Handshake, fragment: Uint8Array): void {
    const isExpected = this.#phase === 'change-cipher-spec' && !handshake.messages.isWaiting;
    if (!isExpected || fragment.length !== 1 || fragment[0] !== CHANGE_CIPHER_SPEC) {
      throw badHandshake('a change of keys that does not fit here', fragment);
    }
    this.#receiving = new RecordProtection(this.#keysOf(handshake).server);
    this.#phase = 'finished';
  }

  #takeMessage(handshake: Handshake, message: HandshakeMessage): Uint8Array {
    const { type, body, bytes } = message;
    if (this.#phase === 'server-hello' && type === HANDSHAKE_TYPES.serverHello) {
      handshake.server = decodeServerHello(body, handshake.hello);
      handshake.transcript.update(bytes);
      this.#phase = 'server-hello-done';
      return NOTHING;
    }
    if (
      this.#phase === 'server-hello-done' &&
      type === HANDSHAKE_TYPES.serverKeyExchange &&
      !handshake.hasKeyExchange
    ) {
      checkServerKeyExchange(body);
      handshake.hasKeyExchange = true;
      handshake.transcript.update(bytes);
      return NOTHING;
    }
    if (this.#phase === 'server-hello-done' && type === HANDSHAKE_TYPES.serverHelloDone && body.length === 0) {
      if (handshake.messages.isWaiting) throw badHandshake('more after the end of a flight', bytes);
      handshake.transcript.update(bytes);
      this.#phase = 'change-cipher-spec';
      return this.#answerHello(handshake);
    }
    if (this.#phase === 'finished' && type === HANDSHAKE_TYPES.finished) {
      const expected = verifyData(masterOf(handshake), 'server', hashOf(handshake));
      const isLast = !handshake.messages.isWaiting;
      if (!isVerified(expected, body) || !isLast) throw badHandshake('the server saw another handshake', bytes);
      this.#phase = 'established';
      return NOTHING;
    }
    throw badHandshake(`message ${type} does not fit here`, bytes);
  }

  /** The second flight: identity of the key, and proof that we have it. */
  #answerHello(handshake: Handshake): Uint8Array {
    const { server, hello, psk } = handshake;
    if (!server) throw badHandshake('no server hello', NOTHING);
    const keyExchange = this.#handshakeRecord(handshake, encodeClientKeyExchange(handshake.identity));
    handshake.master = server.hasExtendedMasterSecret
      ? extendedMasterSecret(psk, hashOf(handshake))
      : masterSecret(psk, { client: hello.random, server: server.random });
    const finished = encodeHandshake(
      HANDSHAKE_TYPES.finished,
      verifyData(handshake.master, 'client', hashOf(handshake)),
    );
    handshake.transcript.update(finished);
    this.#sending = new RecordProtection(this.#keysOf(handshake).client);
    return concatBytes(
      keyExchange,
      encodeRecord({ type: CONTENT_TYPES.changeCipherSpec, fragment: Uint8Array.of(CHANGE_CIPHER_SPEC) }),
      encodeRecord(this.#sending.seal({ type: CONTENT_TYPES.handshake, fragment: finished })),
    );
  }

  #keysOf(handshake: Handshake): SessionKeys {
    const client = handshake.hello.random;
    return sessionKeys(masterOf(handshake), { client, server: handshake.server?.random ?? NOTHING });
  }

  /** A plain handshake record, noted in the transcript. */
  #handshakeRecord(handshake: Handshake, message: Uint8Array): Uint8Array {
    handshake.transcript.update(message);
    return encodeRecord({ type: CONTENT_TYPES.handshake, fragment: message });
  }

  #takeData(bytes: Uint8Array): Uint8Array {
    const buffer = new RecordBuffer();
    const records = buffer.push(bytes);
    if (buffer.isWaiting) throw badRecord('a record that is cut', bytes);
    const opened = this.#receiving?.openAll(records) ?? [];
    return this.#orEnd(() => concatBytes(...opened.map(dataOf)));
  }

  #forgetHandshake(): void {
    this.#handshake = undefined;
  }
}

function masterOf({ master }: Handshake): Uint8Array {
  if (!master) throw badHandshake('no keys yet', NOTHING);
  return master;
}

function hashOf({ transcript }: Handshake): Uint8Array {
  return transcript.copy().digest();
}

function alertOf(fragment: Uint8Array): Error {
  if (fragment.length !== ALERT_BYTES) return badRecord('an alert of another length', fragment);
  return alertReceived(fragment);
}

/** An established session carries data and alerts; a server that wants to negotiate again is refused. */
function dataOf({ type, fragment }: TlsRecord): Uint8Array {
  if (type === CONTENT_TYPES.applicationData) return fragment;
  throw type === CONTENT_TYPES.alert ? alertOf(fragment) : badHandshake('no second handshake is done', fragment);
}
