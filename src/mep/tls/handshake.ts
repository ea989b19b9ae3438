/**
 * The handshake messages of TLS 1.2 with a pre-shared key [RFC 5246 7.4, RFC 4279 2], with the one cipher suite that a
 * meter offers [MEP p.18]. Each is type (1), length (3), body.
 */
import { concatBytes } from '../../bytes/hex.js';
import { badHandshake } from './failure.js';
import { TLS_VERSION } from './records.js';

export const HANDSHAKE_TYPES = {
  clientHello: 1,
  serverHello: 2,
  serverKeyExchange: 12,
  serverHelloDone: 14,
  clientKeyExchange: 16,
  finished: 20,
} as const;

/** TLS_PSK_WITH_AES_256_GCM_SHA384 */
const CIPHER_SUITE = 0x00a9;
/** Signals secure renegotiation, which is required even without renegotiation [RFC 5746 3.3]. */
const EMPTY_RENEGOTIATION_INFO = 0x00ff;
const NO_COMPRESSION = 0;
const EXTENSIONS = { extendedMasterSecret: 0x0017, renegotiationInfo: 0xff01 } as const;

export const RANDOM_BYTES = 32;
const MAX_SESSION_ID_BYTES = 32;
const HEADER_BYTES = 4;
/** Far more than any message of this handshake needs, hint included. */
const MAX_MESSAGE_BYTES = 4_096;

export interface HandshakeMessage {
  readonly type: number;
  readonly body: Uint8Array;
  /** With its header: what goes into the transcript. */
  readonly bytes: Uint8Array;
}

/** Joins the fragments of handshake records to messages. */
export class HandshakeBuffer {
  #held: Uint8Array = new Uint8Array(0);

  /** Whether a message has begun that is not whole yet. */
  get isWaiting(): boolean {
    return this.#held.length > 0;
  }

  push(fragment: Uint8Array): void {
    this.#held = concatBytes(this.#held, fragment);
  }

  /**
   * The next whole message, if there is one.
   * @throws ProtocolError `tls-handshake-failed` when it is longer than any can be
   */
  next(): HandshakeMessage | undefined {
    if (this.#held.length < HEADER_BYTES) return undefined;
    const reader = new Reader(this.#held);
    const type = reader.number(1);
    const length = reader.number(3);
    if (length > MAX_MESSAGE_BYTES) throw badHandshake(`a message of ${length} bytes`, this.#held);
    const end = HEADER_BYTES + length;
    if (this.#held.length < end) return undefined;
    const bytes = this.#held.slice(0, end);
    this.#held = this.#held.slice(end);
    return { type, body: bytes.subarray(HEADER_BYTES), bytes };
  }
}

/** A message with its header. */
export function encodeHandshake(type: number, body: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(type), bigEndian(body.length, 3), body);
}

export interface ClientHello {
  readonly random: Uint8Array;
  readonly hasExtendedMasterSecret: boolean;
}

/** As the guide prints it [MEP p.14], and with the extended master secret if wanted. */
export function encodeClientHello({ random, hasExtendedMasterSecret }: ClientHello): Uint8Array {
  const suites = concatBytes(bigEndian(CIPHER_SUITE, 2), bigEndian(EMPTY_RENEGOTIATION_INFO, 2));
  const extensions = hasExtendedMasterSecret ? extension(EXTENSIONS.extendedMasterSecret) : undefined;
  const body = concatBytes(
    bigEndian(TLS_VERSION, 2),
    random,
    vector(1, new Uint8Array(0)),
    vector(2, suites),
    vector(1, Uint8Array.of(NO_COMPRESSION)),
    ...(extensions ? [vector(2, extensions)] : []),
  );
  return encodeHandshake(HANDSHAKE_TYPES.clientHello, body);
}

/** @throws ProtocolError `tls-handshake-failed` when the client does not offer this version and cipher suite */
export function decodeClientHello(body: Uint8Array): ClientHello {
  const reader = new Reader(body);
  if (reader.number(2) < TLS_VERSION) throw badHandshake('a client without TLS 1.2', body);
  const random = reader.bytes(RANDOM_BYTES);
  reader.vector(1);
  const suites = new Reader(reader.vector(2));
  let offers = false;
  while (!suites.isAtEnd) offers = suites.number(2) === CIPHER_SUITE || offers;
  if (!offers) throw badHandshake('a client without the cipher suite', body);
  if (!reader.vector(1).includes(NO_COMPRESSION)) throw badHandshake('a client that insists on compression', body);
  const extensions = reader.isAtEnd ? new Map<number, Uint8Array>() : readExtensions(reader.vector(2));
  reader.end();
  return { random, hasExtendedMasterSecret: extensions.has(EXTENSIONS.extendedMasterSecret) };
}

export interface ServerHello {
  readonly random: Uint8Array;
  readonly hasExtendedMasterSecret: boolean;
}

/** A server's answer with safe renegotiation, as a meter's [MEP p.14]. */
export function encodeServerHello({ random, hasExtendedMasterSecret }: ServerHello, sessionId: Uint8Array): Uint8Array {
  const body = concatBytes(
    bigEndian(TLS_VERSION, 2),
    random,
    vector(1, sessionId),
    bigEndian(CIPHER_SUITE, 2),
    Uint8Array.of(NO_COMPRESSION),
    vector(
      2,
      concatBytes(
        extension(EXTENSIONS.renegotiationInfo, Uint8Array.of(0)),
        ...(hasExtendedMasterSecret ? [extension(EXTENSIONS.extendedMasterSecret)] : []),
      ),
    ),
  );
  return encodeHandshake(HANDSHAKE_TYPES.serverHello, body);
}

/**
 * A server's choice, which must be what was offered and nothing more.
 * @throws ProtocolError `tls-handshake-failed`
 */
export function decodeServerHello(body: Uint8Array, offered: ClientHello): ServerHello {
  const reader = new Reader(body);
  if (reader.number(2) !== TLS_VERSION) throw badHandshake('the server chose another version', body);
  const random = reader.bytes(RANDOM_BYTES);
  if (reader.vector(1).length > MAX_SESSION_ID_BYTES) throw badHandshake('a session id that is too long', body);
  if (reader.number(2) !== CIPHER_SUITE) throw badHandshake('the server chose another cipher suite', body);
  if (reader.number(1) !== NO_COMPRESSION) throw badHandshake('the server chose compression', body);
  const extensions = reader.isAtEnd ? new Map<number, Uint8Array>() : readExtensions(reader.vector(2));
  reader.end();
  for (const [type, data] of extensions) {
    const isExtendedMasterSecret = type === EXTENSIONS.extendedMasterSecret && offered.hasExtendedMasterSecret;
    if (isExtendedMasterSecret && data.length === 0) continue;
    // Nothing was negotiated before, so there is nothing that it could be bound to [RFC 5746 3.4].
    if (type === EXTENSIONS.renegotiationInfo && data.length === 1 && data[0] === 0) continue;
    throw badHandshake(`extension ${type} was not offered, or does not fit`, body);
  }
  return { random, hasExtendedMasterSecret: extensions.has(EXTENSIONS.extendedMasterSecret) };
}

/**
 * A server's hint which key it expects. A meter sends none; a hint is checked and ignored.
 * @throws ProtocolError `tls-handshake-failed`
 */
export function checkServerKeyExchange(body: Uint8Array): void {
  const reader = new Reader(body);
  reader.vector(2);
  reader.end();
}

/** Which key the client uses. */
export function encodeClientKeyExchange(identity: Uint8Array): Uint8Array {
  return encodeHandshake(HANDSHAKE_TYPES.clientKeyExchange, vector(2, identity));
}

/** @returns the identity. @throws ProtocolError `tls-handshake-failed` */
export function decodeClientKeyExchange(body: Uint8Array): Uint8Array {
  const reader = new Reader(body);
  const identity = reader.vector(2);
  reader.end();
  return identity;
}

function readExtensions(bytes: Uint8Array): Map<number, Uint8Array> {
  const reader = new Reader(bytes);
  const extensions = new Map<number, Uint8Array>();
  while (!reader.isAtEnd) {
    const type = reader.number(2);
    if (extensions.has(type)) throw badHandshake(`extension ${type} occurs twice`, bytes);
    extensions.set(type, reader.vector(2));
  }
  return extensions;
}

function extension(type: number, data = new Uint8Array(0)): Uint8Array {
  return concatBytes(bigEndian(type, 2), vector(2, data));
}

/** Bytes with their count before them. */
function vector(countBytes: number, bytes: Uint8Array): Uint8Array {
  return concatBytes(bigEndian(bytes.length, countBytes), bytes);
}

function bigEndian(value: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (value >> (8 * (length - 1 - index))) & 0xff);
}

/** Takes a message apart; every length is checked against what is there. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  bytes(count: number): Uint8Array {
    if (count > this.#bytes.length - this.#at) throw badHandshake('a message that ends too early', this.#bytes);
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  number(byteCount: number): number {
    return this.bytes(byteCount).reduce((value, byte) => value * 256 + byte, 0);
  }

  vector(countBytes: number): Uint8Array {
    return this.bytes(this.number(countBytes));
  }

  end(): void {
    if (!this.isAtEnd) throw badHandshake('bytes after the end of a message', this.#bytes);
  }
}
