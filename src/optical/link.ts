/**
 * Messages over an optical head: each packet acknowledged, sent again when it was not, and used once only.
 */
import { toHex } from '../bytes/hex.js';
import type { RoundTripMeasurement } from '../c1218/round-trip.js';
import { ignoreEvents, type ProtocolListener } from '../c1218/protocol-events.js';
import { requestTooLong } from '../c1218/services.js';
import type { LinkCounters } from '../c1218/table-link.js';
import { type Clock, pause } from '../clock.js';
import { ProtocolError } from '../errors.js';
import type { Negotiation } from './answers.js';
import { MessageAssembler, packetsOf } from './message.js';
import { ACK, encodePacket, NAK, type Packet } from './packet.js';
import { PacketWatch } from './packet-watch.js';
import type { OpticalPort, PortEvent } from './port.js';
import type { OpticalTiming } from './timing.js';

export interface OpticalLinkOptions {
  readonly port: OpticalPort;
  readonly clock: Clock;
  readonly timing: OpticalTiming;
  /** Times a packet is sent again, or an answer asked for again; default 3. */
  readonly retries?: number;
  readonly counters: LinkCounters;
  readonly roundTrips: RoundTripMeasurement;
  /** Receives the events of requests and answers. */
  readonly listener?: ProtocolListener | undefined;
}

export interface ExchangeOptions {
  readonly signal: AbortSignal;
  /** Instead of the usual times a packet is sent again. */
  readonly retries?: number;
  /** The meter may not be listening yet. */
  readonly isFirst?: boolean;
  /** Instead of the usual waits for an acknowledgement and an answer, in ms. */
  readonly timeoutMs?: number;
  /** Called when the message leaves for the first time. */
  readonly onSending?: (() => void) | undefined;
  /** True for an answer that cannot belong to this request: it is acknowledged and dropped. */
  readonly isStale?: (answer: Uint8Array) => boolean;
}

/** The behaviour of the toggle in answers: C12.18 alternates it with each packet, but a port may not. */
type ToggleTrust = 'unknown' | 'alternates' | 'constant';

/** The outcome of the wait for an acknowledgement. */
type Acknowledgement = 'ack' | 'nak' | 'timeout' | 'out-of-step';

type PacketEvent = Extract<PortEvent, { kind: 'packet' }>;
const PAUSE_AFTER_FAILURE_MS = 100;
const ACKNOWLEDGEMENT = Uint8Array.of(ACK);
const REFUSAL = Uint8Array.of(NAK);
/** The alert record with which a port that requires TLS answers anything else. */
const TLS_ALERT = /15 03 0[0-4] 00 02/;

/** One end of the link; one exchange at a time. */
export class OpticalLink {
  readonly watch = new PacketWatch();
  readonly #port: OpticalPort;
  readonly #clock: Clock;
  readonly #timing: OpticalTiming;
  readonly #retries: number;
  readonly #counters: LinkCounters;
  readonly #roundTrips: RoundTripMeasurement;
  readonly #report: ProtocolListener;
  readonly #assembler = new MessageAssembler();
  #packetSize = 64;
  #packetCount = 1;
  /** Of the packet sent last. It is never reset: a meter may remember it from an earlier session. */
  #toggle = true;
  #sent: Uint8Array = new Uint8Array(0);
  #received: { readonly toggle: boolean; readonly crc: number } | undefined;
  #toggleTrust: ToggleTrust = 'unknown';
  /** Whether the head receives its own light: then each sent packet comes back first. */
  #hasEcho = false;
  #isEchoSeen = false;

  constructor(options: OpticalLinkOptions) {
    this.#port = options.port;
    this.#clock = options.clock;
    this.#timing = options.timing;
    this.#retries = options.retries ?? 3;
    this.#counters = options.counters;
    this.#roundTrips = options.roundTrips;
    this.#report = options.listener ?? ignoreEvents;
  }

  /** Sets the packet sizes that are in force. */
  configure({ packetSize, packetCount }: Pick<Negotiation, 'packetSize' | 'packetCount'>): void {
    this.#packetSize = packetSize;
    this.#packetCount = packetCount;
    this.#port.expectPackets(packetSize);
  }

  /** Forgets what an earlier session left: the far end's toggle is unknown again. */
  begin(): void {
    this.#received = undefined;
    this.#toggleTrust = 'unknown';
  }

  /** The toggle of the packet received last. */
  get receivedToggle(): boolean | undefined {
    return this.#received?.toggle;
  }

  /** Sets whether the far end alternates its toggle, as two unambiguous answers have shown. */
  trustToggle(alternates: boolean): void {
    this.#toggleTrust = alternates ? 'alternates' : 'constant';
  }

  /**
   * Sends a message and waits for the answer.
   * @throws ProtocolError `optical-silence`, `optical-noise`, `optical-tls-required`, `out-of-step`, `request-too-long`
   * for a message longer than was negotiated; TransportError; what the signal was aborted with
   */
  async exchange(message: Uint8Array, options: ExchangeOptions): Promise<Uint8Array> {
    const packets = packetsOf(message, this.#packetSize, this.#packetCount, !this.#toggle);
    if (!packets) throw requestTooLong(message.length);
    await this.#clear(options.signal);
    this.#port.clearReceived();
    this.#report({ kind: 'request', message });
    options.onSending?.();
    for (const packet of packets) await this.#deliver(packet, options);
    const sentAt = this.#clock.now();
    const answer = await this.#receive(options);
    this.#port.noteUnderstood();
    this.#report({ kind: 'accepted', answer });
    this.#roundTrips.add(this.#clock.now() - sentAt);
    return answer;
  }

  /** Drops events since the last exchange. Packets among them are acknowledged, or the meter would repeat them. */
  async #clear(signal: AbortSignal): Promise<void> {
    this.#assembler.reset();
    for (const event of this.#port.takeEvents()) {
      if (event.kind === 'packet' && !this.#isEcho(event)) await this.#dismiss(event, signal);
    }
  }

  /** Sends a packet until it is acknowledged. */
  async #deliver(packet: Packet, { signal, retries = this.#retries, ...options }: ExchangeOptions): Promise<void> {
    const bytes = encodePacket(packet);
    this.#toggle = packet.toggle;
    const { acknowledgementMs, firstAcknowledgementMs } = this.#timing;
    const timeoutMs = options.timeoutMs ?? acknowledgementMs;
    let outcome: Acknowledgement | undefined;
    for (let attempt = 0; attempt <= retries; attempt++) {
      if (attempt > 0) {
        this.#counters.retries++;
        this.#report({ kind: 'retry', reason: outcome === 'nak' ? 'damaged' : 'timeout' });
        // The loss of the very first packet is no sign of a slow head.
        if (options.isFirst !== true) this.#port.slowDown();
        await pause(this.#clock, PAUSE_AFTER_FAILURE_MS, signal);
      }
      this.#sent = bytes;
      this.#isEchoSeen = false;
      await this.#port.send(bytes, signal);
      const waitMs = options.isFirst === true && attempt === 0 ? firstAcknowledgementMs : timeoutMs;
      outcome = await this.#acknowledgement(waitMs, signal);
      if (outcome === 'ack') {
        this.watch.noteAcknowledged(bytes);
        return;
      }
      if (outcome === 'out-of-step') throw outOfStep('An answer came before its request was acknowledged');
      if (outcome === 'timeout') this.#noteTimeout();
    }
    throw this.watch.explained(bytes, retries + 1, this.#unanswered());
  }

  /**
   * Waits for the acknowledgement of what was sent. A packet that comes instead is an old answer, or the new answer after
   * a lost acknowledgement. The two look the same, so it is never used.
   */
  async #acknowledgement(waitMs: number, signal: AbortSignal): Promise<Acknowledgement> {
    const deadline = this.#deadlineIn(waitMs);
    let hasUnexpected = false;
    for (;;) {
      const event = await deadline.next(signal);
      if (!event) break;
      if (event.kind === 'damaged' || this.#isEcho(event)) continue;
      if (event.kind !== 'packet') {
        // Until the echo of our packet, an acknowledgement is the echo of our last one.
        if (this.#hasEcho && !this.#isEchoSeen) continue;
        return event.kind;
      }
      if (this.#classify(event) !== 'repeated') hasUnexpected = true;
      await this.#dismiss(event, signal);
    }
    this.#hasEcho &&= this.#isEchoSeen;
    return hasUnexpected ? 'out-of-step' : 'timeout';
  }

  /**
   * Waits for the answer. The timeout restarts with each packet, whole or garbled, but no more often than the answer can
   * have packets and repetitions.
   */
  async #receive({ signal, retries = this.#retries, ...options }: ExchangeOptions): Promise<Uint8Array> {
    const answerMs = options.timeoutMs ?? this.#timing.answerMs;
    let deadline = this.#deadlineIn(answerMs);
    let extensions = this.#packetCount + retries;
    const extend = (): void => {
      if (extensions-- > 0) deadline = this.#deadlineIn(answerMs);
    };
    for (let refusals = 0; ;) {
      const event = await deadline.next(signal);
      if (!event) {
        this.#noteTimeout();
        throw this.#unanswered();
      }
      if (event.kind === 'damaged') {
        this.#counters.rejectedAnswers++;
        this.#report({ kind: 'rejected', reason: 'crc' });
        if (refusals++ >= retries) throw this.#unanswered();
        await this.#port.send(REFUSAL, signal);
        extend();
      } else if (event.kind === 'packet' && !this.#isEcho(event)) {
        const message = await this.#accept(event, signal);
        if (message && options.isStale?.(message)) this.#received = undefined;
        else if (message) return message;
        extend();
      }
    }
  }

  /** A common deadline of several waits; a packet that has begun by then is still received. */
  #deadlineIn(waitMs: number): { next: (signal: AbortSignal) => Promise<PortEvent | undefined> } {
    const at = this.#clock.now() + waitMs;
    return {
      next: (signal) => {
        const leftMs = at - this.#clock.now();
        return leftMs < -this.#timing.maxPacketMs ? Promise.resolve(undefined) : this.#port.next(leftMs, signal);
      },
    };
  }

  /** @returns the message that ends with this packet */
  async #accept(event: PacketEvent, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const verdict = this.#classify(event);
    await this.#dismiss(event, signal);
    if (verdict === 'repeated') return undefined;
    if (verdict === 'out-of-step') throw outOfStep('An answer whose toggle did not change');
    const message = this.#assembler.add(event.packet);
    if (message === 'out-of-order') throw outOfStep('A packet of the answer is missing');
    return message === 'more' ? undefined : message;
  }

  /**
   * A packet with the toggle of the previous one is its repetition if the CRC is the same, and out of step otherwise,
   * unless its sequence number continues the message under way.
   */
  #classify({ packet, crc }: PacketEvent): 'new' | 'repeated' | 'out-of-step' {
    if (this.#received?.toggle !== packet.toggle) return 'new';
    if (this.#toggleTrust === 'constant') return 'new';
    if (this.#received.crc === crc) return 'repeated';
    if (this.#assembler.follows(packet)) return 'new';
    return this.#toggleTrust === 'unknown' ? 'new' : 'out-of-step';
  }

  async #dismiss({ packet, crc }: PacketEvent, signal: AbortSignal): Promise<void> {
    this.#received = { toggle: packet.toggle, crc };
    await this.#port.send(ACKNOWLEDGEMENT, signal);
  }

  /** Whether an event is the echo of our own packet: a head may receive its own light by reflection. */
  #isEcho(event: PortEvent): boolean {
    if (event.kind !== 'packet' || toHex(encodePacket(event.packet)) !== toHex(this.#sent)) return false;
    this.#counters.echoes++;
    this.#hasEcho = true;
    this.#isEchoSeen = true;
    return true;
  }

  #noteTimeout(): void {
    this.#counters.timeouts++;
    this.#report({ kind: 'timeout' });
  }

  #unanswered(): ProtocolError {
    const raw = this.#port.received;
    const hex = toHex(raw);
    if (TLS_ALERT.test(hex)) {
      return new ProtocolError('optical-tls-required', 'The port answers with a TLS alert', { raw });
    }
    const { shortfallError } = this.#port;
    if (shortfallError) return shortfallError;
    if (this.#port.hasReceivedNoise) {
      return new ProtocolError('optical-noise', `Only unusable bytes came back: ${hex}`, { raw });
    }
    const what = this.#isEchoSeen ? 'Nothing but our own light comes back' : 'No answer';
    return new ProtocolError('optical-silence', `${what} at the optical port ${this.#port.description}`);
  }
}

function outOfStep(message: string): ProtocolError {
  return new ProtocolError('out-of-step', message);
}
