import { setTimeout as pause } from 'node:timers/promises';

/** Waits until something is so. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string, limitMs = 15_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Waited in vain for ${what}`);
    await pause(5);
  }
}
