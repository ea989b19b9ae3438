/** Messages are handled for this long before HTTP, timers and other nodes run. */
const SLICE_MS = 10;
/** A handler that waits for no I/O has ended after this many runs of the microtask queue. */
const MICROTASKS = 4;

const waiting: (() => void)[] = [];
/** When the first message of this round of the event loop was handled. */
let roundStartedAt: number | undefined;

/**
 * Runs `work` at once, or in a later round of the event loop if this round has taken too long already: a thousand messages
 * that arrive together must not delay the admin API. The order of calls is kept.
 */
export function runInSlices(work: () => void): void {
  if (roundStartedAt === undefined) {
    roundStartedAt = performance.now();
    setImmediate(nextRound);
  }
  if (waiting.length > 0 || isRoundOver()) waiting.push(work);
  else work();
}

function isRoundOver(): boolean {
  return roundStartedAt !== undefined && performance.now() - roundStartedAt > SLICE_MS;
}

/** HTTP, timers and other nodes run between two rounds. */
function nextRound(): void {
  roundStartedAt = undefined;
  if (waiting.length > 0) void drain();
}

async function drain(): Promise<void> {
  roundStartedAt = performance.now();
  let taken = 0;
  while (taken < waiting.length && !isRoundOver()) {
    waiting[taken++]?.();
    // The work of an asynchronous handler runs in microtasks; its time counts too.
    for (let step = 0; step < MICROTASKS; step++) await Promise.resolve();
  }
  waiting.splice(0, taken);
  setImmediate(nextRound);
}
