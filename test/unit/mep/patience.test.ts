import assert from 'node:assert/strict';
import { Patience } from '../../../src/mep/patience.js';

describe('The patience of a MEP line', () => {
  it('is the same for ever on a cable, and longer for a message that needs it', () => {
    const patience = new Patience({ leastMs: 500, mostMs: 500 });
    patience.note(5_000);
    assert.equal(patience.learns, false);
    assert.deepEqual(
      [patience.answerMs(0, 0), patience.answerMs(0, 3), patience.answerMs(2_000, 3)],
      [500, 500, 2_000],
    );
  });

  it('grows with each transmission of a message that is not answered', () => {
    const patience = new Patience({ leastMs: 1_000, mostMs: 12_000 });
    assert.deepEqual(
      [0, 1, 2, 3].map((silences) => patience.answerMs(0, silences)),
      [1_000, 1_500, 2_000, 2_500],
    );
  });

  it('is learnt from the slow ones of the newest answers, and forgotten', () => {
    const patience = new Patience({ leastMs: 1_000, mostMs: 12_000 });
    patience.note(300);
    assert.equal(patience.answerMs(0, 0), 1_000);
    patience.note(4_000);
    assert.deepEqual([patience.answerMs(0, 0), patience.answerMs(0, 3)], [6_000, 6_000]);
    patience.note(3_800);
    patience.note(300);
    assert.equal(patience.answerMs(0, 0), 5_700);
    for (let i = 0; i < 8; i++) patience.note(300);
    assert.equal(patience.answerMs(0, 0), 1_000);
  });

  it('takes one slow answer among several for an accident', () => {
    const patience = new Patience({ leastMs: 1_000, mostMs: 12_000 });
    for (const tookMs of [200, 5_000, 200, 300]) patience.note(tookMs);
    assert.equal(patience.answerMs(0, 0), 1_000);
  });

  it('has an end', () => {
    const patience = new Patience({ leastMs: 1_000, mostMs: 12_000 });
    patience.note(60_000);
    assert.equal(patience.answerMs(0, 0), 12_000);
  });
});
