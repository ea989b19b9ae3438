import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  confirm,
  EMPTY_OUTBOX,
  type MqttMessage,
  type NumberedMessage,
  type Outbox,
  post,
  recallOutbox,
  rememberOutbox,
} from '../../../../src/publish/home-assistant/index.js';
import { readingOf } from '../../../../src/publish/reading.js';
import { homeAssistantSettings } from '../../../../src/publish/home-assistant/settings.js';
import { plausibility } from '../../../../src/readings/index.js';
import {
  announceAgain,
  type KnownMeter,
  recall,
  receiveReading,
  remember,
  restarted,
} from '../../../support/readings/home-assistant-stage.js';
import { HomeAssistantStatistics } from '../../../support/sinks/home-assistant-statistics.js';

const SETTINGS = homeAssistantSettings({ keepReadings: 10_000 });
const GUARD = plausibility.plausibilitySettings({});
const STATE = 'nes-meter/7/state';
const HISTORY = 'nes-meter/7/history';

const throughJson = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

/** A meter, Node-RED with guard and publisher, a broker with outages, and Home Assistant behind it. */
class World {
  readonly begin: number;
  register: number;
  time = Date.UTC(2026, 10, 20);
  readonly statistics = new HomeAssistantStatistics();
  /** Times of readings that passed the guard, and of those that arrived as state or as history. */
  readonly passed = new Set<string>();
  readonly arrived = new Set<string>();
  readonly history: string[] = [];
  isBrokerThere = true;
  #newest = '';
  readonly #retained = new Map<string, string>();
  #guard: plausibility.GuardedMeter | undefined;
  #meter: KnownMeter | undefined;
  #outbox: Outbox = EMPTY_OUTBOX;

  constructor(register: number) {
    this.register = Math.round(register * 1000) / 1000;
    this.begin = this.register;
    // Home Assistant has seen this meter before.
    this.statistics.receive(this.register);
  }

  live(seconds: number, kilowatts: number): void {
    this.time += seconds * 1000;
    this.register = Math.round((this.register + (kilowatts * seconds) / 3600) * 1000) / 1000;
  }

  /** A reading of the meter, true or faulty. */
  read(register = this.register): boolean {
    const readAt = new Date(this.time).toISOString();
    const msg = {
      payload: { activeEnergyImport: register, activePower: 400 },
      registers: [{ key: 'activeEnergyImport', value: 1, raw: 1000 }],
      meter: { serial: '7' },
      table: { id: 'BT23', complete: false, readAt },
    };
    const sample = plausibility.sampleOf(msg, { date: new Date(this.time), now: this.time });
    const verdict = plausibility.receiveSample(this.#guard, sample, GUARD);
    this.#guard = verdict.meter;
    if (!verdict.isPassed) return false;
    this.passed.add(readAt);
    const reading = readingOf(msg, SETTINGS, new Date(this.time));
    const published = receiveReading(this.#meter, reading, SETTINGS);
    this.#meter = published.meter;
    const posted = post(this.#outbox, published.messages, reading, SETTINGS, this.time);
    this.#outbox = posted.outbox;
    this.#carry(posted.messages);
    return true;
  }

  /** Node-RED is restarted: by a deploy, in order, or by a power cut that only the context storage survives. */
  restart(how: 'deploy' | 'restart' | 'power cut'): void {
    if (how === 'deploy') {
      this.#meter &&= restarted(this.#meter);
      return;
    }
    this.#guard &&= plausibility.recall(throughJson(plausibility.remember(this.#guard)));
    this.#meter &&= recall(throughJson(remember(this.#meter)));
    const kept = how === 'restart' ? throughJson(rememberOutbox(this.#outbox)) : undefined;
    if (how === 'power cut') this.#forgive();
    this.#outbox = recallOutbox(kept);
  }

  /** Home Assistant starts: it receives retained messages, and requests all states. */
  restartHomeAssistant(): void {
    if (!this.isBrokerThere) return;
    const state = this.#retained.get(STATE);
    if (state !== undefined) this.#receiveState(state);
    if (this.#meter) this.#announce(announceAgain([this.#meter], SETTINGS));
  }

  brokerGoes(forgets: boolean): void {
    this.isBrokerThere = false;
    if (forgets) this.#retained.clear();
  }

  brokerComes(): void {
    this.isBrokerThere = true;
    this.restartHomeAssistant();
  }

  #announce(messages: readonly MqttMessage[]): void {
    const posted = post(this.#outbox, messages, undefined, SETTINGS, this.time);
    this.#outbox = posted.outbox;
    this.#carry(posted.messages);
  }

  #carry(messages: readonly NumberedMessage[]): void {
    const queue = this.isBrokerThere ? [...messages] : [];
    for (const message of queue) {
      this.#arrive(message);
      const { outbox, messages: again, mustAnnounce } = confirm(this.#outbox, message.number, this.time);
      this.#outbox = outbox;
      queue.push(...again);
      if (mustAnnounce && this.#meter) this.#announce(announceAgain([this.#meter], SETTINGS));
    }
  }

  #arrive({ topic, payload, retain }: MqttMessage): void {
    if (retain) this.#retained.set(topic, payload);
    if (topic === STATE) this.#receiveState(payload);
    if (topic !== HISTORY) return;
    const { timestamp } = JSON.parse(payload) as { timestamp: string };
    this.history.push(timestamp);
    this.arrived.add(timestamp);
  }

  #receiveState(state: string): void {
    const { timestamp, activeEnergyImport } = JSON.parse(state) as { timestamp: string; activeEnergyImport?: number };
    this.arrived.add(timestamp);
    assert.ok(timestamp >= this.#newest, 'an old reading came as the present one');
    this.#newest = timestamp;
    if (typeof activeEnergyImport === 'number') this.statistics.receive(activeEnergyImport);
    const used = this.register - this.begin;
    assert.ok(this.statistics.sum <= used + 1e-6, `${this.statistics.sum} kWh booked, ${used} used`);
  }

  /** Readings that a power cut may lose are no longer expected. */
  #forgive(): void {
    for (const time of this.passed) this.arrived.add(time);
  }
}

type Step =
  | { readonly kind: 'read'; readonly seconds: number; readonly kilowatts: number }
  | { readonly kind: 'fault'; readonly make: (register: number) => number }
  | { readonly kind: 'restart'; readonly how: 'deploy' | 'restart' | 'power cut' }
  | { readonly kind: 'broker goes'; readonly forgets: boolean }
  | { readonly kind: 'broker comes' | 'Home Assistant starts' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      seconds: fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: 3, max: 120 }) },
        { weight: 1, arbitrary: fc.integer({ min: 120, max: 100_000 }) },
      ),
      kilowatts: fc.double({ min: 0, max: 20, noNaN: true }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .oneof(
        fc.constant(() => 0),
        fc.double({ min: 0, max: 1e6, noNaN: true }).map((value) => () => value),
        fc.double({ min: -20, max: 20, noNaN: true }).map((off) => (register: number) => Math.max(0, register + off)),
      )
      .map((make) => ({ kind: 'fault' as const, make })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('deploy' as const, 'restart' as const, 'power cut' as const)
      .map((how) => ({ kind: 'restart' as const, how })),
  },
  { weight: 2, arbitrary: fc.boolean().map((forgets) => ({ kind: 'broker goes' as const, forgets })) },
  { weight: 2, arbitrary: fc.constant({ kind: 'broker comes' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'Home Assistant starts' as const }) },
);

function play(world: World, steps: readonly Step[]): void {
  for (const event of steps) {
    if (event.kind === 'read') {
      world.live(event.seconds, event.kilowatts);
      world.read();
    } else if (event.kind === 'fault') {
      // A true reading follows a faulty one: a lasting change is not a fault.
      world.live(10, 1);
      const value = event.make(world.register);
      if (value < world.register || value > world.register + 5) world.read(value);
      world.live(10, 1);
      world.read();
    } else if (event.kind === 'restart') world.restart(event.how);
    else if (event.kind === 'broker goes') world.brokerGoes(event.forgets);
    else if (event.kind === 'broker comes') world.brokerComes();
    else world.restartHomeAssistant();
  }
}

/** Readings until the guard must have accepted them and all have arrived. */
function settle(world: World): void {
  world.brokerComes();
  for (let i = 0; i < 20; i += 1) {
    world.live(60, 1);
    world.read();
  }
}

describe('Whatever happens to meter, Node-RED, broker and Home Assistant', () => {
  const start = fc.double({ min: 2000, max: 117_000, noNaN: true });

  it('the energy dashboard books what was used, and every reading arrives', () => {
    fc.assert(
      fc.property(start, fc.array(step, { maxLength: 60, size: 'max' }), (register, steps) => {
        const world = new World(register);
        settle(world);
        play(world, steps);
        settle(world);
        const used = world.register - world.begin;
        assert.ok(Math.abs(world.statistics.sum - used) < 1e-6, `${world.statistics.sum} kWh booked, ${used} used`);
        const lost = [...world.passed].filter((time) => !world.arrived.has(time));
        assert.deepEqual(lost, []);
        assert.deepEqual(
          world.history.filter((time) => !world.passed.has(time)),
          [],
          'nothing comes that was held back',
        );
      }),
      { numRuns: 120 },
    );
  });
});
