/** A trace as a script to replay: connections, their requests, and what was received after each transmission. Pure. */
import { Conversation, type TracedExchange } from '../trace/conversation.js';
import type { TraceHead, TraceLine } from '../trace/line.js';
import { ACK } from '../../optical/packet.js';

/** Received bytes, and their delay after the transmission. */
export interface Incoming {
  readonly afterMs: number;
  readonly bytes: Uint8Array;
  readonly line: number;
}

/** One transmission to the meter, and what was received before the next one. */
export interface Transmission {
  readonly at: number;
  readonly sent: Uint8Array;
  readonly incoming: Incoming[];
  /** The code of the error with which the connection was lost. */
  lost: string | undefined;
}

export interface ScriptedExchange extends TracedExchange {
  readonly at: number;
  readonly transmissions: readonly Transmission[];
}

/** One connection of a trace, from its opening to its end. */
export interface ScriptedConnection {
  readonly head: TraceHead;
  /** What the line `opened` says of the port. */
  place: string;
  readonly startedAt: number;
  readonly exchanges: ScriptedExchange[];
}

interface Begun {
  readonly line: number;
  readonly at: number;
  readonly transmissions: Transmission[];
}

/** Reads the lines of a trace. Lines before the first head are taken as those of a MEP port with digest security. */
export class ScriptReader {
  readonly connections: ScriptedConnection[] = [];
  #conversation = new Conversation();
  #begun: Begun[] = [];

  next(line: TraceLine, index: number): void {
    const over = this.#conversation.next(line, index);
    if (over) this.#add(over);
    if (line.direction === '-') this.#event(line, index);
    else if (line.direction === '>') this.#sent(line.bytes, line.at);
    else this.#came(line.bytes, line.at, index);
  }

  end(): void {
    const over = this.#conversation.end();
    if (over) this.#add(over);
  }

  #event({ word, rest, at }: Extract<TraceLine, { direction: '-' }>, index: number): void {
    if (word === 'trace') this.#connect(this.#conversation.head, at);
    if (word === 'opened') this.#present(at).place = rest;
    if (word === 'request') this.#begun.push({ line: index, at, transmissions: [] });
    const last = this.#begun.at(-1)?.transmissions.at(-1);
    if (word === 'lost' && last) last.lost = rest;
  }

  #sent(sent: Uint8Array, at: number): void {
    // The link that is tested sends its own acknowledgements.
    if (sent.length === 1 && sent[0] === ACK) return;
    this.#begun.at(-1)?.transmissions.push({ at, sent, incoming: [], lost: undefined });
  }

  #came(bytes: Uint8Array, at: number, line: number): void {
    const last = this.#begun.at(-1)?.transmissions.at(-1);
    last?.incoming.push({ afterMs: Math.max(0, at - last.at), bytes, line });
  }

  #connect(head: TraceHead | undefined, startedAt: number): ScriptedConnection {
    const connection = {
      head: head ?? { version: 1, protocol: 'mep', security: 'digest' },
      place: '',
      startedAt,
      exchanges: [],
    };
    this.connections.push(connection);
    return connection;
  }

  #present(at: number): ScriptedConnection {
    return this.connections.at(-1) ?? this.#connect(undefined, at);
  }

  #add(exchange: TracedExchange): void {
    const place = this.#begun.findIndex(({ line }) => line === exchange.line);
    const [begun] = place < 0 ? [] : this.#begun.splice(0, place + 1).slice(-1);
    if (begun)
      this.#present(begun.at).exchanges.push({ ...exchange, at: begun.at, transmissions: begun.transmissions });
  }
}
