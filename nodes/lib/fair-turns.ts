/** For so long messages are handled without a look at what else waits: HTTP, timers, other nodes. */
const SLICE_MS = 10;
/** After so many turns of the microtask queue a handler that waits for nothing is through. */
const MICROTASKS = 4;

const waiting: (() => void)[] = [];
/** When the first message of this round of the event loop was handled. */
let roundStartedAt: number | undefined;

/**
 * Runs `work` at once, or in a later round of the event loop when this round has taken too long already: a thousand messages
 * that come in one piece must not keep the admin API waiting. The order stays.
 */
export function runFairly(work: () => void): void {
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

/** Between two rounds everything else has its turn. */
function nextRound(): void {
  roundStartedAt = undefined;
  if (waiting.length > 0) void drain();
}

async function drain(): Promise<void> {
  roundStartedAt = performance.now();
  let taken = 0;
  while (taken < waiting.length && !isRoundOver()) {
    waiting[taken++]?.();
    // What the handler does follows in microtasks, and is part of what it takes.
    for (let step = 0; step < MICROTASKS; step++) await Promise.resolve();
  }
  waiting.splice(0, taken);
  setImmediate(nextRound);
}
