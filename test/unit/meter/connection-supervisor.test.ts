import assert from 'node:assert/strict';
import { noCounters, type TableLink, type TableLinkEvents } from '../../../src/c1218/table-link.js';
import { pause } from '../../../src/clock.js';
import { type MeterError, TransportError } from '../../../src/errors.js';
import { Meter, type MeterState } from '../../../src/meter/index.js';
import { FakeClock } from '../../support/fake-clock.js';

/** A network link whose connections a test ends; a read is answered after 100 ms, with zeros. */
class PulledLink implements TableLink {
  readonly protocol = 'mep';
  readonly description = 'a bridge';
  readonly maxReadBytes = 400;
  readonly maxWriteBytes = 400;
  readonly padsWithZeros = false;
  readonly isNetwork = true;
  readonly counters = noCounters();
  readonly roundTrip = { last: null, mean: null, max: null };
  readonly openedAt: number[] = [];
  /** Time in ms after which the far end ends each connection. */
  endsAfterMs: number | undefined;
  openError: MeterError | undefined;
  readonly #clock: FakeClock;
  #life: AbortController | undefined;
  #events: TableLinkEvents | undefined;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  open(events: TableLinkEvents): Promise<void> {
    this.openedAt.push(this.#clock.now());
    if (this.openError) return Promise.reject(this.openError);
    const life = new AbortController();
    this.#life = life;
    this.#events = events;
    if (this.endsAfterMs !== undefined) {
      this.#clock.after(this.endsAfterMs, () => {
        if (this.#life === life) this.end();
      });
    }
    return Promise.resolve();
  }

  /** The far end ends the connection. */
  end(): void {
    if (!this.#life || this.#life.signal.aborted) return;
    const error = new TransportError('connection-lost', 'hung up', { isEndedByPeer: true });
    this.#life.abort(error);
    this.#events?.closed(error);
  }

  async read(_table: number, _offset: number, count: number): Promise<Uint8Array> {
    const { signal } = this.#life!;
    await pause(this.#clock, 100, signal);
    return new Uint8Array(count);
  }

  write(): Promise<void> {
    return Promise.resolve();
  }

  revive(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#life?.abort(new TransportError('connection-closed', 'closed'));
    return Promise.resolve();
  }
}

interface Stage {
  readonly clock: FakeClock;
  readonly link: PulledLink;
  readonly meter: Meter;
  readonly states: MeterState[];
}

function stage(random: () => number, prepare: (link: PulledLink) => void): Stage {
  const clock = new FakeClock();
  const link = new PulledLink(clock);
  prepare(link);
  const meter = new Meter({ link, clock, random, minIntervalMs: 0 });
  const states: MeterState[] = [];
  meter.onStateChange((state) => states.push(state));
  meter.open();
  return { clock, link, meter, states };
}

/** Reads once a second. */
async function poll({ clock, meter }: Stage, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    meter.readTable('BT00').catch(() => undefined);
    await clock.advance(1_000);
  }
}

describe('A connection that is taken away', () => {
  for (const endsAfterMs of [0, 20, 150]) {
    for (const random of [0, 0.5, 0.999]) {
      it(`after ${endsAfterMs} ms is opened 8 times in a minute at most (chance ${random})`, async () => {
        const made = stage(
          () => random,
          (link) => {
            link.endsAfterMs = endsAfterMs;
          },
        );
        await poll(made, 60);
        const { link, meter, clock } = made;
        assert.ok(link.openedAt.length >= 4 && link.openedAt.length <= 8, `${link.openedAt.length} times`);
        assert.equal(meter.status.state, 'line-taken');
        assert.equal(meter.status.error?.code, 'line-taken');
        const pauses = link.openedAt.slice(1).map((at, index) => at - link.openedAt[index]!);
        for (const [index, pauseMs] of pauses.slice(1).entries()) assert.ok(pauseMs > pauses[index]!, pauses.join());
        await poll(made, 600);
        const last = link.openedAt.slice(-2);
        assert.ok(last[1]! - last[0]! >= 60_000, 'a minute and more in the end');
        await clock.run(meter.close());
        assert.equal(clock.pendingTimers, 0);
      });
    }
  }

  it('is opened at once again only after an answer and a minute without trouble', async () => {
    for (const [quietSeconds, leastPauseMs, mostPauseMs] of [
      [20, 8_000, 60_000],
      [70, 1_000, 1_000],
    ] as const) {
      const made = stage(
        () => 0,
        (link) => {
          link.endsAfterMs = 20;
        },
      );
      const { clock, link, meter } = made;
      await poll(made, 10);
      assert.equal(meter.lastError?.code, 'line-taken');
      link.endsAfterMs = undefined;
      const isOnline = (): boolean => meter.state === 'online';
      for (let waited = 0; !isOnline(); waited++) {
        assert.ok(waited < 60);
        await poll(made, 1);
      }
      await poll(made, quietSeconds);
      const reading = meter.readTable('BT00').catch(() => undefined);
      await clock.advance(50);
      const [endedAt, openings] = [clock.now(), link.openedAt.length];
      link.end();
      await clock.run(reading);
      await poll(made, 70);
      const pauseMs = link.openedAt[openings]! - endedAt;
      assert.ok(pauseMs >= leastPauseMs && pauseMs <= mostPauseMs, `${pauseMs} ms after ${quietSeconds} s`);
      await clock.run(meter.close());
    }
  });

  it('names a bridge that is gone as such, however often that is tried', async () => {
    const made = stage(
      () => 0.5,
      (link) => {
        link.openError = new TransportError('host-refused', 'refused');
      },
    );
    await poll(made, 120);
    assert.equal(made.meter.state, 'unreachable');
    assert.equal(made.meter.lastError?.code, 'host-refused');
    assert.ok(made.link.openedAt.length <= 13, `${made.link.openedAt.length} times`);
    await made.clock.run(made.meter.close());
  });
});
