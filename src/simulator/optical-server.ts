/**
 * The meter's side of an optical line: packets, acknowledgements, retransmissions and timeouts of ANSI C12.18.
 * [OPT p.13-15]
 */
import type { Clock } from '../clock.js';
import { MessageAssembler, packetsOf } from '../optical/message.js';
import { ACK, encodePacket, NAK, type Packet } from '../optical/packet.js';
import { PacketDecoder } from '../optical/packet-decoder.js';
import { OPTICAL_RESPONSE_CODES } from '../optical/response-codes.js';
import type { FaultInjector } from './faults.js';
import { LineOutput, Timers } from './line-output.js';
import { type SimulatedOpticalPort, SimulatedOpticalSession } from './optical-port.js';

/** Timing of an optical port. */
export interface OpticalServerTiming {
  /** From the end of a message to its answer. */
  readonly answerDelayMs: number;
  /** Bits a second, ten to a byte; 0 for a line that takes no time. */
  readonly baudRate: number;
}

export interface OpticalServerOptions {
  readonly port: SimulatedOpticalPort;
  readonly clock: Clock;
  readonly timing: OpticalServerTiming;
  readonly faults: FaultInjector;
  /** Sends bytes to the client. */
  send(bytes: Uint8Array): void;
}

const INTER_CHARACTER_MS = 500;
const ACKNOWLEDGEMENT_MS = 2_000;
const MAX_RETRANSMISSIONS = 3;

/** One connection to a simulated optical port. `stop` ends it and all its timers. */
export class OpticalServer {
  readonly #options: OpticalServerOptions;
  readonly #session: SimulatedOpticalSession;
  readonly #decoder: PacketDecoder;
  readonly #assembler = new MessageAssembler();
  readonly #output: LineOutput;
  readonly #timers: Timers;
  /** The UART is switched to the optical port. */
  #isSwitched = false;
  #isDamageReported = false;
  #lastReceived: { readonly toggle: boolean; readonly crc: number } | undefined;
  #toggle = false;
  /** Packets of the answer that are not acknowledged yet. */
  #outgoing: Packet[] = [];
  #repetitions = 0;
  #cancelAcknowledgement: (() => void) | undefined;
  #cancelGap: (() => void) | undefined;
  #cancelTraffic: (() => void) | undefined;

  constructor(options: OpticalServerOptions) {
    this.#options = options;
    const { port, clock, timing } = options;
    this.#session = new SimulatedOpticalSession(port);
    this.#timers = new Timers(clock);
    this.#output = new LineOutput({
      clock,
      baudRate: timing.baudRate,
      send: (bytes) => {
        if (port.meter.isPowered) options.send(bytes);
      },
    });
    this.#decoder = new PacketDecoder({
      packet: (packet, crc) => {
        this.#onPacket(packet, crc);
      },
      acknowledged: () => {
        this.#onAcknowledged();
      },
      refused: () => {
        if (this.#outgoing.length > 0) this.#repeat();
      },
      damaged: () => {
        this.#onDamaged();
      },
    });
  }

  /** Receives bytes from the client. */
  receive(bytes: Uint8Array): void {
    const { port, faults, clock } = this.#options;
    if (port.behaviour.echoes) this.#options.send(bytes.slice());
    for (const chunk of faults.onRequest(bytes, clock.now())) this.#take(chunk);
  }

  /** Ends the connection. */
  stop(): void {
    this.#release();
    this.#timers.clear();
    this.#output.stop();
  }

  #take(bytes: Uint8Array): void {
    const { port, clock } = this.#options;
    const now = clock.now();
    if (this.#session.isTooOld(now)) {
      port.holdOff(now);
      this.#release();
    }
    if (!port.isListening(now)) return;
    this.#isDamageReported = false;
    this.#decoder.push(bytes);
    this.#cancelGap?.();
    if (!this.#decoder.isWaiting) return;
    this.#cancelGap = this.#timers.after(INTER_CHARACTER_MS, () => {
      this.#isDamageReported = false;
      this.#decoder.gap();
    });
  }

  #onPacket(packet: Packet, crc: number): void {
    if (!this.#hasPort()) return;
    const last = this.#lastReceived;
    const isRepeated = last !== undefined && last.toggle === packet.toggle && last.crc === crc;
    if (!isRepeated && this.#options.faults.happens('refused')) {
      this.#emit(Uint8Array.of(NAK));
      return;
    }
    this.#emit(Uint8Array.of(ACK));
    if (isRepeated) return;
    this.#lastReceived = { toggle: packet.toggle, crc };
    // A new request cancels the answer to the one before.
    this.#forgetAnswer();
    const message = this.#assembler.add(packet);
    if (typeof message === 'string') return;
    this.#timers.after(this.#options.timing.answerDelayMs, () => {
      this.#answer(message);
    });
  }

  /** On Gen2 and Gen3 the first packet only switches the UART to the optical port. */
  #hasPort(): boolean {
    const { meter, behaviour } = this.#options.port;
    const isLost = !this.#isSwitched && behaviour.firstPacket !== 'answered';
    if (isLost && behaviour.firstPacket === 'nak') this.#emit(Uint8Array.of(NAK));
    if (isLost) meter.isMepSwitchedOut = true;
    this.#isSwitched = true;
    this.#watchTraffic();
    return !isLost;
  }

  #onDamaged(): void {
    if (this.#isDamageReported) return;
    this.#isDamageReported = true;
    if (this.#hasPort()) this.#emit(Uint8Array.of(NAK));
  }

  #onAcknowledged(): void {
    if (this.#outgoing.length === 0) return;
    this.#watchTraffic();
    this.#cancelAcknowledgement?.();
    this.#outgoing.shift();
    this.#repetitions = 0;
    if (this.#outgoing.length > 0) this.#sendPacket();
    else this.#onAnswered();
  }

  #onAnswered(): void {
    if (this.#session.state === 'base') this.#release();
    else this.#decoder.expectPackets(this.#session.negotiated.packetSize);
  }

  #answer(message: Uint8Array): void {
    const { port, clock, faults } = this.#options;
    const now = clock.now();
    if (!port.isListening(now)) return;
    const { packetSize, packetCount } = this.#session.negotiated;
    let answer: Uint8Array;
    if (faults.happens('lost-session')) {
      this.#session.end();
      answer = Uint8Array.of(OPTICAL_RESPONSE_CODES.isss);
    } else if (faults.happens('busy')) {
      answer = Uint8Array.of(OPTICAL_RESPONSE_CODES.bsy);
    } else {
      answer = this.#session.answer(message, now);
    }
    if (answer.length > 1 && faults.happens('wrong-checksum')) answer = withWrongChecksum(answer);
    this.#watchTraffic();
    this.#outgoing = packetsOf(answer, packetSize, packetCount, this.#toggle) ?? [];
    if (this.#outgoing.length % 2 === 1) this.#toggle = !this.#toggle;
    this.#repetitions = 0;
    this.#sendPacket();
  }

  #sendPacket(): void {
    const [packet] = this.#outgoing;
    if (!packet) return;
    if (this.#options.faults.happens('mep-answer')) this.#output.put(this.#options.faults.mepAnswer());
    this.#emit(encodePacket(packet));
    const { clock } = this.#options;
    this.#cancelAcknowledgement = this.#timers.after(this.#output.freeAt - clock.now() + ACKNOWLEDGEMENT_MS, () => {
      this.#repeat();
    });
  }

  #repeat(): void {
    this.#cancelAcknowledgement?.();
    const isListening = this.#options.port.isListening(this.#options.clock.now());
    if (isListening && this.#repetitions++ < MAX_RETRANSMISSIONS) this.#sendPacket();
    else this.#release();
  }

  #forgetAnswer(): void {
    this.#cancelAcknowledgement?.();
    this.#outgoing = [];
  }

  #emit(bytes: Uint8Array): void {
    for (const { delayMs, bytes: sent } of this.#options.faults.onAnswer(bytes)) this.#output.put(sent, delayMs);
  }

  /** Restarts the traffic timeout, after which the session ends and the UART returns to the MEP interface. */
  #watchTraffic(): void {
    this.#cancelTraffic?.();
    this.#cancelTraffic = this.#timers.after(this.#session.trafficTimeoutMs, () => {
      this.#release();
    });
  }

  #release(): void {
    this.#session.end();
    this.#forgetAnswer();
    this.#assembler.reset();
    this.#decoder.reset();
    this.#decoder.expectPackets(this.#session.negotiated.packetSize);
    this.#cancelGap?.();
    this.#cancelTraffic?.();
    this.#lastReceived = undefined;
    this.#toggle = false;
    if (this.#isSwitched) this.#options.port.meter.isMepSwitchedOut = false;
    this.#isSwitched = false;
  }
}

/** The answer with its last byte changed: the checksum of a read. */
function withWrongChecksum(answer: Uint8Array): Uint8Array {
  const changed = answer.slice();
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 0x5a;
  return changed;
}
