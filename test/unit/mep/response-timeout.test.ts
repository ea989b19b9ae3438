import assert from 'node:assert/strict';
import { ResponseTimeout } from '../../../src/mep/response-timeout.js';

describe('The response timeout of a MEP line', () => {
  it('is the same for ever on a cable, and longer for a message that needs it', () => {
    const timeout = new ResponseTimeout({ minMs: 500, maxMs: 500 });
    timeout.note(5_000);
    assert.equal(timeout.isAdaptive, false);
    assert.deepEqual([timeout.answerMs(0, 0), timeout.answerMs(0, 3), timeout.answerMs(2_000, 3)], [500, 500, 2_000]);
  });

  it('grows with each transmission of a message that is not answered', () => {
    const timeout = new ResponseTimeout({ minMs: 1_000, maxMs: 12_000 });
    assert.deepEqual(
      [0, 1, 2, 3].map((silences) => timeout.answerMs(0, silences)),
      [1_000, 1_500, 2_000, 2_500],
    );
  });

  it('is learnt from the slow ones of the newest answers, and forgotten', () => {
    const timeout = new ResponseTimeout({ minMs: 1_000, maxMs: 12_000 });
    timeout.note(300);
    assert.equal(timeout.answerMs(0, 0), 1_000);
    timeout.note(4_000);
    assert.deepEqual([timeout.answerMs(0, 0), timeout.answerMs(0, 3)], [6_000, 6_000]);
    timeout.note(3_800);
    timeout.note(300);
    assert.equal(timeout.answerMs(0, 0), 5_700);
    for (let i = 0; i < 8; i++) timeout.note(300);
    assert.equal(timeout.answerMs(0, 0), 1_000);
  });

  it('takes one slow answer among several for an accident', () => {
    const timeout = new ResponseTimeout({ minMs: 1_000, maxMs: 12_000 });
    for (const tookMs of [200, 5_000, 200, 300]) timeout.note(tookMs);
    assert.equal(timeout.answerMs(0, 0), 1_000);
  });

  it('has an end', () => {
    const timeout = new ResponseTimeout({ minMs: 1_000, maxMs: 12_000 });
    timeout.note(60_000);
    assert.equal(timeout.answerMs(0, 0), 12_000);
  });
});
