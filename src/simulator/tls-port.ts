/** The answers of a MEP port that is set to TLS: sessions, and table requests inside them. [MEP p.8-9, p.14-15, p.18] */
import { concatBytes } from '../bytes/hex.js';
import { decodeLenientRequest, isWrite, RESPONSE_CODES } from '../c1218/services.js';
import { ProtocolError } from '../errors.js';
import { MAX_TLS_PIECE_BYTES, TLS_CODES, TLS_RESPONSE_CODES } from '../mep/tls-message.js';
import type { AccessLevel, SimulatedExchange, PortState, TableStore } from './mep-responder.js';
import { KeyRefusal, TlsServer } from './tls-server.js';

/** An answer, and the table exchange that it belongs to, if any. */
export interface TlsPortAnswer {
  readonly body: Uint8Array;
  readonly exchange?: SimulatedExchange;
  /** The key or its identity was refused. */
  readonly isKeyRefused?: boolean;
}

const KEY_BYTES = 16;
const IDENTITY_BYTES = 3;
const KEY_ID_AT = 2;
/** By key id. [MEP p.18-19] */
const LEVELS: readonly AccessLevel[] = ['MBK', 'MAK'];

/** The TLS side of one port. */
export class TlsPort {
  readonly #keys: Pick<PortState, 'mbk' | 'mak'>;
  readonly #tables: TableStore;
  /** Maximum TLS bytes in one answer; a longer flight is fetched in pieces. */
  pieceBytes = MAX_TLS_PIECE_BYTES;
  /** True if it supports the extended master secret. */
  hasExtendedMasterSecret = true;
  /** Random bytes of the handshakes; default: those of `node:crypto`. */
  random: ((count: number) => Uint8Array) | undefined;
  #server: TlsServer | undefined;
  #pending: Uint8Array = new Uint8Array(0);

  constructor(keys: Pick<PortState, 'mbk' | 'mak'>, tables: TableStore) {
    this.#keys = keys;
    this.#tables = tables;
  }

  get isEstablished(): boolean {
    return this.#server?.isEstablished ?? false;
  }

  /** Ends the session, if there is one. */
  end(): void {
    this.#server = undefined;
    this.#pending = new Uint8Array(0);
  }

  /** Answers one message body (without its length). */
  answer(body: Uint8Array): TlsPortAnswer {
    const rest = body.subarray(1);
    switch (body[0]) {
      case TLS_CODES.terminate:
        if (rest.length === 0) return bare(RESPONSE_CODES.unrecognisedRequest);
        this.end();
        return bare(TLS_RESPONSE_CODES.ok);
      case TLS_CODES.handshake:
        this.end();
        this.#server = this.#newServer();
        return this.#orEnd(() => this.#shakeHands(rest));
      case TLS_CODES.handshakeContinued:
        return this.#orEnd(() => this.#shakeHands(rest));
      case TLS_CODES.table:
        return this.#orEnd(() => this.#perform(rest));
      default:
        return bare(TLS_RESPONSE_CODES.noSession);
    }
  }

  #newServer(): TlsServer {
    return new TlsServer({
      keyOf: (identity) => this.#keyOf(identity),
      hasExtendedMasterSecret: this.hasExtendedMasterSecret,
      ...(this.random && { random: this.random }),
    });
  }

  #keyOf(identity: Uint8Array): Uint8Array | undefined {
    const level = identity.length === IDENTITY_BYTES ? levelOf(identity) : undefined;
    if (level === undefined) return undefined;
    return (level === 'MAK' ? this.#keys.mak : this.#keys.mbk).slice(0, KEY_BYTES);
  }

  /** Any TLS error ends the session, as in mbed TLS. */
  #orEnd(step: () => TlsPortAnswer): TlsPortAnswer {
    try {
      return step();
    } catch (error) {
      this.end();
      if (error instanceof KeyRefusal) return { ...bare(TLS_RESPONSE_CODES.invalidKey), isKeyRefused: true };
      if (error instanceof ProtocolError) return bare(TLS_RESPONSE_CODES.tlsError);
      throw error;
    }
  }

  #shakeHands(bytes: Uint8Array): TlsPortAnswer {
    if (!this.#server) return bare(TLS_RESPONSE_CODES.noSession);
    const flight = concatBytes(this.#pending, this.#server.receive(bytes).reply);
    this.#pending = flight.subarray(this.pieceBytes);
    return { body: concatBytes(Uint8Array.of(TLS_RESPONSE_CODES.ok), flight.subarray(0, this.pieceBytes)) };
  }

  #perform(bytes: Uint8Array): TlsPortAnswer {
    const server = this.#server;
    if (!server?.isEstablished) return bare(TLS_RESPONSE_CODES.noSession);
    const request = decodeLenientRequest(server.receive(bytes).data);
    const level = levelOf(server.identity) ?? 'none';
    const unread = { code: RESPONSE_CODES.unrecognisedRequest as number, data: undefined };
    const { code, data } = request ? this.#tables.perform(request, level) : unread;
    const isRead = code === RESPONSE_CODES.ok && request !== undefined && !isWrite(request);
    const read = isRead ? (data ?? new Uint8Array(0)) : undefined;
    const plain = read
      ? concatBytes(Uint8Array.of(code, read.length >> 8, read.length & 0xff), read)
      : Uint8Array.of(code);
    const body = concatBytes(Uint8Array.of(TLS_RESPONSE_CODES.ok), server.seal(plain));
    return { body, exchange: { request, level, sequence: 0, code, data: read, answer: body } };
  }
}

function levelOf(identity: Uint8Array): AccessLevel | undefined {
  return LEVELS[identity[KEY_ID_AT] as number];
}

function bare(code: number): TlsPortAnswer {
  return { body: Uint8Array.of(code) };
}
