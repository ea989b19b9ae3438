/**
 * Decides whether a MEP request is sent again, and under which number: a pure state machine. A write is repeated only as
 * the same packet, which the meter cannot execute twice since its sequence number is used up. [MEP p.11-12, p.21]
 */

/** The state of one request, from its first transmission on. */
export interface Attempt {
  readonly isWrite: boolean;
  /** The meter may have executed a write whose answer was not received yet. */
  readonly mayBeDone: boolean;
  readonly timeouts: number;
  /** Refused signatures (0B). */
  readonly refusals: number;
  /** Wrong sequence numbers (0C) that no lost answer explains. */
  readonly corrections: number;
  /** The present packet was sent more than once. */
  readonly isRepeated: boolean;
}

export type AttemptEvent =
  /** The first byte of a packet is about to leave. */
  | { readonly kind: 'sending' }
  /** No response came in time. A key on trial is not sent again. */
  | { readonly kind: 'timeout'; readonly isKeyOnTrial: boolean }
  /** 0B: the signature was refused. That answer is not authenticated. */
  | { readonly kind: 'refused'; readonly hasKeyWorked: boolean }
  /** 0C: the meter expects another sequence number. */
  | { readonly kind: 'wrong-number' }
  /** The number was corrected. A jump means that the meter may have been set up anew. [MEP p.55] */
  | { readonly kind: 'number-corrected'; readonly hasJumped: boolean }
  /** A verified answer with any other response code. */
  | { readonly kind: 'verified' };

export type AttemptAction =
  /** Nothing to do before the next event. */
  | 'wait'
  /** The same packet once more. */
  | 'send-same'
  /** The request under its next sequence number. */
  | 'seal-anew'
  /** Take the number that the meter named; then comes `number-corrected`. */
  | 'correct-number'
  | 'done'
  /** The request timed out as often as it may. */
  | 'fail-no-response'
  /** An earlier transmission of a write may have been carried out, and this answer does not show it. */
  | 'fail-unclear'
  /** The meter keeps asking for other numbers, or its tables may have changed below a write. */
  | 'fail-sequence-rejected';

export interface AttemptLimits {
  /** Times an unanswered packet is sent again. */
  readonly retries: number;
}

/** New numbers a meter may ask for during one request before that is an error. */
export const MAX_SEQUENCE_CORRECTIONS = 3;

/** A request that was not sent yet. */
export function newAttempt(isWrite: boolean): Attempt {
  return { isWrite, mayBeDone: false, timeouts: 0, refusals: 0, corrections: 0, isRepeated: false };
}

/** The next state and the action that follow from an event. */
export function nextStep(
  attempt: Attempt,
  event: AttemptEvent,
  { retries }: AttemptLimits,
): { readonly attempt: Attempt; readonly action: AttemptAction } {
  switch (event.kind) {
    case 'sending':
      return { attempt: { ...attempt, mayBeDone: attempt.isWrite }, action: 'wait' };
    case 'verified':
      return { attempt: { ...attempt, mayBeDone: false }, action: 'done' };
    case 'timeout':
      if (event.isKeyOnTrial || attempt.timeouts >= retries) return { attempt, action: 'fail-no-response' };
      return { attempt: { ...attempt, timeouts: attempt.timeouts + 1, isRepeated: true }, action: 'send-same' };
    case 'refused':
      return refused(attempt, event.hasKeyWorked);
    case 'wrong-number':
      return wrongNumber(attempt);
    case 'number-corrected':
      // The data to write were encoded for a layout that may have changed since.
      if (event.hasJumped && attempt.isWrite) {
        return { attempt: { ...attempt, mayBeDone: false }, action: 'fail-sequence-rejected' };
      }
      return { attempt: sealed(attempt), action: 'seal-anew' };
  }
}

type Step = ReturnType<typeof nextStep>;

function refused(attempt: Attempt, hasKeyWorked: boolean): Step {
  if (attempt.mayBeDone && attempt.timeouts > 0) return { attempt, action: 'fail-unclear' };
  const counted = { ...attempt, refusals: attempt.refusals + 1, mayBeDone: attempt.mayBeDone && hasKeyWorked };
  // 0B may answer an earlier request: a write is repeated under its own number only.
  if (counted.mayBeDone) return { attempt: counted, action: 'send-same' };
  return { attempt: sealed(counted), action: 'seal-anew' };
}

function wrongNumber(attempt: Attempt): Step {
  // A write that was sent more than once may be done: it is never sent under a new number.
  const wasRepeated = attempt.timeouts > 0 || attempt.refusals > 0;
  if (attempt.mayBeDone && wasRepeated) return { attempt, action: 'fail-unclear' };
  // A repetition is asked for another number where the first answer was lost: that is not the meter's fault.
  if (attempt.isRepeated) return { attempt, action: 'correct-number' };
  if (attempt.corrections >= MAX_SEQUENCE_CORRECTIONS) return { attempt, action: 'fail-sequence-rejected' };
  return { attempt: { ...attempt, corrections: attempt.corrections + 1 }, action: 'correct-number' };
}

/** A packet under a new number was never sent. */
function sealed(attempt: Attempt): Attempt {
  return { ...attempt, mayBeDone: false, isRepeated: false };
}
