/** Splits a trace into exchanges: requests, and the bytes of their answers with the lines they are in. Pure. */
import { decodeLenientRequest, type TableRequest } from '../../c1218/services.js';
import { crc16 } from '../../optical/crc.js';
import { CRC_BYTES, HEADER_BYTES, MULTI_PACKET, START_OF_PACKET } from '../../optical/packet.js';
import { decodeOpticalRequest } from '../../optical/requests.js';
import { eventBytes, type TraceHead, traceHeadOf, type TraceLine } from './line.js';

/** The position of a byte in a trace: its line, and its index there. */
export interface ByteRef {
  readonly line: number;
  readonly at: number;
}

/** Bytes that were received in pieces, each with its position. */
export interface FoundBytes {
  readonly bytes: Uint8Array;
  readonly refs: readonly ByteRef[];
  /** Some of them are masked. */
  readonly isMasked: boolean;
}

/** A request of a trace, and its outcome. */
export interface TracedExchange {
  /** The line of the request. */
  readonly line: number;
  readonly head: TraceHead | undefined;
  /** The request in plain. */
  readonly message: Uint8Array;
  readonly isMasked: boolean;
  /** The table that it asks for; undefined for another service, or where it is masked. */
  readonly request: TableRequest | undefined;
  /** The last verified answer, from its response code on, without digest; undefined where there was none. */
  readonly answer: FoundBytes | undefined;
  /** All verified answers, including those after which the request was repeated. */
  readonly answers: readonly FoundBytes[];
  /** The last answer contradicted itself. */
  readonly isInconsistent: boolean;
  /** The code of the error that ended it; undefined where it did not end with one. */
  readonly failed: string | undefined;
  readonly retries: number;
  readonly timeouts: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const LENGTH_BYTES = 2;
const DIGEST_BYTES = 8;
/** A longer message is not an answer. */
const MAX_RECEIVED = 32_768;

/** Reads the lines of one trace. */
export class Conversation {
  #head: TraceHead | undefined;
  #exchange: Mutable<TracedExchange> | undefined;
  #bytes: number[] = [];
  #masks: boolean[] = [];
  #refs: ByteRef[] = [];

  /** The head of the connection of the last line. */
  get head(): TraceHead | undefined {
    return this.#head;
  }

  /** Adds a line. @returns the exchange that ends with it */
  next(line: TraceLine, index: number): TracedExchange | undefined {
    if (line.direction === '-') return this.#event(line, index);
    if (line.direction === '<') this.#receive(line, index);
    else this.#sent();
    return undefined;
  }

  /** The last exchange, at the end of the trace. */
  end(): TracedExchange | undefined {
    const over = this.#exchange;
    this.#exchange = undefined;
    return over;
  }

  #receive({ bytes, mask }: Exclude<TraceLine, { direction: '-' }>, line: number): void {
    if (this.#bytes.length > MAX_RECEIVED) this.#forget();
    bytes.forEach((byte, at) => {
      this.#bytes.push(byte);
      this.#masks.push(mask?.[at] === 1);
      this.#refs.push({ line, at });
    });
  }

  /** Packets of the optical port are acknowledged in between. */
  #sent(): void {
    if (this.#head?.protocol !== 'optical') this.#forget();
  }

  #forget(): void {
    this.#bytes = [];
    this.#masks = [];
    this.#refs = [];
  }

  #event(line: Extract<TraceLine, { direction: '-' }>, index: number): TracedExchange | undefined {
    const exchange = this.#exchange;
    switch (line.word) {
      case 'trace':
        this.#head = traceHeadOf(line.rest);
        return this.end();
      case 'request':
        this.#begin(line, index);
        return exchange;
      case 'accepted':
      case 'refused':
        if (exchange) this.#note(exchange, this.#answer(line, index));
        return undefined;
      case 'rejected':
        if (exchange) exchange.isInconsistent = line.rest === 'inconsistent';
        return undefined;
      case 'failed':
        if (exchange) exchange.failed = line.rest;
        return this.end();
      case 'timeout':
        if (exchange) exchange.timeouts++;
        return undefined;
      case 'retry':
        if (exchange) exchange.retries++;
        return undefined;
      case 'lost':
      case 'closed':
      case 'not-opened':
        return this.end();
      default:
        return undefined;
    }
  }

  #note(exchange: Mutable<TracedExchange>, answer: FoundBytes | undefined): void {
    exchange.answer = answer;
    exchange.isInconsistent = false;
    if (answer) exchange.answers = [...exchange.answers, answer];
  }

  #begin({ word, rest }: Extract<TraceLine, { direction: '-' }>, line: number): void {
    this.#forget();
    const found = eventBytes(word, rest);
    const message = found?.bytes ?? new Uint8Array(0);
    const isMasked = found?.mask !== undefined;
    this.#exchange = {
      line,
      head: this.#head,
      message,
      isMasked,
      request: isMasked ? undefined : this.#tableRequest(message),
      answer: undefined,
      answers: [],
      isInconsistent: false,
      failed: undefined,
      retries: 0,
      timeouts: 0,
    };
  }

  #tableRequest(message: Uint8Array): TableRequest | undefined {
    if (this.#head?.protocol !== 'optical') return decodeLenientRequest(message);
    const request = decodeOpticalRequest(message);
    if (request?.service === 'full-read') return { ...request, count: 0xffff, isWithoutLength: true };
    return request && 'table' in request ? request : undefined;
  }

  /** The answer that an event reports: its own bytes where the line is encrypted, else those that came last and fit. */
  #answer({ word, rest }: Extract<TraceLine, { direction: '-' }>, line: number): FoundBytes | undefined {
    const own = eventBytes(word, rest);
    if (own) {
      const refs = Array.from(own.bytes, (_, at) => ({ line, at }));
      return { bytes: own.bytes, refs, isMasked: own.mask !== undefined };
    }
    const [, status = '', length = ''] = /^([0-9A-F]{2}), (\d+) bytes/.exec(rest) ?? [];
    const wanted = { status: Number.parseInt(status, 16), length: Number(length) };
    const at = this.#head?.protocol === 'optical' ? this.#opticalAnswer(wanted) : this.#mepAnswer(wanted);
    return at && this.#found(at);
  }

  #found(places: readonly number[]): FoundBytes {
    return {
      bytes: Uint8Array.from(places, (place) => this.#bytes[place] ?? 0),
      refs: places.flatMap((place) => this.#refs[place] ?? []),
      isMasked: places.some((place) => this.#masks[place] === true),
    };
  }

  #mepAnswer({ status, length }: { status: number; length: number }): number[] | undefined {
    const body = length + DIGEST_BYTES;
    const bytes = this.#bytes;
    for (let at = bytes.length - LENGTH_BYTES - body; at >= 0; at--) {
      if (bytes[at] === body >> 8 && bytes[at + 1] === (body & 0xff) && bytes[at + LENGTH_BYTES] === status) {
        return Array.from({ length }, (_, index) => at + LENGTH_BYTES + index);
      }
    }
    return undefined;
  }

  /** The last message whose packets are complete and in order. */
  #opticalAnswer({ status, length }: { status: number; length: number }): number[] | undefined {
    let last: number[] | undefined;
    let parts: number[] = [];
    let previous = '';
    for (const packet of packetsIn(Uint8Array.from(this.#bytes))) {
      const bytes = this.#bytes.slice(packet.start, packet.end).join();
      if (bytes === previous) continue;
      previous = bytes;
      if (packet.isFirst) parts = [];
      for (let at = packet.start + HEADER_BYTES; at < packet.end - CRC_BYTES; at++) parts.push(at);
      if (packet.sequence > 0) continue;
      if (parts.length === length && this.#bytes[parts[0] ?? -1] === status) last = parts;
      parts = [];
    }
    return last;
  }
}

/** A packet with a right CRC among bytes of the optical port. */
export interface PacketPlace {
  readonly start: number;
  readonly end: number;
  /** Begins a message. */
  readonly isFirst: boolean;
  readonly sequence: number;
}

/** The packets with a right CRC, in their order. */
export function packetsIn(bytes: Uint8Array): PacketPlace[] {
  const found: PacketPlace[] = [];
  for (let start = bytes.indexOf(START_OF_PACKET); start >= 0; start = bytes.indexOf(START_OF_PACKET, start + 1)) {
    const end = start + HEADER_BYTES + (bytes[start + 4] ?? 0) * 256 + (bytes[start + 5] ?? 0) + CRC_BYTES;
    if (end > bytes.length || end <= start + HEADER_BYTES + CRC_BYTES) continue;
    const crc = crc16(bytes, start, end - CRC_BYTES);
    if (bytes[end - 2] !== (crc & 0xff) || bytes[end - 1] !== crc >> 8) continue;
    const control = bytes[start + 2] ?? 0;
    const isFirst = (control & MULTI_PACKET) === 0 || (control & 0x40) !== 0;
    found.push({ start, end, isFirst, sequence: bytes[start + 3] ?? 0 });
    start = end - 1;
  }
  return found;
}
