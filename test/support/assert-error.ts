import assert from 'node:assert/strict';
import { isMeterError, type MeterError, type MeterErrorCode } from '../../src/errors.js';

/** Asserts that a promise rejects with our own error of this code, and hands the error on. */
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

/** Asserts that a call throws our own error of this code, and hands the error on. */
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
