import type { Shortfall } from '../internal.js';

/** That answers are cut on their way, and what cures it. */
export function answerLimitText({ expected, received }: Shortfall): string {
  return (
    `responses are cut after ${received} of ${expected} bytes: the buffer of the serial server is too small. Tables are ` +
    'read in smaller pieces; a larger buffer avoids that'
  );
}
