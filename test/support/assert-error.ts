import assert from 'node:assert/strict';
import { isMeterError, type MeterError, type MeterErrorCode } from '../../src/errors.js';

/** Asserts that a promise rejects with an error of this package with this code, and returns the error. */
export async function rejectsWith(promise: Promise<unknown>, code: MeterErrorCode): Promise<MeterError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(isMeterError(error), `expected a MeterError, got ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return error;
  }
  assert.fail(`expected an error ${code}`);
}

/** Asserts that a call throws an error of this package with this code, and returns the error. */
export function throwsWith(call: () => unknown, code: MeterErrorCode): MeterError {
  try {
    call();
  } catch (error) {
    assert.ok(isMeterError(error), `expected a MeterError, got ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return error;
  }
  assert.fail(`expected an error ${code}`);
}
