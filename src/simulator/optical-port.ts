/**
 * The answers of an optical port to messages: keys, states, tables and response codes; packets are elsewhere.
 * [OPT p.9-15]
 */
import { toHex } from '../bytes/hex.js';
import type { TableRequest } from '../c1218/services.js';
import {
  encodeIdentification,
  encodeNegotiation,
  encodeReadAnswer,
  maxReadBytesOf,
  type Negotiation,
  NOT_NEGOTIATED,
} from '../optical/answers.js';
import { decodeOpticalRequest, type OpticalRequest } from '../optical/requests.js';
import { OPTICAL_RESPONSE_CODES } from '../optical/response-codes.js';
import { type OpticalBehaviour, passwordOf } from './optical-behaviour.js';
import { mayReadOptically, mayWriteOptically, OPTICAL_KEYS, type OpticalLevel } from './optical-rights.js';

/** What an optical port needs of its meter. */
export interface OpticalMeter {
  /** False: the port receives nothing. */
  readonly isPowered: boolean;
  /** The MEP interface, which shares its UART with this port on Gen2 and Gen3, is switched out. [MEP p.19] */
  isMepSwitchedOut: boolean;
  /** Tables that are answered with a response code instead, by number. */
  readonly refusals: ReadonlyMap<number, number>;
  /** Has the tables of a capture, and no others. */
  readonly isCaptured: boolean;
  image(table: number): Uint8Array | undefined;
  /** Executes a permitted write; returns the response code. */
  write(request: Extract<TableRequest, { readonly data: Uint8Array }>): number;
}

/** Counters for tests and statuses. */
export interface SimulatedOpticalCounters {
  /** Identifications that were granted, and terminations of these sessions. */
  sessions: number;
  terminations: number;
  reads: number;
  /** Requests to write, refused ones included. */
  writes: number;
  wrongKeys: number;
}

/** A decoded message and its answer. */
export interface SimulatedOpticalExchange {
  readonly request: OpticalRequest | undefined;
  readonly level: OpticalLevel;
  readonly code: number;
  /** The table data of a read that was answered with 00. */
  readonly data: Uint8Array | undefined;
  /** The answer's message, response code first. */
  readonly answer: Uint8Array;
}

/** One optical port: the state that outlasts a session. */
export class SimulatedOpticalPort {
  readonly meter: OpticalMeter;
  readonly behaviour: OpticalBehaviour;
  readonly counters: SimulatedOpticalCounters = { sessions: 0, terminations: 0, reads: 0, writes: 0, wrongKeys: 0 };
  readonly #listeners = new Set<(exchange: SimulatedOpticalExchange) => void>();
  #wrongKeysInARow = 0;
  #deafUntil = Number.NEGATIVE_INFINITY;

  constructor(meter: OpticalMeter, behaviour: OpticalBehaviour) {
    this.meter = meter;
    this.behaviour = behaviour;
  }

  /** False without power, during a lock-out, and after a session that was too long. */
  isListening(now: number): boolean {
    return this.meter.isPowered && now >= this.#deafUntil;
  }

  /** Ignores everything for a while, after a session that was too long. [OPT p.15] */
  holdOff(now: number): void {
    this.#deafUntil = now + (this.behaviour.denialOfService?.holdOffMs ?? 0);
  }

  /** The level of a password; undefined when it is none of the keys. */
  tryPassword(password: Uint8Array, now: number): OpticalLevel | undefined {
    const given = toHex(password);
    const level = OPTICAL_KEYS.find((key) => toHex(passwordOf(this.behaviour.keys[key])) === given);
    if (level !== undefined) {
      this.#wrongKeysInARow = 0;
      return level;
    }
    this.counters.wrongKeys++;
    const { lockout } = this.behaviour;
    if (lockout && ++this.#wrongKeysInARow > lockout.allowed) {
      this.#wrongKeysInARow = 0;
      this.#deafUntil = now + lockout.minutes * 60_000;
    }
    return undefined;
  }

  /** Calls `listener` with every message and its answer, before line faults are applied. */
  onExchange(listener: (exchange: SimulatedOpticalExchange) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  notify(exchange: SimulatedOpticalExchange): void {
    for (const listener of this.#listeners) listener(exchange);
  }
}

/** State of a C12.18 session: before identification (`base`), identified (`id`), logged on (`session`). */
export type OpticalState = 'base' | 'id' | 'session';

const { ok, err, sns, isc, onp, iar, isss } = OPTICAL_RESPONSE_CODES;
/** Service codes that the port knows: a malformed request of these gets `err`, others `sns`. */
const KNOWN_CODES: readonly number[] = [0x20, 0x21, 0x30, 0x3f, 0x40, 0x4f, 0x50, 0x51, 0x52, 0x60, 0x61, 0x70];

type Reply = { readonly code: number; readonly data?: Uint8Array; readonly answer?: Uint8Array };
type TableRead = Extract<OpticalRequest, { readonly service: 'full-read' | 'partial-read' }>;

/** One session after the other with a port, from identification to terminate. */
export class SimulatedOpticalSession {
  readonly #port: SimulatedOpticalPort;
  #state: OpticalState = 'base';
  #level: OpticalLevel = 'none';
  #negotiated: Negotiation = NOT_NEGOTIATED;
  #startedAt = 0;
  #waitMs = 0;

  constructor(port: SimulatedOpticalPort) {
    this.#port = port;
  }

  get state(): OpticalState {
    return this.#state;
  }

  /** Packet size and count in force. */
  get negotiated(): Negotiation {
    return this.#negotiated;
  }

  /** Maximum time to the next packet. */
  get trafficTimeoutMs(): number {
    return Math.max(this.#waitMs, this.#port.behaviour.trafficTimeoutMs);
  }

  /** True if the session is longer than the port allows. [OPT p.15] */
  isTooOld(now: number): boolean {
    const { denialOfService } = this.#port.behaviour;
    return this.#state !== 'base' && denialOfService !== null && now - this.#startedAt >= denialOfService.sessionMs;
  }

  /** Returns to the base state. */
  end(): void {
    this.#state = 'base';
    this.#level = 'none';
    this.#negotiated = NOT_NEGOTIATED;
    this.#waitMs = 0;
  }

  /** The answer to a message. */
  answer(message: Uint8Array, now: number): Uint8Array {
    const request = decodeOpticalRequest(message);
    const level = this.#level;
    this.#waitMs = 0;
    const reply = this.#reply(request, message[0] ?? 0, now);
    const answer = reply.answer ?? (reply.data ? encodeReadAnswer(reply.data) : Uint8Array.of(reply.code));
    this.#port.notify({ request, level, code: reply.code, data: reply.data, answer });
    return answer;
  }

  #reply(request: OpticalRequest | undefined, firstByte: number, now: number): Reply {
    if (this.#port.behaviour.wantsTls) return { code: isss };
    if (!request) return { code: KNOWN_CODES.includes(firstByte) ? err : sns };
    switch (request.service) {
      case 'identification':
        return this.#identify(now);
      case 'terminate':
        if (this.#state !== 'base') this.#port.counters.terminations++;
        this.end();
        return { code: ok };
      case 'negotiate':
        return this.#in('id', () => this.#negotiate(request));
      case 'logon':
        return this.#in('id', () => {
          this.#state = 'session';
          return { code: ok };
        });
      case 'wait':
        if (this.#state === 'base') return { code: isss };
        this.#waitMs = request.seconds * 1_000;
        return { code: ok };
      case 'security':
        return this.#in('session', () => this.#secure(request.password, now));
      case 'logoff':
        return this.#in('session', () => {
          this.#state = 'id';
          this.#level = 'none';
          return { code: ok };
        });
      case 'full-read':
      case 'partial-read':
        return this.#in('session', () => this.#read(request));
      case 'full-write':
      case 'partial-write':
        return this.#in('session', () => this.#write(request));
    }
  }

  #in(state: OpticalState, reply: () => Reply): Reply {
    return this.#state === state ? reply() : { code: isss };
  }

  #identify(now: number): Reply {
    if (this.#state !== 'base') return { code: isss };
    this.#state = 'id';
    this.#startedAt = now;
    this.#port.counters.sessions++;
    return { code: ok, answer: encodeIdentification({ standard: 0, version: 1, revision: 0 }) };
  }

  #negotiate(asked: Extract<OpticalRequest, { readonly service: 'negotiate' }>): Reply {
    const max = this.#port.behaviour.negotiation;
    if (!max) return { code: sns };
    this.#negotiated = {
      packetSize: Math.max(NOT_NEGOTIATED.packetSize, Math.min(asked.packetSize, max.packetSize)),
      packetCount: Math.max(NOT_NEGOTIATED.packetCount, Math.min(asked.packetCount, max.packetCount)),
      baudRate: NOT_NEGOTIATED.baudRate,
    };
    return { code: ok, answer: encodeNegotiation(this.#negotiated) };
  }

  #secure(password: Uint8Array, now: number): Reply {
    const level = this.#port.tryPassword(password, now);
    if (level === undefined) return { code: isc };
    this.#level = level;
    return { code: ok };
  }

  /** "If the number of bytes requested exceeds the number available in the table, then the extra bytes are returned as
   * zeroes and no error will be returned." [OPT p.9] */
  #read(request: TableRead): Reply {
    const { meter, counters } = this.#port;
    counters.reads++;
    const refusal = meter.refusals.get(request.table);
    if (refusal !== undefined) return { code: refusal };
    const image = meter.image(request.table);
    // A table that is not in a capture does not exist, whatever the key.
    if (!image && meter.isCaptured) return { code: iar };
    if (!mayReadOptically(request.table, this.#level)) return { code: isc };
    if (!image) return { code: iar };
    const { offset, count } = request.service === 'partial-read' ? request : { offset: 0, count: image.length };
    if (count === 0 || count > maxReadBytesOf(this.#negotiated)) return { code: onp };
    const data = new Uint8Array(count);
    data.set(image.subarray(offset, offset + count));
    return { code: ok, data };
  }

  #write(request: Parameters<OpticalMeter['write']>[0]): Reply {
    const { meter, counters } = this.#port;
    counters.writes++;
    if (!mayWriteOptically(request.table, this.#level)) return { code: isc };
    return { code: meter.write(request) };
  }
}
