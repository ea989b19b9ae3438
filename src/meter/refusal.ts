import { isMeterError, type MeterError } from '../errors.js';

/** What a meter may answer instead of a table; anything else is a failure of the line or of the key. */
const REFUSALS: ReadonlySet<string> = new Set([
  'table-not-available',
  'operation-not-possible',
  'unsupported-request',
  'unrecognised-request',
  'no-permission',
]);

/** Whether the meter was understood and said no. */
export function isRefusal(error: unknown): error is MeterError {
  return isMeterError(error) && REFUSALS.has(error.code);
}
