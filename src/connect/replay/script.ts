/** A trace as a script to replay: connections, their requests, and what was received after each transmission. Pure. */
import { Conversation, type TracedExchange } from '../trace/conversation.js';
import type { TraceHead, TraceLine } from '../trace/line.js';
import { ACK } from '../../optical/packet.js';
import { inPlain } from './plain.js';
import type { Incoming, Transmission } from './transmission.js';

export interface ScriptedExchange extends TracedExchange {
  readonly at: number;
  readonly transmissions: readonly Transmission[];
  /** Its bytes are too many, or encrypted in a way that cannot be replayed. */
  readonly isUnplayable: boolean;
  /** About how much memory it takes, in bytes. */
  readonly size: number;
}

/** One connection of a trace, from its opening to its end. */
export interface ScriptedConnection {
  readonly head: TraceHead;
  /** What the line `opened` says of the port. */
  place: string;
  readonly startedAt: number;
  readonly exchanges: ScriptedExchange[];
  /** Sum of the sizes of those that are not played yet. */
  size: number;
}

type BegunTransmission = Transmission & { readonly incoming: Incoming[]; lost: string | undefined };

interface Begun {
  readonly line: number;
  readonly at: number;
  readonly transmissions: BegunTransmission[];
  size: number;
}

/** Memory of a chunk or exchange besides its bytes. */
const OVERHEAD_BYTES = 1_000;
/** Memory for each byte of an answer, which is kept with its position. */
const POSITION_BYTES = 50;
/** A request that causes more traffic is not replayed; a session gives up long before. */
const MAX_EXCHANGE_BYTES = 4_000_000;

/** Reads the lines of a trace. Lines before the first head are taken as those of a MEP port with digest security. */
export class ScriptReader {
  #connection: ScriptedConnection | undefined;
  readonly #conversation = new Conversation();
  #begun: Begun[] = [];

  /** The connection of the last line. */
  get connection(): ScriptedConnection | undefined {
    return this.#connection;
  }

  /** Adds a line. @returns the connection before it, if it begins another one */
  next(line: TraceLine, index: number): ScriptedConnection | undefined {
    const before = this.#connection;
    const over = this.#conversation.next(line, index);
    if (over) this.#add(over);
    if (line.direction === '-') this.#event(line, index);
    else if (line.direction === '>') this.#sent(line.bytes, line.at, index);
    else this.#received(line.bytes, line.at, index);
    return before === this.#connection ? undefined : before;
  }

  /** The last connection, at the end of the trace. */
  end(): ScriptedConnection | undefined {
    const over = this.#conversation.end();
    if (over) this.#add(over);
    return this.#connection;
  }

  #event({ word, rest, at }: Extract<TraceLine, { direction: '-' }>, index: number): void {
    if (word === 'trace') this.#connect(this.#conversation.head, at);
    if (word === 'opened') this.#present(at).place = rest;
    if (word === 'request') this.#begun.push({ line: index, at, transmissions: [], size: OVERHEAD_BYTES });
    const last = this.#begun.at(-1)?.transmissions.at(-1);
    if (word === 'lost' && last) last.lost = rest;
  }

  #sent(sent: Uint8Array, at: number, line: number): void {
    // The link that is tested sends its own acknowledgements.
    if (sent.length === 1 && sent[0] === ACK) return;
    const begun = this.#begun.at(-1);
    if (begun && hasRoom(begun, sent)) begun.transmissions.push({ at, line, sent, incoming: [], lost: undefined });
  }

  #received(bytes: Uint8Array, at: number, line: number): void {
    const begun = this.#begun.at(-1);
    const last = begun?.transmissions.at(-1);
    if (begun && last && hasRoom(begun, bytes)) last.incoming.push({ afterMs: Math.max(0, at - last.at), bytes, line });
  }

  #connect(head: TraceHead | undefined, startedAt: number): ScriptedConnection {
    this.#connection = {
      head: head ?? { version: 1, protocol: 'mep', security: 'digest' },
      place: '',
      startedAt,
      exchanges: [],
      size: 0,
    };
    return this.#connection;
  }

  #present(at: number): ScriptedConnection {
    return this.#connection ?? this.#connect(undefined, at);
  }

  #add(exchange: TracedExchange): void {
    const place = this.#begun.findIndex(({ line }) => line === exchange.line);
    const [begun] = place < 0 ? [] : this.#begun.splice(0, place + 1).slice(-1);
    if (!begun) return;
    const connection = this.#present(begun.at);
    const isTooLong = begun.size > MAX_EXCHANGE_BYTES;
    const { transmissions, isUnplayable } = inPlain(connection.head, exchange, isTooLong ? [] : begun.transmissions);
    const answered = exchange.answers.reduce((sum, { bytes }) => sum + bytes.length * POSITION_BYTES, 0);
    const size = Math.min(begun.size, MAX_EXCHANGE_BYTES) + answered;
    const { at } = begun;
    connection.exchanges.push({ ...exchange, at, size, transmissions, isUnplayable: isTooLong || isUnplayable });
    connection.size += size;
  }
}

function hasRoom(begun: Begun, bytes: Uint8Array): boolean {
  begun.size += bytes.length + OVERHEAD_BYTES;
  return begun.size <= MAX_EXCHANGE_BYTES;
}
