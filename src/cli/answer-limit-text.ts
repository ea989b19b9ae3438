import type { Shortfall } from '../internal.js';

/** The text for answers that are cut on the line: how many bytes are missing, and what to change. */
export function answerLimitText({ expected, received }: Shortfall): string {
  return (
    `responses are cut after ${received} of ${expected} bytes: the buffer of the serial server is too small. Tables are ` +
    'read in smaller pieces; a larger buffer avoids that'
  );
}
