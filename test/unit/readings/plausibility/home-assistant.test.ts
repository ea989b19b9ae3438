import assert from 'node:assert/strict';
import fc from 'fast-check';
import { plausibility } from '../../../../src/readings/index.js';
import { HomeAssistantStatistics } from '../../../support/sinks/home-assistant-statistics.js';

const { plausibilitySettings, receiveSample, recall, remember, sampleOf } = plausibility;

const settings = plausibilitySettings({});
/** kWh an hour that the guard accepts as possible. */
const CARRIED = (settings.fuse * settings.phases * 230 * settings.margin) / 1000;
/** Tolerance of a single reading, for seconds between pieces of a table and for rounding. */
const SLACK = (CARRIED * 10) / 3600 + 0.002;
const KEYS = ['activeEnergyImport', 'activeEnergyExport', 'tier1ActiveEnergyImport', 'reactiveEnergyImport'] as const;

type Registers = Record<string, number>;

describe('The model of Home Assistant', () => {
  const booked = (...values: number[]): number => {
    const statistics = new HomeAssistantStatistics();
    for (const value of values) statistics.receive(value);
    return Math.round(statistics.sum * 1000) / 1000;
  };

  it('books what the histories give', () => {
    assert.equal(booked(117_000, 117_001), 1);
    assert.equal(booked(117_000, 190_000, 117_001), 73_000 + 117_001, 'a glitch, and the whole register');
    assert.equal(booked(117_000, 0, 117_001), 117_001, 'a zero before the first reading');
    assert.equal(booked(100, 95, 101), 1, 'a small fall is taken back');
    assert.equal(booked(100, -1, 101), 1);
  });
});

/** A household with its meter, Node-RED with the guard, and Home Assistant behind it. */
class World {
  readonly truth: Registers;
  readonly statistics = new Map(KEYS.map((key) => [key as string, new HomeAssistantStatistics()]));
  readonly begin: Registers;
  readonly events: plausibility.Finding[] = [];
  time = Date.UTC(2026, 10, 20);
  samples = 0;
  /** True readings held back since the last accepted one, without a faulty one in between. */
  heldTrue: Registers[] = [];
  heldSince = 0;
  readonly #begun = this.time;
  #guard: plausibility.GuardedMeter | undefined;
  readonly #serial: string;
  readonly #hasMeterClock: boolean;
  /** By how much the host's wall clock and the meter's clock are ahead of the time, ms. */
  readonly #ahead = { host: 0, meter: 0 };
  /** The error of the host's clock at the last accepted reading. */
  #hostAhead = 0;
  #startedAt = this.time;
  /** What became wrong since the last accepted reading. */
  readonly #since = new Set<'host' | 'meter' | 'restart'>();

  constructor(start: number, serial = '1', hasMeterClock = false) {
    this.#serial = serial;
    this.#hasMeterClock = hasMeterClock;
    this.truth = { activeEnergyImport: start, activeEnergyExport: start / 3, tier1ActiveEnergyImport: start / 2 };
    this.truth['reactiveEnergyImport'] = start / 5;
    for (const key of KEYS) this.truth[key] = Math.round((this.truth[key] ?? 0) * 1000) / 1000;
    this.begin = { ...this.truth };
    // Home Assistant has seen this meter before.
    for (const key of KEYS) this.statistics.get(key)?.receive(this.truth[key]!);
  }

  live(seconds: number, load: number): void {
    this.time += seconds * 1000;
    const energy = Math.round((load * 43.4 * seconds) / 3.6) / 1000;
    for (const key of KEYS) this.truth[key] = Math.round((this.truth[key]! + energy) * 1000) / 1000;
  }

  read(registers: Registers, isTrue: boolean): boolean {
    const date = new Date(this.time + this.#ahead.host);
    const msg = {
      payload: { ...registers },
      registers: [{ key: 'activeEnergyImport', value: 1, raw: 1000 }],
      meter: { serial: this.#serial },
      table: { readAt: date.toISOString(), meterTime: this.#hasMeterClock ? this.#meterTime() : null },
    };
    const sample = sampleOf(msg, { date, now: this.time - this.#startedAt });
    const verdict = receiveSample(this.#guard, sample, settings);
    this.#guard = verdict.meter;
    if (verdict.isPassed) {
      this.#since.clear();
      this.#hostAhead = this.#ahead.host;
    }
    this.samples += 1;
    this.events.push(...verdict.accepted);
    if (verdict.isPassed)
      for (const [key, value] of Object.entries(registers)) this.statistics.get(key)?.receive(value);
    this.#expectPhysics();
    if (isTrue && verdict.isPassed) this.#expectTruth();
    this.#expectPatience(isTrue, verdict.isPassed);
    return verdict.isPassed;
  }

  restart(isRemembered: boolean): void {
    const kept = this.#guard && (JSON.parse(JSON.stringify(remember(this.#guard))) as unknown);
    this.#guard = isRemembered ? recall(kept) : undefined;
    this.heldTrue = [];
    this.#startedAt = this.time;
    this.#since.add('restart');
    if (!this.#hasMeterClock) this.#ahead.host = this.#hostAhead;
  }

  /**
   * Sets a clock. Two wrong clocks at the same time cannot be detected; without the meter's clock that includes a wall
   * clock that was set while no other clock ran.
   */
  setClock(which: 'host' | 'meter', ahead: number): void {
    const isLast = !this.#hasMeterClock && (which === 'meter' || this.#since.has('restart'));
    if (isLast || this.#since.has(which === 'host' ? 'meter' : 'host')) return;
    this.#ahead[which] = ahead;
    this.#since.add(which);
  }

  /** The meter's clock has whole seconds. */
  #meterTime(): string {
    return new Date(Math.floor((this.time + this.#ahead.meter) / 1000) * 1000).toISOString();
  }

  #expectPhysics(): void {
    const hours = (this.time - this.#begun) / 3_600_000;
    for (const [key, { sum }] of this.statistics) {
      const most = CARRIED * hours + SLACK * this.samples;
      assert.ok(sum <= most + 1e-6, `${key}: ${sum} kWh booked, ${most} possible`);
    }
  }

  #expectTruth(): void {
    for (const [key, { sum }] of this.statistics) {
      const used = this.truth[key]! - this.begin[key]!;
      assert.ok(Math.abs(sum - used) < 1e-6, `${key}: ${sum} kWh booked, ${used} used`);
    }
  }

  /** Only registers that rose by more than a ninth over the last few readings may be held back for longer. */
  #expectPatience(isTrue: boolean, isPassed: boolean): void {
    if (!isTrue || isPassed) this.heldTrue = [];
    else {
      if (this.heldTrue.length === 0) this.heldSince = this.time;
      this.heldTrue.push({ ...this.truth });
      const isOver = this.time - this.heldSince >= settings.confirmSeconds * 1000;
      const before = this.heldTrue.at(-1 - settings.confirmations);
      const isSteep = before !== undefined && KEYS.some((key) => this.truth[key]! > (before[key]! * 10) / 9);
      const isLate = isOver && this.heldTrue.length > 3 * settings.confirmations;
      assert.ok(isSteep || !isLate, `held back ${this.heldTrue.length} times`);
    }
  }
}

/** Realistic pauses between readings, from 2 s to days. */
const seconds = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 2, max: 120 }) },
  { weight: 2, arbitrary: fc.integer({ min: 120, max: 7200 }) },
  { weight: 1, arbitrary: fc.integer({ min: 7200, max: 400_000 }) },
);
const loadShare = fc.double({ min: 0, max: 1, noNaN: true });

/** Faults of a line, a bridge or a reader. */
const fault = fc.oneof(
  fc.constant(() => ({
    activeEnergyImport: 0,
    activeEnergyExport: 0,
    tier1ActiveEnergyImport: 0,
    reactiveEnergyImport: 0,
  })),
  fc
    .tuple(fc.constantFrom(...KEYS), fc.double({ min: 0, max: 1e6, noNaN: true }))
    .map(([key, value]) => (truth: Registers): Registers => ({ ...truth, [key]: value })),
  fc
    .tuple(fc.constantFrom(...KEYS), fc.double({ min: -20, max: 20, noNaN: true }))
    .map(([key, off]) => (truth: Registers): Registers => ({ ...truth, [key]: truth[key]! + off })),
  fc.double({ min: 0.5, max: 1.5, noNaN: true }).map(
    (factor) =>
      (truth: Registers): Registers =>
        Object.fromEntries(Object.entries(truth).map(([key, value]) => [key, value * factor])),
  ),
  fc
    .constantFrom(NaN, -1, Infinity)
    .map((value) => (truth: Registers): Registers => ({ ...truth, activeEnergyExport: value })),
);
type Fault = (truth: Registers) => Registers;

type Step =
  | { readonly kind: 'true'; readonly seconds: number; readonly load: number }
  | { readonly kind: 'faults'; readonly faults: readonly Fault[]; readonly isStuck: boolean; readonly seconds: number }
  | { readonly kind: 'restart'; readonly isRemembered: boolean }
  | { readonly kind: 'clock'; readonly which: 'host' | 'meter'; readonly ahead: number };

/** Clock errors from a second to a clock that was never set. */
const ahead = fc.oneof(
  fc.constant(0),
  fc.integer({ min: -7_200_000, max: 7_200_000 }),
  fc.integer({ min: -26 * 31_536_000, max: 26 * 31_536_000 }).map((seconds) => seconds * 1000),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('true' as const), seconds, load: loadShare }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('faults' as const),
      faults: fc.array(fault, { minLength: 1, maxLength: settings.confirmations }),
      isStuck: fc.boolean(),
      seconds,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('restart' as const), isRemembered: fc.constant(true) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('clock' as const), which: fc.constantFrom('host', 'meter'), ahead }),
  },
);

function play(world: World, steps: readonly Step[]): void {
  for (const event of steps) {
    if (event.kind === 'true') {
      world.live(event.seconds, event.load);
      world.read(world.truth, true);
    } else if (event.kind === 'restart') {
      world.restart(event.isRemembered);
    } else if (event.kind === 'clock') {
      world.setClock(event.which, event.ahead);
    } else {
      let stuck: Registers | undefined;
      for (const garble of event.faults) {
        world.live(event.seconds, 0.3);
        stuck = event.isStuck && stuck !== undefined ? stuck : garble(world.truth);
        world.read(stuck, false);
      }
      // A fault without a true reading between its bursts cannot be distinguished from the meter.
      world.live(10, 0.3);
      world.read(world.truth, true);
    }
  }
}

/** Readings without faults, until the guard must have accepted them. */
function settle(world: World): void {
  const before = world.time;
  for (let passed = false; !passed;) {
    world.live(60, 0.2);
    passed = world.read(world.truth, true);
    assert.ok(world.time - before <= (settings.confirmSeconds + 60 * (3 * settings.confirmations + 1)) * 1000, 'stuck');
  }
}

describe('What Home Assistant books behind the guard', () => {
  /** From a register that must not be booked whole, to a typical one. */
  const start = fc.double({ min: 50, max: 117_000, noNaN: true });

  it('is what was used, whatever faults, restarts and clocks that are set come between', () => {
    fc.assert(
      fc.property(start, fc.array(step, { maxLength: 60, size: 'max' }), fc.boolean(), (register, steps, hasClock) => {
        const world = new World(register, '1', hasClock);
        settle(world);
        play(world, steps);
        settle(world);
        for (const key of KEYS) {
          const used = world.truth[key]! - world.begin[key]!;
          assert.ok(Math.abs(world.statistics.get(key)!.sum - used) < 1e-6, key);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('is the consumption after the guard lost all, as on restart without a context', () => {
    fc.assert(
      fc.property(start, fc.array(fc.array(step, { maxLength: 12 }), { maxLength: 4 }), (register, lives) => {
        const world = new World(register);
        for (const steps of lives) {
          settle(world);
          play(world, steps);
          world.restart(false);
          // The reader has no reading yet, and publishes its placeholder.
          for (let i = 0; i < 20; i += 1) {
            world.live(30, 0.1);
            assert.ok(!world.read({ activeEnergyImport: 0, activeEnergyExport: 0 }, false), 'zeros let through');
          }
        }
        settle(world);
      }),
      { numRuns: 400 },
    );
  });

  it('holds no wrong value that repeats while a clock was set, over a restart or not', () => {
    const off = fc.double({ min: 1, max: 5000, noNaN: true });
    const often = fc.integer({ min: 1, max: settings.confirmations });
    fc.assert(
      fc.property(
        fc.double({ min: 60_000, max: 117_000, noNaN: true }),
        fc.record({
          hasClock: fc.boolean(),
          isRestarted: fc.boolean(),
          which: fc.constantFrom('host', 'meter'),
          ahead,
        }),
        fc.record({ off, often, pause: fc.integer({ min: 2, max: 300 }) }),
        (register, { hasClock, isRestarted, which, ahead: by }, wrong) => {
          const world = new World(register, '1', hasClock);
          settle(world);
          if (isRestarted) world.restart(true);
          world.setClock(which, by);
          const stuck = world.truth['activeEnergyImport']! + wrong.off + (CARRIED * wrong.pause * wrong.often) / 3600;
          for (let i = 0; i < wrong.often; i += 1) {
            world.live(wrong.pause, 0.1);
            assert.ok(!world.read({ ...world.truth, activeEnergyImport: stuck }, false), `passed the ${i + 1}. time`);
          }
          world.live(wrong.pause, 0.1);
          assert.ok(world.read(world.truth, true), 'and the true one after it is held back');
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is never more than the connection can carry, for the smallest registers too', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 60, noNaN: true }),
        fc.array(step, { maxLength: 60, size: 'max' }),
        (register, steps) => {
          const world = new World(register);
          // Below the energy that the connection can carry during a confirmation, the sum may be off by that much at most.
          const isSmall = Math.min(...KEYS.map((key) => world.truth[key]!)) < 10;
          if (isSmall) world.read = readWithin(world);
          for (let i = 0; i < 8; i += 1) {
            world.live(60, 0.2);
            world.read(world.truth, true);
          }
          play(world, steps);
        },
      ),
      { numRuns: 800 },
    );
  });

  it('holds nothing back when all is well, whichever clock is set', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 2000, max: 117_000, noNaN: true }),
        fc.array(fc.tuple(fc.integer({ min: 2, max: 900 }), loadShare, fc.constantFrom('host', 'meter'), ahead)),
        fc.boolean(),
        (register, pauses, hasClock) => {
          const world = new World(register, '1', hasClock);
          settle(world);
          for (const [pause, load, which, by] of pauses) {
            world.live(pause, load);
            world.setClock(which, by);
            assert.ok(world.read(world.truth, true), `held back after ${pause} s`);
          }
        },
      ),
    );
  });

  it('begins anew with another meter', () => {
    const old = new World(117_000);
    settle(old);
    const next = new World(3.2, '2');
    settle(next);
    settle(next);
    assert.ok(next.statistics.get('activeEnergyImport')!.sum < 20);
  });

  it('of a reset meter is no more than the consumption since, and is reported', () => {
    fc.assert(
      fc.property(start, fc.array(step, { maxLength: 10 }), seconds, loadShare, (register, steps, pause, load) => {
        const world = new World(register);
        settle(world);
        play(world, steps);
        settle(world);
        const before = new Map(KEYS.map((key) => [key, world.truth[key]! - world.begin[key]!]));
        for (const key of KEYS) world.truth[key] = 0;
        world.live(pause % 7200, load);
        world.read = readWithin(world);
        const eventsBefore = world.events.length;
        settle(world);
        const isGrown = world.truth['reactiveEnergyImport']! >= register / 5;
        assert.ok(
          isGrown || world.events.slice(eventsBefore).some(({ reason }) => /^(fell|rolled-over)$/.test(reason)),
        );
        for (const key of KEYS) {
          const used = before.get(key)! + world.truth[key]!;
          const { sum } = world.statistics.get(key)!;
          assert.ok(sum <= used + 1e-6, `${key}: ${sum} kWh booked, ${used} used`);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** `read` without checking the exact sum. */
function readWithin(world: World): World['read'] {
  const read = world.read.bind(world);
  return (registers) => read(registers, false);
}
