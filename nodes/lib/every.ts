/** The first turn comes soon, but not at the same moment for all the nodes of a deploy. */
const FIRST_TURN_MS = 200;
const FIRST_TURN_SPREAD_MS = 800;

/**
 * Calls `work` soon and then every `intervalMs`. A turn that comes while the one before still works is left out, so
 * nothing piles up behind a slow meter.
 * @param work must not reject
 * @returns a function that stops it
 */
export function every(intervalMs: number, work: () => Promise<void>): () => void {
  let isWorking = false;
  let interval: NodeJS.Timeout | undefined;
  const turn = (): void => {
    if (isWorking) return;
    isWorking = true;
    void work().finally(() => {
      isWorking = false;
    });
  };
  const first = setTimeout(
    () => {
      interval = setInterval(turn, intervalMs);
      turn();
    },
    FIRST_TURN_MS + Math.random() * Math.min(FIRST_TURN_SPREAD_MS, intervalMs),
  );
  return () => {
    clearTimeout(first);
    clearInterval(interval);
  };
}
