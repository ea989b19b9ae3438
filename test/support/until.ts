import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';

/** Long enough for a machine that is busy with other tests. */
const LIMIT_MS = 180_000;

/**
 * Waits until a condition holds.
 * @param what the condition, for the error text
 * @param options.limitMs how long to wait
 * @param options.seen called on timeout: returns what the test saw instead, or a promise of it
 */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  options: { readonly limitMs?: number; readonly seen?: () => unknown } = {},
): Promise<void> {
  const { limitMs = LIMIT_MS, seen } = options;
  const end = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > end) {
      const instead = seen ? `; seen instead: ${textOf(await seen())}` : '';
      throw new Error(`Waited in vain for ${what} (${limitMs / 1_000} s)${instead}`);
    }
    await pause(5);
  }
}

function textOf(seen: unknown): string {
  return typeof seen === 'string' ? seen : inspect(seen, { depth: 6, breakLength: 120 });
}
