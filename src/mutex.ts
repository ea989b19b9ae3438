import { abortReason } from './errors.js';

/** One task at a time, in the order of the calls. */
export class Mutex {
  /** Resolves, and never rejects, when the last task in the queue has ended. */
  #last: Promise<void> = Promise.resolve();

  /**
   * Runs `work` when all tasks before it have ended.
   * @param signal removes a waiting task from the queue; a running task must observe it by itself
   * @throws the abort reason (UsageError `cancelled`) if the signal fired while the task waited; errors of `work`
   */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject: (error: Error) => void) => {
      const abort = (): void => {
        reject(abortReason(signal));
      };
      if (signal?.aborted) {
        abort();
        return;
      }
      signal?.addEventListener('abort', abort, { once: true });
      this.#last = this.#last.then(async () => {
        signal?.removeEventListener('abort', abort);
        if (signal?.aborted) return;
        try {
          resolve(await work());
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }

  /** Resolves when all tasks that are in the queue now have ended. */
  whenIdle(): Promise<void> {
    return this.#last;
  }
}

/**
 * Runs `work` under one signal that fires with the first of `signals`.
 * @throws the abort reason of the first signal that had already fired; errors of `work`
 */
export async function withAbort<T>(
  signals: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const scope = new AbortController();
  const links = signals.flatMap((signal) => {
    if (!signal) return [];
    if (signal.aborted) throw abortReason(signal);
    return [
      {
        signal,
        abort: () => {
          scope.abort(abortReason(signal));
        },
      },
    ];
  });
  for (const { signal, abort } of links) signal.addEventListener('abort', abort, { once: true });
  try {
    return await work(scope.signal);
  } finally {
    for (const { signal, abort } of links) signal.removeEventListener('abort', abort);
  }
}
