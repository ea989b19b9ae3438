import { cancelled, throwIfCancelled } from './errors.js';

/**
 * Runs what one caller asked for, so that it can be ended for two reasons: the caller's own, and that of whoever runs it.
 * @param work gets what ends it: aborted with `cancelled` when the caller's signal fires
 * @throws UsageError `cancelled` where the signal has fired before; whatever `work` throws
 */
export async function runTurn<T>(
  caller: AbortSignal | undefined,
  work: (turn: AbortController) => Promise<T>,
): Promise<T> {
  throwIfCancelled(caller, 'The request');
  const turn = new AbortController();
  const cancel = (): void => {
    turn.abort(cancelled('The request'));
  };
  caller?.addEventListener('abort', cancel, { once: true });
  try {
    return await work(turn);
  } finally {
    caller?.removeEventListener('abort', cancel);
  }
}
