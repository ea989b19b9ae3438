import { toHex } from '../../bytes/hex.js';
import { decodeLenientRequest, isWrite } from '../../c1218/services.js';
import type { ProtocolEvent, ProtocolListener } from '../../c1218/protocol-events.js';
import { type Clock, systemClock } from '../../clock.js';
import { isMeterError } from '../../errors.js';
import { findTable } from '../../tables/index.js';
import { printable } from '../../texts.js';
import type { Transport, TransportEvents } from '../../transport/index.js';
import { VERSION } from '../../version.js';
import type { MeterSettings } from '../settings.js';
import { formatTraceLine, type TraceBytes, traceHex, type TraceLine, TRACE_VERSION } from './line.js';
import { type LineFormat, TraceMask } from './mask.js';
import { secretsOf } from './secrets.js';

/** Where the lines of a trace go. */
export interface TraceSink {
  /**
   * Takes one line, without its end; must not throw.
   * @param now monotonic time in ms
   */
  add(line: string, now: number): void;
}

/** If the wall clock differs by more from the time of the lines, it was set or has drifted. */
const CLOCK_TOLERANCE_MS = 100;

/** A link whose bytes are traced. */
export interface TracedLink {
  readonly transport: Transport;
  readonly listener: ProtocolListener;
}

/**
 * Writes the traffic and the events of a connection as lines for `nes-meter explain`. The time of a line is counted on the
 * monotonic clock from a wall time, so that pauses are right even if the wall clock is set, which has a line of its
 * own. No key is ever written.
 */
export class Tracer {
  readonly #sinks: readonly TraceSink[];
  readonly #clock: Clock;
  #wall = Number.NaN;
  #monotonic = 0;

  constructor(sinks: readonly TraceSink[], clock: Clock = systemClock) {
    this.#sinks = sinks;
    this.#clock = clock;
  }

  /** Traces what goes through a transport, and what the session above it reports to `listener`. */
  link(settings: MeterSettings, transport: Transport): TracedLink {
    const link = new LinkTrace(this, settings);
    return {
      transport: new TracedTransport(transport, link),
      listener: (event) => {
        link.event(event);
      },
    };
  }

  /** Adds an event. */
  note(word: string, rest = ''): void {
    this.#add((at) => ({ direction: '-', at, word, rest }));
  }

  /** Adds bytes, in their order. */
  bytes(direction: '>' | '<', content: TraceBytes, now = this.now): void {
    if (content.bytes.length > 0) this.#add((at) => ({ direction, at, ...content }), now);
  }

  /** The monotonic time. */
  get now(): number {
    return this.#clock.now();
  }

  /** Begins a connection with its head, which a reader of the following lines needs. */
  begin({ protocol, security }: MeterSettings): void {
    const kind = protocol === 'mep' ? `mep ${security}` : 'optical';
    this.note('trace', `${TRACE_VERSION} nes-meter ${VERSION} ${kind}, clock ${this.#clock.now().toFixed(3)} ms`);
  }

  #add(make: (at: number) => TraceLine, now = this.now): void {
    const wall = this.#clock.date().getTime() - (this.now - now);
    const at = this.#wall + now - this.#monotonic;
    if (Math.abs(wall - at) <= CLOCK_TOLERANCE_MS) {
      this.#write(make(at), now);
      return;
    }
    const isFirst = Number.isNaN(at);
    this.#wall = wall;
    this.#monotonic = now;
    const rest = `set to ${new Date(wall).toISOString()}, clock ${now.toFixed(3)} ms`;
    if (!isFirst) this.#write({ direction: '-', at, word: 'clock', rest }, now);
    this.#write(make(wall), now);
  }

  #write(line: TraceLine, now: number): void {
    const text = formatTraceLine(line);
    for (const sink of this.#sinks) sink.add(text, now);
  }
}

/** The lines of one link. */
class LinkTrace {
  readonly settings: MeterSettings;
  readonly #tracer: Tracer;
  readonly #mask: TraceMask;
  readonly #isEncrypted: boolean;
  /** Time of the received bytes that the mask may hold back. */
  #receivedAt = 0;

  constructor(tracer: Tracer, settings: MeterSettings) {
    this.#tracer = tracer;
    this.settings = settings;
    this.#isEncrypted = settings.protocol === 'mep' && settings.security !== 'digest';
    const format: LineFormat = this.#isEncrypted ? 'encrypted' : settings.protocol;
    this.#mask = new TraceMask(format, secretsOf(settings));
  }

  begin(): void {
    this.#tracer.begin(this.settings);
  }

  note(word: string, rest = ''): void {
    this.#flush();
    this.#tracer.note(word, rest);
  }

  sent(bytes: Uint8Array): void {
    this.#flush();
    this.#tracer.bytes('>', this.#mask.sent(bytes));
  }

  received(bytes: Uint8Array): void {
    this.#receivedAt = this.#tracer.now;
    this.#tracer.bytes('<', this.#mask.received(bytes));
  }

  event(event: ProtocolEvent): void {
    switch (event.kind) {
      case 'request':
        this.note('request', `${traceHex(this.#mask.request(event.message))}: ${requestText(event.message)}`);
        break;
      case 'accepted':
        this.#accepted(event.answer);
        break;
      case 'rejected':
      case 'retry':
        this.note(event.kind, event.reason);
        break;
      case 'failed':
        this.note('failed', event.code);
        break;
      case 'alert':
        // Bytes that are held back belong to what comes after it.
        this.#tracer.note('alert');
        break;
      case 'timeout':
        this.note('timeout');
    }
  }

  /** Adds the answer itself on an encrypted line, whose bytes do not show it. */
  #accepted(answer: Uint8Array): void {
    this.#flush();
    const shown = this.#mask.accepted(answer);
    const status = answer[0] ?? 0;
    const text = `${toHex(answer.subarray(0, 1))}, ${answer.length} bytes`;
    this.#tracer.note(status === 0 ? 'accepted' : 'refused', text + (this.#isEncrypted ? `: ${traceHex(shown)}` : ''));
  }

  #flush(): void {
    this.#tracer.bytes('<', this.#mask.rest(), this.#receivedAt);
  }
}

const SERVICES: ReadonlyMap<number, string> = new Map([
  [0x20, 'identification'],
  [0x21, 'terminate'],
  [0x50, 'logon'],
  [0x51, 'security'],
  [0x52, 'logoff'],
  [0x60, 'negotiate'],
  [0x61, 'negotiate'],
]);

function requestText(message: Uint8Array): string {
  const request = decodeLenientRequest(message);
  if (request) {
    const { table } = request;
    const name = findTable(table)?.name ?? `table ${table}`;
    const offset = 'offset' in request ? request.offset : 0;
    const count = isWrite(request) ? request.data.length : request.count;
    return `${isWrite(request) ? 'write' : 'read'} ${name}, offset ${offset}, ${count} bytes`;
  }
  const [code = 0] = message;
  if (code === 0x40 || code === 0x4f) return 'write';
  if (code === 0x30) return 'read';
  return SERVICES.get(code) ?? 'other service';
}

/** Traces everything before it passes it on. */
class TracedTransport implements Transport {
  readonly cyclePower?: (downMs: number) => Promise<void>;
  readonly #transport: Transport;
  readonly #link: LinkTrace;

  constructor(transport: Transport, link: LinkTrace) {
    this.#transport = transport;
    this.#link = link;
    if (transport.cyclePower) {
      this.cyclePower = async (downMs) => {
        link.note('lines', `down for ${downMs} ms`);
        await transport.cyclePower?.(downMs);
        link.note('lines', 'up');
      };
    }
  }

  get description(): string {
    return this.#transport.description;
  }

  get isNetwork(): boolean {
    return this.#transport.isNetwork === true;
  }

  get isTelnet(): boolean {
    return this.#transport.isTelnet === true;
  }

  async open(events: TransportEvents, signal?: AbortSignal): Promise<void> {
    const link = this.#link;
    link.begin();
    try {
      await this.#transport.open(
        {
          data: (bytes) => {
            link.received(bytes);
            events.data(bytes);
          },
          closed: (error) => {
            link.note('lost', error.code);
            events.closed(error);
          },
        },
        signal,
      );
    } catch (error) {
      link.note('not-opened', isMeterError(error) ? error.code : 'unexpected');
      throw error;
    }
    const { transport, dtr = 'on', rts = 'on' } = link.settings;
    const lines = transport === 'serial' ? `, dtr ${dtr}, rts ${rts}` : '';
    link.note('opened', printable(this.description) + lines);
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#link.sent(bytes);
    await this.#transport.write(bytes);
  }

  async close(): Promise<void> {
    await this.#transport.close();
    this.#link.note('closed');
  }
}
