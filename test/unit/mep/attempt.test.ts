import assert from 'node:assert/strict';
import {
  type Attempt,
  type AttemptAction,
  type AttemptEvent,
  MAX_SEQUENCE_CORRECTIONS,
  newAttempt,
  nextStep,
} from '../../../src/mep/attempt.js';

const RETRIES = 3;

const SENDING: AttemptEvent = { kind: 'sending' };
const TIMEOUT: AttemptEvent = { kind: 'timeout', isKeyOnTrial: false };
const TIMEOUT_ON_TRIAL: AttemptEvent = { kind: 'timeout', isKeyOnTrial: true };
const REFUSED: AttemptEvent = { kind: 'refused', hasKeyWorked: true };
const REFUSED_UNPROVEN: AttemptEvent = { kind: 'refused', hasKeyWorked: false };
const WRONG_NUMBER: AttemptEvent = { kind: 'wrong-number' };
const CORRECTED: AttemptEvent = { kind: 'number-corrected', hasJumped: false };
const JUMPED: AttemptEvent = { kind: 'number-corrected', hasJumped: true };
const VERIFIED: AttemptEvent = { kind: 'verified' };

const READ = newAttempt(false);
const WRITE = newAttempt(true);
const SENT_WRITE: Attempt = { ...WRITE, mayBeDone: true };

type Row = readonly [
  what: string,
  from: Attempt,
  event: AttemptEvent,
  action: AttemptAction,
  changes: Partial<Attempt>,
];

const TRANSITIONS: readonly Row[] = [
  ['a read leaves', READ, SENDING, 'wait', {}],
  ['a write leaves', WRITE, SENDING, 'wait', { mayBeDone: true }],

  ['a read is answered', READ, VERIFIED, 'done', {}],
  ['a write is answered', SENT_WRITE, VERIFIED, 'done', { mayBeDone: false }],
  ['a repeated write is answered', { ...SENT_WRITE, timeouts: 2 }, VERIFIED, 'done', { mayBeDone: false }],

  ['a read times out', READ, TIMEOUT, 'send-same', { timeouts: 1, isRepeated: true }],
  ['a write times out', SENT_WRITE, TIMEOUT, 'send-same', { timeouts: 1, isRepeated: true }],
  [
    'a read times out before its last repetition',
    { ...READ, timeouts: 2 },
    TIMEOUT,
    'send-same',
    { timeouts: 3, isRepeated: true },
  ],
  ['a read times out for the last time', { ...READ, timeouts: RETRIES }, TIMEOUT, 'fail-no-response', {}],
  ['a write times out for the last time', { ...SENT_WRITE, timeouts: RETRIES }, TIMEOUT, 'fail-no-response', {}],
  ['a read with a key on trial times out', READ, TIMEOUT_ON_TRIAL, 'fail-no-response', {}],
  ['a write with a key on trial times out', SENT_WRITE, TIMEOUT_ON_TRIAL, 'fail-no-response', {}],

  ['a read is refused', READ, REFUSED, 'seal-anew', { refusals: 1 }],
  [
    'a read is refused after a timeout',
    { ...READ, timeouts: 1, isRepeated: true },
    REFUSED,
    'seal-anew',
    { refusals: 1, isRepeated: false },
  ],
  ['a read with an unproven key is refused', READ, REFUSED_UNPROVEN, 'seal-anew', { refusals: 1 }],
  ['a write is refused', SENT_WRITE, REFUSED, 'send-same', { refusals: 1 }],
  ['a write is refused again', { ...SENT_WRITE, refusals: 1 }, REFUSED, 'send-same', { refusals: 2 }],
  ['a write is refused after a timeout', { ...SENT_WRITE, timeouts: 1, isRepeated: true }, REFUSED, 'fail-unclear', {}],
  [
    'a write with an unproven key is refused',
    SENT_WRITE,
    REFUSED_UNPROVEN,
    'seal-anew',
    { refusals: 1, mayBeDone: false },
  ],
  [
    'a write with an unproven key is refused after a timeout',
    { ...SENT_WRITE, timeouts: 1 },
    REFUSED_UNPROVEN,
    'fail-unclear',
    {},
  ],

  ['a read has a wrong number', READ, WRONG_NUMBER, 'correct-number', { corrections: 1 }],
  [
    'a repeated read has a wrong number',
    { ...READ, timeouts: 1, isRepeated: true },
    WRONG_NUMBER,
    'correct-number',
    {},
  ],
  [
    'a read has one wrong number too many',
    { ...READ, corrections: MAX_SEQUENCE_CORRECTIONS },
    WRONG_NUMBER,
    'fail-sequence-rejected',
    {},
  ],
  [
    'a repeated read does not count wrong numbers',
    { ...READ, corrections: MAX_SEQUENCE_CORRECTIONS, isRepeated: true },
    WRONG_NUMBER,
    'correct-number',
    {},
  ],
  ['a refused read has a wrong number', { ...READ, refusals: 1 }, WRONG_NUMBER, 'correct-number', { corrections: 1 }],
  ['a write has a wrong number', SENT_WRITE, WRONG_NUMBER, 'correct-number', { corrections: 1 }],
  [
    'a write has a wrong number after a timeout',
    { ...SENT_WRITE, timeouts: 1, isRepeated: true },
    WRONG_NUMBER,
    'fail-unclear',
    {},
  ],
  ['a write has a wrong number after a refusal', { ...SENT_WRITE, refusals: 1 }, WRONG_NUMBER, 'fail-unclear', {}],
  [
    'a write has one wrong number too many',
    { ...SENT_WRITE, corrections: MAX_SEQUENCE_CORRECTIONS },
    WRONG_NUMBER,
    'fail-sequence-rejected',
    {},
  ],

  ['the number of a read is corrected', READ, CORRECTED, 'seal-anew', {}],
  [
    'the number of a repeated read is corrected',
    { ...READ, isRepeated: true },
    CORRECTED,
    'seal-anew',
    { isRepeated: false },
  ],
  ['the number of a read jumps', READ, JUMPED, 'seal-anew', {}],
  ['the number of a write is corrected', SENT_WRITE, CORRECTED, 'seal-anew', { mayBeDone: false }],
  ['the number of a write jumps', SENT_WRITE, JUMPED, 'fail-sequence-rejected', { mayBeDone: false }],
];

describe('The attempts of a MEP request', () => {
  for (const [what, from, event, action, changes] of TRANSITIONS) {
    it(`${action}: ${what}`, () => {
      assert.deepEqual(nextStep(from, event, { retries: RETRIES }), { attempt: { ...from, ...changes }, action });
    });
  }

  it('never seals a write anew that may be done, whatever happens', () => {
    const events = [TIMEOUT, REFUSED, WRONG_NUMBER, CORRECTED];
    const seen = new Set<string>();
    const walk = (attempt: Attempt, mayHaveArrived: boolean, depth: number): void => {
      const key = JSON.stringify([attempt, mayHaveArrived]);
      if (depth === 0 || seen.has(key)) return;
      seen.add(key);
      for (const event of events) {
        const step = nextStep(attempt, event, { retries: RETRIES });
        // After a timeout the meter may have received the write: only the same packet may follow.
        const isOpen = mayHaveArrived || event.kind === 'timeout';
        if (event.kind === 'number-corrected') continue;
        if (step.action.startsWith('fail')) continue;
        if (isOpen) assert.equal(step.action, 'send-same', `${key} ${event.kind}`);
        const sent = nextStep(step.attempt, SENDING, { retries: RETRIES }).attempt;
        walk(sent, isOpen, depth - 1);
      }
    };
    walk(SENT_WRITE, false, 8);
    assert.ok(seen.size > 5);
  });
});
