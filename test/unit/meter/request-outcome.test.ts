import assert from 'node:assert/strict';
import { isNoResponse, isUnauthenticated, mayHaveWritten } from '../../../src/error-kinds.js';
import { type MeterError, ProtocolError, SecurityError, TransportError, UsageError } from '../../../src/errors.js';
import { requestOutcome } from '../../../src/meter/request-outcome.js';

const ONLINE = { state: 'online', error: undefined } as const;
const rejected = new SecurityError('key-rejected', 'The key was rejected');
const REJECTED = { state: 'key-rejected', error: rejected } as const;

describe('The outcome of a failed request', () => {
  for (const [error, online, afterRejection] of [
    [new ProtocolError('no-answer', 'x'), 'no-response', 'key-rejected'],
    [new ProtocolError('only-alerts', 'x'), 'no-response', 'key-rejected'],
    [new ProtocolError('unreadable-answer', 'x'), 'no-response', 'key-rejected'],
    [new ProtocolError('session-required', 'x'), 'unauthenticated', 'key-rejected'],
    [new SecurityError('key-rejected', 'x'), 'key-rejected', 'key-rejected'],
    [new ProtocolError('no-permission', 'x'), 'answered', 'answered'],
    [new ProtocolError('request-too-long', 'x'), undefined, undefined],
    [new TransportError('port-missing', 'x'), undefined, undefined],
    [new UsageError('cancelled', 'x'), undefined, undefined],
  ] as const satisfies readonly (readonly [MeterError, string | undefined, string | undefined])[]) {
    it(`${error.code}: ${online ?? 'nothing'} while online, ${afterRejection ?? 'nothing'} after a rejected key`, () => {
      assert.equal(requestOutcome(error, ONLINE)?.kind, online);
      assert.equal(requestOutcome(error, REJECTED)?.kind, afterRejection);
    });

    it(`${error.code}: as the cause of a write whose effect is unknown it shows the same`, () => {
      const write = new ProtocolError('write-outcome-unknown', 'x', { cause: error });
      assert.ok(mayHaveWritten(write));
      assert.deepEqual(requestOutcome(write, ONLINE), requestOutcome(error, ONLINE));
    });
  }

  it('keeps the error of the rejected key when the meter is silent afterwards', () => {
    const silent = new ProtocolError('no-answer', 'x');
    assert.ok(isNoResponse(silent) && !isUnauthenticated(silent));
    assert.deepEqual(requestOutcome(silent, REJECTED), { kind: 'key-rejected', error: rejected });
    assert.deepEqual(requestOutcome(silent, ONLINE), { kind: 'no-response', error: silent });
  });
});
