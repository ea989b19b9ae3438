import type { MeterError } from '../errors.js';

const SILENCE: ReadonlySet<string> = new Set([
  'no-answer',
  'only-alerts',
  'unreadable-answer',
  'bridge-telnet',
  'answer-cut',
  'bridge-flow-control',
  'optical-silence',
  'optical-noise',
]);

/** Whether nobody who can be understood has answered. */
export function isSilence(error: MeterError): boolean {
  return SILENCE.has(error.code);
}
