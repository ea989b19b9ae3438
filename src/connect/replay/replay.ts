/** Replays a trace with the present code: repeats its requests and compares the outcomes. */
import type { ReadLine } from '../trace/read.js';
import { ConnectionPlayer } from './player.js';
import type { Question } from './questions.js';
import { type ScriptedConnection, ScriptReader } from './script.js';

/** A request whose outcome differs from the recorded one. */
export interface ReplayDifference {
  /** The number of its line. */
  readonly line: number;
  readonly asked: string;
  readonly then: string;
  readonly now: string;
}

export interface ReplayResult {
  /** Number of requests that were played. */
  readonly played: number;
  /** Requests that could not be played: writes, whose data is masked, and answers that are masked or encrypted. */
  readonly skipped: number;
  /** Number of requests whose outcome differs. */
  readonly different: number;
}

/** A longer connection is played while it is read. */
const MAX_KEPT_BYTES = 6_000_000;
/** How much is left then: a request may be repeated, and the present code may ask in another order. */
const LOOK_AHEAD_BYTES = 3_000_000;

/**
 * Replays the lines of a trace, without keeping more than a part of them. Lines that do not belong to a trace are skipped.
 * @param found is called for each difference
 */
export async function replayTrace(
  lines: AsyncIterable<ReadLine> | Iterable<ReadLine>,
  found: (difference: ReplayDifference) => void,
): Promise<ReplayResult> {
  const replay = new Replay(found);
  const reader = new ScriptReader();
  for await (const { line, number } of lines) {
    const over = line && reader.next(line, number);
    if (over) await replay.end(over);
    const { connection } = reader;
    if (connection && connection.size > MAX_KEPT_BYTES) await replay.play(connection, LOOK_AHEAD_BYTES);
  }
  const last = reader.end();
  if (last) await replay.end(last);
  return replay.result;
}

class Replay {
  readonly #found: (difference: ReplayDifference) => void;
  #player: ConnectionPlayer | undefined;
  #counts = { played: 0, skipped: 0, different: 0 };

  constructor(found: (difference: ReplayDifference) => void) {
    this.#found = found;
  }

  get result(): ReplayResult {
    return this.#counts;
  }

  async play(connection: ScriptedConnection, keep: number): Promise<void> {
    this.#player ??= new ConnectionPlayer(connection);
    await this.#player.play(keep, (question, now) => {
      this.#compare(question, now);
    });
  }

  async end(connection: ScriptedConnection): Promise<void> {
    await this.play(connection, 0);
    await this.#player?.close();
    this.#player = undefined;
  }

  #compare({ exchange: { line }, asked, outcome: then }: Question, now: string | undefined): void {
    if (now === undefined) {
      this.#counts.skipped++;
      return;
    }
    this.#counts.played++;
    if (now === then) return;
    this.#counts.different++;
    this.#found({ line, asked, then, now });
  }
}
