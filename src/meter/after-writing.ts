import { isMeterError, type MeterError } from '../errors.js';

/** What became of a write, or did not; why is told by the cause. */
const AFTER_WRITING: ReadonlySet<string> = new Set([
  'write-outcome-unknown',
  'write-not-verified',
  'procedure-unanswered',
]);

/** Whether the meter may hold something else than before, though what was asked for failed. */
export function mayHaveWritten(error: unknown): error is MeterError {
  return isMeterError(error) && AFTER_WRITING.has(error.code);
}
