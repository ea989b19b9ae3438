import type { FormatMessage } from '../../src/internal.js';
import { backgroundClock } from './background-clock.js';

/** Interval at which each retained topic is sent again. A restarted broker without persistence then has all of them. */
const ROUND_MS = 240_000;
const TICK_MS = 5_000;
const TICKS = ROUND_MS / TICK_MS;
/** Pieces in which the topics of one meter are sent. */
const PIECES = 12;
/** Younger values are not repeated, since each reading sends them. */
const MAX_AGE_OF_SENT_VALUES_MS = 45_000;

export interface RetainedTopicsOptions<Message> {
  /** Ids of meters, and of what is sent once for all meters. */
  readonly ids: () => readonly string[];
  /** All that is retained of one of them at present; empty if it no longer exists. */
  readonly messagesOf: (id: string) => readonly Message[];
  readonly send: (messages: readonly Message[]) => void;
}

/** Whether the values of a meter are to be sent again with what else is retained of it. */
export function areValuesDue(ageMs: number): boolean {
  return ageMs > MAX_AGE_OF_SENT_VALUES_MS;
}

/**
 * Repeats all retained topics, each once a round and a few at a time: a broker without persistence loses them when it
 * restarts, and gives no notice of that.
 */
export class RetainedTopics<Message extends FormatMessage> {
  readonly #options: RetainedTopicsOptions<Message>;
  #ids: readonly string[] = [];
  #tick = 0;
  #cancel: () => void = () => undefined;

  constructor(options: RetainedTopicsOptions<Message>) {
    this.#options = options;
  }

  /** Begins the first round. */
  start(): void {
    this.#cancel = backgroundClock.after(TICK_MS, () => {
      this.start();
      this.#sendPiece();
    });
  }

  stop(): void {
    this.#cancel();
  }

  #sendPiece(): void {
    if (this.#tick === 0) this.#ids = this.#options.ids();
    const pieces = this.#ids.length * PIECES;
    const upTo = (tick: number): number => Math.floor((tick * pieces) / TICKS);
    const messages: Message[] = [];
    for (let piece = upTo(this.#tick); piece < upTo(this.#tick + 1); piece++) {
      const all = this.#options.messagesOf(this.#ids[Math.floor(piece / PIECES)] ?? '');
      messages.push(...all.filter(({ topic = '' }) => pieceOf(topic) === piece % PIECES));
    }
    this.#tick = (this.#tick + 1) % TICKS;
    if (messages.length > 0) this.#options.send(messages);
  }
}

/** The piece in which a topic is sent: the same in each round, however many other topics there are at that moment. */
function pieceOf(topic: string): number {
  let hash = 0;
  for (const character of topic) hash = (31 * hash + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % PIECES;
}
