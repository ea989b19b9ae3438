import type { Stage } from './meter-stage.js';

/** Polls that go on beside something else. */
export interface Polls {
  /** Times between two readings, in ms. */
  readonly gaps: () => readonly number[];
  /** Resolves after the last poll. */
  readonly stop: () => Promise<void>;
}

/** Begins to read BT28 at an interval. */
export function startPolls({ clock, meter }: Pick<Stage, 'clock' | 'meter'>, intervalMs: number): Polls {
  const polled: number[] = [];
  let isPolling = true;
  const poll = async (): Promise<void> => {
    while (isPolling) {
      const due = clock.now() + intervalMs;
      await meter.readTable('BT28', { priority: 'poll' });
      polled.push(clock.now());
      await new Promise<void>((resolve) => {
        clock.after(Math.max(0, due - clock.now()), resolve);
      });
    }
  };
  const polls = poll();
  return {
    gaps: () => polled.slice(1).map((at, index) => at - (polled[index] ?? 0)),
    stop: () => {
      isPolling = false;
      return polls;
    },
  };
}
