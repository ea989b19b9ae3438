import type { Shortfall } from '../internal.js';

/** That answers are cut on their way, and what cures it. */
export function answerLimitText({ expected, received }: Shortfall): string {
  return (
    `answers are cut after ${received} of ${expected} bytes, by the buffer of a bridge: tables are read in smaller ` +
    'pieces; a larger buffer there cures it'
  );
}
