import assert from 'node:assert/strict';
import {
  concernsOneTable,
  isBridgeFault,
  isCut,
  isInconsistent,
  isNoise,
  isNoResponse,
  isNothingReceived,
  isOpticalNoResponse,
  isRecoverableBySession,
  isRefusal,
  isTlsError,
  isUnauthenticated,
  mayComeFromLostBytes,
  mayHaveWritten,
} from '../../src/error-kinds.js';
import { DecodeError, MeterError, type MeterErrorCode, PROTOCOL_ERROR_CODES } from '../../src/errors.js';

const PREDICATES = [
  concernsOneTable,
  isBridgeFault,
  isCut,
  isInconsistent,
  isNoise,
  isNoResponse,
  isNothingReceived,
  isOpticalNoResponse,
  isRecoverableBySession,
  isRefusal,
  isTlsError,
  isUnauthenticated,
  mayComeFromLostBytes,
  mayHaveWritten,
];

const withCode = (code: MeterErrorCode): MeterError => new MeterError(code, code);
const codesOf = (predicate: (error: unknown) => boolean): MeterErrorCode[] =>
  PROTOCOL_ERROR_CODES.filter((code) => predicate(withCode(code)));

describe('error kinds', () => {
  it('take errors of this package only', () => {
    for (const predicate of PREDICATES) {
      for (const code of codesOf(predicate)) {
        assert.equal(predicate({ code }), false);
        assert.equal(predicate(Object.assign(new Error(code), { code })), false);
      }
    }
  });

  it('are disjoint where they call for different reactions', () => {
    const exclusive = [isNoResponse, isRefusal, isInconsistent, mayHaveWritten, isTlsError];
    for (const code of PROTOCOL_ERROR_CODES) {
      const kinds = exclusive.filter((predicate) => predicate(withCode(code)));
      assert.ok(kinds.length <= 1, code);
    }
  });

  it('count every code that begins with tls- as a TLS error', () => {
    const named = PROTOCOL_ERROR_CODES.filter((code) => code.startsWith('tls-') || code === 'optical-tls-required');
    assert.deepEqual(codesOf(isTlsError), named);
  });

  it('sort every code of a write or procedure that failed after it was sent', () => {
    assert.deepEqual(codesOf(mayHaveWritten), [
      'write-outcome-unknown',
      'write-not-verified',
      'written-in-part',
      'procedure-unanswered',
    ]);
  });

  it('treat an exchange out of step like an inconsistent answer', () => {
    for (const predicate of PREDICATES) {
      assert.equal(predicate(withCode('out-of-step')), predicate(withCode('inconsistent-answer')));
    }
  });

  it('let a dump go on after bytes that do not decode', () => {
    assert.equal(concernsOneTable(new DecodeError('table-too-short', 'too short')), true);
    assert.equal(concernsOneTable(withCode('key-rejected')), false);
    assert.equal(concernsOneTable(withCode('no-answer')), false);
  });
});
