/** The first run comes soon, but not at the same moment for all the nodes of a deploy. */
const FIRST_RUN_MS = 200;
const FIRST_RUN_SPREAD_MS = 800;

/**
 * Calls `work` soon and then every `intervalMs`. A run that comes while the one before still works is left out, so
 * nothing piles up behind a slow meter.
 * @param work must not reject
 * @returns a function that stops it
 */
export function runPeriodically(intervalMs: number, work: () => Promise<void>): () => void {
  let isWorking = false;
  let interval: NodeJS.Timeout | undefined;
  const run = (): void => {
    if (isWorking) return;
    isWorking = true;
    void work().finally(() => {
      isWorking = false;
    });
  };
  const first = setTimeout(
    () => {
      interval = setInterval(run, intervalMs);
      run();
    },
    FIRST_RUN_MS + Math.random() * Math.min(FIRST_RUN_SPREAD_MS, intervalMs),
  );
  return () => {
    clearTimeout(first);
    clearInterval(interval);
  };
}
