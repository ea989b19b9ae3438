import {
  encodeIdentification,
  encodeNegotiation,
  encodeReadAnswer,
  type Negotiation,
} from '../../../src/optical/answers.js';
import { MessageAssembler, packetsOf } from '../../../src/optical/message.js';
import { PacketDecoder } from '../../../src/optical/packet-decoder.js';
import { ACK, encodePacket, NAK, type Packet } from '../../../src/optical/packet.js';
import { decodeOpticalRequest, type OpticalRequest } from '../../../src/optical/requests.js';
import { OpticalSession, type OpticalSessionOptions } from '../../../src/optical/session.js';
import { FakeClock } from '../fake-clock.js';
import { ScriptedTransport } from '../line/scripted-transport.js';

export const ACKNOWLEDGED = Uint8Array.of(ACK);
export const REFUSED = Uint8Array.of(NAK);
export const DONE = Uint8Array.of(0);
/** A key of characters that look like hex digits. */
export const OPTICAL_KEY = new TextEncoder().encode('0123456789ABCDEF0123');

/** Usual settings of a session. */
export const OPTICAL_SETTINGS = {
  password: OPTICAL_KEY,
  packetSize: 64,
  packetCount: 2,
  userId: 2,
  userName: 'nodered',
  mode: 'auto',
  shortIdleMs: 1_500,
} as const;

/**
 * A port on which a test acts as a well-behaved meter: each request is passed to `answer`, acknowledged, and answered in
 * packets with an alternating toggle bit. For other behaviour a test sets `onPacket` or sends its own bytes.
 */
export class OpticalScript {
  readonly transport = new ScriptedTransport();
  /** Requests in order, repetitions included. */
  readonly requests: OpticalRequest[] = [];
  /** Acknowledgements and NAKs sent by the session. */
  readonly singles: number[] = [];
  granted: Negotiation = { packetSize: 64, packetCount: 2, baudRate: 9_600 };
  toggles = true;
  /** The answer to a table request; undefined: none. */
  answer: (request: OpticalRequest) => Uint8Array | undefined = () => encodeReadAnswer(Uint8Array.of(1, 2, 3, 4));
  /** Called first for each packet; true: nothing else is done with it. */
  onPacket: (request: OpticalRequest, packet: Packet) => boolean = () => false;
  readonly #assembler = new MessageAssembler();
  #toggle = true;

  constructor() {
    const decoder = new PacketDecoder({
      packet: (packet) => {
        this.#take(packet);
      },
      acknowledged: () => this.singles.push(ACK),
      refused: () => this.singles.push(NAK),
      damaged: () => undefined,
    });
    this.transport.reply = (bytes) => {
      decoder.push(bytes);
    };
  }

  get services(): string[] {
    return this.requests.map(({ service }) => service);
  }

  /** The packets of a message, the first with this meter's next toggle bit. */
  packets(message: Uint8Array): Uint8Array[] {
    const { packetSize, packetCount } = this.granted;
    return packetsOf(message, packetSize, packetCount, !this.#toggle)!.map((packet) => {
      if (this.toggles) this.#toggle = packet.toggle;
      return encodePacket(this.toggles ? packet : { ...packet, toggle: false });
    });
  }

  /** The answers that begin and end a session; undefined for a table request. */
  usualAnswer(request: OpticalRequest): Uint8Array | undefined {
    if (request.service === 'identification') return encodeIdentification({ standard: 0, version: 1, revision: 0 });
    if (request.service === 'negotiate') return encodeNegotiation(this.granted);
    return 'table' in request ? undefined : DONE;
  }

  #take(packet: Packet): void {
    const message = this.#assembler.add(packet);
    if (!(message instanceof Uint8Array)) {
      this.transport.send(ACKNOWLEDGED);
      return;
    }
    const request = decodeOpticalRequest(message);
    if (!request) throw new Error('The session sent what is no request');
    this.requests.push(request);
    if (this.onPacket(request, packet)) return;
    this.transport.send(ACKNOWLEDGED);
    const answer = this.usualAnswer(request) ?? this.answer(request);
    if (answer) this.transport.send(...this.packets(answer));
  }
}

/** An opened session on a scripted port, and its events. */
export interface OpticalStage {
  clock: FakeClock;
  meter: OpticalScript;
  session: OpticalSession;
  doubts: number;
  closed: string[];
}

export async function opticalStage(options: Partial<OpticalSessionOptions> = {}): Promise<OpticalStage> {
  const clock = new FakeClock();
  const meter = new OpticalScript();
  const session = new OpticalSession({ ...OPTICAL_SETTINGS, transport: meter.transport, clock, ...options });
  const stage: OpticalStage = { clock, meter, session, doubts: 0, closed: [] };
  await session.open(listenerOf(stage));
  return stage;
}

/** Records the events of a session in the stage. */
export function listenerOf(stage: OpticalStage): Parameters<OpticalSession['open']>[0] {
  return {
    alert: () => undefined,
    dimensionsMayHaveChanged: () => stage.doubts++,
    closed: (error) => stage.closed.push(error.code),
  };
}
