import type { TableLink } from '../../c1218/table-link.js';
import { isMeterError } from '../../errors.js';
import { mepLink } from '../mep-link.js';
import { opticalLink } from '../optical-link.js';
import type { MeterSettings } from '../settings.js';
import type { LinkParts } from '../transport.js';
import { dataText, type Question, QuestionReader } from './questions.js';
import { REPLAY_KEY, ReplayTransport } from './replay-transport.js';
import type { ScriptedConnection } from './script.js';
import { VirtualClock } from './virtual-clock.js';

const NO_EVENTS = { alert: () => undefined, dimensionsMayHaveChanged: () => undefined, closed: () => undefined };
/** How an address and a port look in the line `opened`. */
const NETWORK_PLACE = /:\d+$/;

/** How much of what was played is kept. */
const MAX_PLAYED_BYTES = 3_000_000;

/** Plays one connection, as far as it has been read, with one link of the present code. */
export class ConnectionPlayer {
  readonly #connection: ScriptedConnection;
  readonly #clock: VirtualClock;
  readonly #link: TableLink;
  readonly #questions = new QuestionReader();
  /** Index of the exchange to play next. */
  #next = 0;
  /** Sum of the sizes of the exchanges before it. */
  #playedBytes = 0;
  #isOpen = false;

  constructor(connection: ScriptedConnection) {
    this.#connection = connection;
    const clock = new VirtualClock(connection.startedAt);
    this.#clock = clock;
    const transport = new ReplayTransport(connection, clock);
    this.#link = linkOf(connection, { clock, makeTransport: () => transport });
  }

  /**
   * Plays exchanges until those that are left take no more than `keep` bytes, and drops old ones.
   * @param played is called for each question, with its present outcome; undefined if it cannot be played
   */
  async play(keep: number, played: (question: Question, now: string | undefined) => void): Promise<void> {
    const connection = this.#connection;
    const { exchanges } = connection;
    while (this.#next < exchanges.length && connection.size > keep) {
      const { question, after } = this.#questions.next(exchanges, this.#next);
      if (question) played(question, question.isPlayable ? await this.#outcome(question) : undefined);
      for (const { size } of exchanges.slice(this.#next, after)) {
        connection.size -= size;
        this.#playedBytes += size;
      }
      this.#next = after;
      this.#dropOld();
    }
  }

  /** Keeps what was played last: the session that a request was made in, and requests that may be asked later now. */
  #dropOld(): void {
    const { exchanges } = this.#connection;
    let count = 0;
    while (this.#playedBytes > MAX_PLAYED_BYTES && count < this.#next - 1) {
      this.#playedBytes -= exchanges[count]?.size ?? 0;
      count++;
    }
    exchanges.splice(0, count);
    this.#next -= count;
  }

  async close(): Promise<void> {
    if (this.#isOpen) await this.#clock.run(this.#link.close());
  }

  async #outcome(question: Question): Promise<string> {
    const clock = this.#clock;
    if (!this.#isOpen) await this.#open();
    await clock.until(question.at - this.#connection.startedAt);
    const outcome = await this.#read(question);
    if (question.isLost) await this.#open().catch(() => undefined);
    return outcome;
  }

  async #open(): Promise<void> {
    await this.#clock.run(this.#link.open(NO_EVENTS));
    this.#isOpen = true;
  }

  async #read({ read: { table, offset, count } }: Question): Promise<string> {
    try {
      return dataText(await this.#clock.run(this.#link.read(table, offset, count)));
    } catch (error) {
      if (!isMeterError(error)) throw error;
      return `failed: ${error.code}`;
    }
  }
}

/** A link with the settings that the trace shows. Encrypted traffic is replayed in plain. */
function linkOf({ head, place }: ScriptedConnection, parts: LinkParts): TableLink {
  const settings: MeterSettings = {
    protocol: head.protocol === 'optical' ? 'optical' : 'mep',
    transport: NETWORK_PLACE.test(place) ? 'tcp' : 'serial',
    host: 'replay',
    tcpPort: 1,
    port: 'replay',
    security: 'digest',
    key: new TextDecoder().decode(REPLAY_KEY),
    keyFormat: 'ascii',
    minIntervalMs: 0,
  };
  return settings.protocol === 'optical' ? opticalLink(settings, parts) : mepLink(settings, parts);
}
