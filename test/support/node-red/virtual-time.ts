import { type Clock, systemClock } from '../../../src/clock.js';
import { FakeClock } from '../fake-clock.js';

const REAL: Readonly<Clock> = { ...systemClock };

/**
 * Replaces the clock of all nodes in this process until `realTime` is called, at the end of the test: what a node does after a
 * time then depends on the test alone, and not on how busy the machine is. Not for flows that read a meter, since a
 * connection waits by this clock too.
 */
export function virtualTime(): FakeClock {
  const clock = new FakeClock();
  systemClock.now = () => clock.now();
  systemClock.date = () => clock.date();
  systemClock.after = (delayMs, callback) => clock.after(delayMs, callback);
  return clock;
}

export function realTime(): void {
  Object.assign(systemClock, REAL);
}
