import { headerOf } from './block.js';
import { isoTime } from './intervals.js';
import type { LoadProfile } from './load-profile.js';
import { offsetOfBlock, oldestOf, ringStateOf, statusRange } from './ring.js';
import type { Steps } from './steps.js';

/** The time that the recorded intervals of a data set cover. */
export interface ProfileSpan {
  /** Begin of the oldest interval and end of the newest one, ISO 8601 in UTC; null where none was recorded. */
  readonly oldest: string | null;
  readonly newest: string | null;
}

/** A request, or the result on the last step. */
export interface ProfileSpanStep {
  readonly request: { readonly table: string; readonly offset: number; readonly count: number } | undefined;
  readonly span: ProfileSpan;
}

const MINUTE_MS = 60_000;
const NONE: ProfileSpan = { oldest: null, newest: null };

/**
 * Reads the headers of the oldest and of the newest block.
 * @throws DecodeError `value-out-of-range` where BT63 contradicts the dimensions of the data set
 */
export function* readProfileSpan(profile: LoadProfile): Steps<ProfileSpanStep, void> {
  const { table, headerBytes: count, minutes } = profile;
  const state = ringStateOf(yield { request: statusRange(profile), span: NONE }, profile);
  if (state.validBlocks === 0) {
    yield { request: undefined, span: NONE };
    return;
  }
  const oldestBlock = oldestOf(state);
  const headerAt = (sequence: number): ProfileSpanStep => ({
    request: { table, offset: offsetOfBlock(sequence, state, profile), count },
    span: NONE,
  });
  const newest = headerOf(yield headerAt(state.sequence), profile);
  const isSingle = oldestBlock === state.sequence;
  const oldest = isSingle ? newest : headerOf(yield headerAt(oldestBlock), profile);
  const [first = 0] = oldest.recorded;
  const last = oldest.recorded.at(-1) ?? 0;
  const begin = oldest.endTime === null ? null : oldest.endTime - (last - first + 1) * minutes * MINUTE_MS;
  yield {
    request: undefined,
    span: {
      oldest: begin === null ? null : isoTime(begin),
      newest: newest.endTime === null ? null : isoTime(newest.endTime),
    },
  };
}
