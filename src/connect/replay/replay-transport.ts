import type { Clock } from '../../clock.js';
import { TRANSPORT_ERROR_CODES, TransportError } from '../../errors.js';
import { Digest, DIGEST_BYTES } from '../../mep/digest.js';
import { LENGTH_BYTES, SEQUENCE_BYTES } from '../../mep/message.js';
import { ACK, HEADER_BYTES, START_OF_PACKET } from '../../optical/packet.js';
import { concatBytes } from '../../bytes/hex.js';
import { RESPONSE_CODES } from '../../c1218/services.js';
import { type PortHandle, PortHolder } from '../../transport/port-handle.js';
import type { Transport, TransportEvents } from '../../transport/index.js';
import { packetsIn } from '../trace/conversation.js';
import type { ScriptedConnection, ScriptedExchange } from './script.js';
import type { Transmission } from './transmission.js';

/** The key of both ends of a replay: a trace does not contain the meter's own key. */
export const REPLAY_KEY = new TextEncoder().encode('REPLAY-KEY-000000001');

const LOGON = 0x50;
const SECURITY = 0x51;
const NEGOTIATE = 0x60;
const SIGNATURE_BYTES = SEQUENCE_BYTES + DIGEST_BYTES;

/**
 * A port that replays a recorded conversation. A request is matched by its content and gets the recorded answer after
 * the recorded delay. Sequence numbers and digests are recomputed; bytes that were no verified answer are not changed.
 */
export class ReplayTransport implements Transport {
  readonly description = 'replayed trace';
  readonly #script: ScriptedConnection;
  readonly #clock: Clock;
  readonly #holder = new PortHolder(this.description);
  readonly #played = new WeakMap<ScriptedExchange, number>();
  #present: ScriptedExchange | undefined;
  /** The last request or packet, as it was sent. */
  #sent: Uint8Array = new Uint8Array(0);
  #handle: PortHandle | undefined;

  constructor(script: ScriptedConnection, clock: Clock) {
    this.#script = script;
    this.#clock = clock;
  }

  open(events: TransportEvents, signal?: AbortSignal): Promise<void> {
    return this.#holder.open(
      async (handle) => {
        this.#handle = handle;
        handle.opened();
        await new Promise<void>((resolve) => handle.onOver(resolve));
      },
      events,
      signal,
    );
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#holder.use(() => {
      if (this.#script.head.protocol === 'optical') this.#optical(bytes);
      else this.#mep(bytes);
      return Promise.resolve();
    });
  }

  close(): Promise<void> {
    return this.#holder.close();
  }

  #optical(bytes: Uint8Array): void {
    if (bytes.length === 1) {
      if (bytes[0] !== ACK && this.#present) this.#play(this.#present, (all) => all);
      return;
    }
    const [packet] = bytes[0] === START_OF_PACKET ? packetsIn(bytes) : [];
    if (!packet) return;
    const message = bytes.subarray(HEADER_BYTES, packet.end - 2);
    const exchange = this.#find(bytes, (other) =>
      isSessionService(message[0] ?? 0) ? isSameService(other[0] ?? 0, message[0] ?? 0) : isSame(other, message),
    );
    if (exchange) this.#play(exchange, (all) => all);
  }

  #mep(bytes: Uint8Array): void {
    const body = bytes.subarray(LENGTH_BYTES);
    const signed = body.subarray(0, -DIGEST_BYTES);
    const message = body.subarray(0, -SIGNATURE_BYTES);
    const exchange = this.#find(bytes, (other) => isSame(other, message));
    if (!exchange) return;
    const state = new Digest(REPLAY_KEY).update(signed);
    this.#play(exchange, (all, transmission) => this.#sealed(all, exchange, transmission, state, signed));
  }

  /** The exchange in progress, or the next one with this request. */
  #find(sent: Uint8Array, fits: (message: Uint8Array) => boolean): ScriptedExchange | undefined {
    const present = this.#present;
    // The same bytes are a repetition: the answers to later requests are not for it.
    const isRepetition = isSame(sent, this.#sent);
    this.#sent = sent.slice();
    if (present && isRepetition) return present;
    if (present && fits(present.message) && this.#isLeft(present)) return present;
    const { exchanges } = this.#script;
    const from = present ? exchanges.indexOf(present) + 1 : 0;
    const isNext = (exchange: ScriptedExchange): boolean =>
      fits(exchange.message) && !exchange.isUnplayable && !this.#played.has(exchange);
    const found = exchanges.slice(from).find(isNext) ?? exchanges.find(isNext);
    if (found) this.#present = found;
    return found ?? (present && fits(present.message) ? present : undefined);
  }

  #isLeft(exchange: ScriptedExchange): boolean {
    return (this.#played.get(exchange) ?? 0) < exchange.transmissions.length;
  }

  #play(exchange: ScriptedExchange, seal: (incoming: Uint8Array, transmission: Transmission) => Uint8Array): void {
    const count = this.#played.get(exchange) ?? 0;
    this.#played.set(exchange, count + 1);
    const transmission = exchange.transmissions[count];
    const handle = this.#handle;
    if (!transmission || !handle) return;
    const { incoming } = transmission;
    const all = seal(concatBytes(...incoming.map(({ bytes }) => bytes)), transmission);
    let at = 0;
    for (const { afterMs, bytes } of incoming) {
      const part = all.slice(at, at + bytes.length);
      at += bytes.length;
      this.#clock.after(afterMs, () => {
        handle.data(part);
      });
    }
    if (transmission.lost !== undefined) this.#lose(handle, transmission.lost, incoming.at(-1)?.afterMs ?? 0);
  }

  #lose(handle: PortHandle, text: string, afterMs: number): void {
    const code = TRANSPORT_ERROR_CODES.find((known) => known === text) ?? 'connection-lost';
    this.#clock.after(afterMs + 1, () => {
      handle.lose(new TransportError(code, 'The connection was lost then', { isEndedByPeer: true }));
    });
  }

  /** The recorded bytes; verified answers get a new digest, and 0C the sequence number that fits this session. */
  #sealed(
    all: Uint8Array,
    { answers }: ScriptedExchange,
    { incoming, sent }: Transmission,
    state: Digest,
    signed: Uint8Array,
  ): Uint8Array {
    const bytes = all.slice();
    for (const answer of answers) {
      const start = placeOf(answer.refs[0], incoming);
      if (start === undefined || !isSame(bytes.subarray(start, start + answer.bytes.length), answer.bytes)) continue;
      const end = start + answer.bytes.length;
      if (bytes[start] === RESPONSE_CODES.invalidSequenceNumber && end - start === 1 + SEQUENCE_BYTES) {
        const wanted = numberAt(bytes, start + 1);
        const then = sent.length > SIGNATURE_BYTES ? numberAt(sent, sent.length - SIGNATURE_BYTES) : 0;
        const now = numberAt(signed, signed.length - SEQUENCE_BYTES);
        new DataView(bytes.buffer).setUint32(start + 1, (now + (wanted - then)) >>> 0);
      }
      bytes.set(state.clone().update(bytes.subarray(start, end)).finish(), end);
    }
    return bytes;
  }
}

function placeOf(
  ref: { readonly line: number; readonly at: number } | undefined,
  incoming: Transmission['incoming'],
): number | undefined {
  let before = 0;
  for (const { line, bytes } of incoming) {
    if (line === ref?.line) return before + ref.at;
    before += bytes.length;
  }
  return undefined;
}

/** Services whose content is set by the user, or masked. */
function isSessionService(code: number): boolean {
  return code === LOGON || code === SECURITY || (code & 0xf0) === NEGOTIATE;
}

function isSameService(one: number, other: number): boolean {
  return one === other || (one & other & 0xf0) === NEGOTIATE;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

function numberAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at);
}
