import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  confirm,
  EMPTY_OUTBOX,
  type NumberedMessage,
  type Outbox,
  post,
  type MeterReading,
  recallOutbox,
  receiptOf,
  rememberOutbox,
  waiting,
} from '../../../../src/publish/home-assistant/index.js';
import { homeAssistantSettings } from '../../../../src/publish/home-assistant/settings.js';

const START = Date.UTC(2026, 10, 20, 12);
const SETTINGS = homeAssistantSettings({ keepReadings: 100 });
const announcement = { topic: 'nes-meter/7/availability', payload: 'online', qos: 1, retain: true } as const;
const state = { topic: 'nes-meter/7/state', payload: '{}', qos: 1, retain: true } as const;

/** Reading number `place`, taken `place` seconds after the start. */
const reading = (place: number, id = '7'): MeterReading => ({
  id,
  device: { serial: id, manufacturer: null, model: null, firmware: null },
  table: 'BT23',
  complete: true,
  fingerprint: '',
  isSinglePhase: false,
  readAt: START + place * 1000,
  values: { activeEnergyImport: 1000 + place / 1000, voltageL3: null },
});

/** A broker that confirms received messages in order, and a node that sends to it. */
class World {
  outbox: Outbox;
  now = 0;
  isThere = true;
  announcements = 0;
  readonly arrived: NumberedMessage[] = [];
  readonly #queue: number[] = [];
  readonly #settings;

  constructor(settings = SETTINGS, outbox = EMPTY_OUTBOX) {
    this.#settings = settings;
    this.outbox = outbox;
  }

  send(place: number, id?: string): void {
    const posted = post(this.outbox, [state], reading(place, id), this.#settings, this.now);
    this.outbox = posted.outbox;
    this.#carry(posted.messages);
    this.confirmAll();
  }

  announce(): void {
    const posted = post(this.outbox, [announcement], undefined, this.#settings, this.now);
    this.outbox = posted.outbox;
    this.#carry(posted.messages);
    this.confirmAll();
  }

  /** The broker confirms what it has received, repeatedly while that leads to more messages. */
  confirmAll(most = Infinity): void {
    for (let i = 0; i < most; i += 1) {
      const number = this.#queue.shift();
      if (number === undefined) return;
      const { outbox, messages, mustAnnounce } = confirm(this.outbox, number, this.now);
      this.outbox = outbox;
      if (mustAnnounce) this.announcements += 1;
      this.#carry(messages);
    }
  }

  /** Drops the confirmations of messages that the broker received before it ended. */
  forgetConfirmations(): void {
    this.#queue.length = 0;
  }

  get history(): Record<string, unknown>[] {
    return this.arrived
      .filter(({ topic }) => topic.endsWith('/history'))
      .map(({ payload }) => JSON.parse(payload) as Record<string, unknown>);
  }

  #carry(messages: readonly NumberedMessage[]): void {
    if (!this.isThere) return;
    this.arrived.push(...messages);
    this.#queue.push(...messages.map(({ number }) => number));
  }
}

const timesOf = (history: readonly Record<string, unknown>[]): number[] =>
  history.map(({ timestamp }) => (Date.parse(String(timestamp)) - START) / 1000);

describe('What was sent and not confirmed', () => {
  it('is nothing while the broker confirms', () => {
    const world = new World();
    for (let place = 0; place < 50; place += 1) {
      world.now += 1000;
      world.send(place);
      world.announce();
    }
    assert.equal(world.outbox.readings.length, 0);
    assert.equal(world.outbox.announcements.length, 0);
    assert.deepEqual([world.history, world.announcements], [[], 0]);
  });

  it('publishes later to a separate topic: in order, with its own time, only readings', () => {
    const world = new World();
    world.send(0);
    world.isThere = false;
    for (let place = 1; place <= 30; place += 1) world.send(place, (world.now += 1000) > 20_000 ? '8' : '7');
    assert.equal(waiting(world.outbox, world.now), 28);
    world.isThere = true;
    world.now += 5000;
    world.send(31);
    assert.deepEqual(
      timesOf(world.history),
      Array.from({ length: 30 }, (_, place) => place + 1),
    );
    const [first] = world.history;
    assert.deepEqual(first, { timestamp: '2026-11-20T12:00:01.000Z', activeEnergyImport: 1000.001 });
    const topics = world.arrived.filter(({ topic }) => topic.endsWith('/history'));
    assert.deepEqual([...new Set(topics.map(({ topic }) => topic))], ['nes-meter/7/history', 'nes-meter/8/history']);
    for (const { retain, qos } of topics) assert.deepEqual({ retain, qos }, { retain: false, qos: 1 });
    assert.equal(world.outbox.readings.length, 0);
  });

  it('comes a few at a time, however much it is', () => {
    const world = new World(homeAssistantSettings({ keepReadings: 1000 }));
    world.isThere = false;
    for (let place = 0; place < 1000; place += 1) world.send(place);
    world.isThere = true;
    world.now = 10_000;
    const posted = post(world.outbox, [state], reading(1000), SETTINGS, world.now);
    const first = confirm(posted.outbox, posted.outbox.lastNumber, world.now);
    assert.equal(first.messages.length, 50);
    const next = confirm(first.outbox, first.messages[0]!.number, world.now);
    assert.equal(next.messages.length, 1, 'one more for each that arrived');
  });

  it('is bounded: drops the oldest, and the next message of the meter gives the count', () => {
    const world = new World(homeAssistantSettings({ keepReadings: 10 }));
    world.isThere = false;
    for (let place = 0; place < 25; place += 1) world.send(place, place % 5 === 0 ? '8' : '7');
    assert.equal(world.outbox.readings.length, 10);
    assert.equal(world.outbox.dropped, 15);
    world.isThere = true;
    world.now = 10_000;
    world.send(25);
    assert.deepEqual(
      world.history
        .filter(({ dropped }) => dropped !== undefined)
        .map(({ timestamp, dropped }) => [timestamp, dropped]),
      [
        ['2026-11-20T12:00:16.000Z', 12],
        ['2026-11-20T12:00:20.000Z', 4],
      ],
      'each meter its own: 7 from the 16th on, 8 from the 20th on',
    );
    assert.equal(world.outbox.dropped, 0, 'nothing was dropped');
  });

  it('leads to announcing everything once more, once, where announcements were lost', () => {
    const world = new World(homeAssistantSettings({}));
    world.isThere = false;
    for (let i = 0; i < 500; i += 1) world.announce();
    assert.ok(world.outbox.announcements.length <= 100);
    world.isThere = true;
    world.now = 10_000;
    world.send(1);
    world.send(2);
    assert.equal(world.announcements, 1);
    assert.deepEqual(world.outbox.announcements, []);
    assert.equal(world.history.length, 0, 'no reading was to be kept');
  });

  it('is not taken for lost at once, in whatever order a broker confirms', () => {
    const { outbox, messages } = post(EMPTY_OUTBOX, [announcement, announcement, state], reading(1), SETTINGS, 0);
    let later = outbox;
    for (const { number } of [...messages].reverse()) {
      const confirmed = confirm(later, number, 1_999);
      assert.deepEqual([confirmed.messages, confirmed.mustAnnounce], [[], false]);
      later = confirmed.outbox;
    }
    assert.deepEqual([later.readings, later.announcements], [[], []]);
  });

  it('survives a restart as JSON, and nothing else does', () => {
    const world = new World();
    world.isThere = false;
    for (let place = 0; place < 5; place += 1) world.send(place);
    const kept = JSON.parse(JSON.stringify(rememberOutbox(world.outbox))) as unknown;
    const next = new World(SETTINGS, recallOutbox(kept));
    next.send(5);
    assert.deepEqual(timesOf(next.history), [0, 1, 2, 3, 4]);
    assert.equal(rememberOutbox(next.outbox), undefined);
    for (const other of [undefined, null, 7, 'x', [], {}, { readings: 7 }, { readings: [null, { topic: 'a' }] }]) {
      assert.deepEqual(recallOutbox(other).readings, []);
    }
  });

  it('is confirmed by a Complete node, and by nothing else', () => {
    const complete = { source: { id: 'out', type: 'mqtt out' } };
    assert.equal(receiptOf({ complete, delivery: { from: 'ha', number: 7 } }, 'ha'), 7);
    assert.equal(receiptOf({ complete, delivery: { from: 'other', number: 7 } }, 'ha'), undefined);
    assert.equal(receiptOf({ delivery: { from: 'ha', number: 7 } }, 'ha'), undefined, 'not yet completed');
    assert.equal(receiptOf({ complete, delivery: 7 }, 'ha'), undefined);
    assert.equal(receiptOf({ complete }, 'ha'), undefined);
  });
});

describe('Whatever happens to broker and Node-RED, every reading', () => {
  type Event = 'read' | 'announce' | 'away' | 'back' | 'dies before it confirms' | 'restart' | 'deploy' | 'slow';
  const event = fc.oneof(
    { weight: 10, arbitrary: fc.constant<Event>('read') },
    fc.constantFrom<Event>('announce', 'away', 'back', 'dies before it confirms', 'restart', 'deploy', 'slow'),
  );

  it('arrives, live or later, with its own time, in order, and nothing is invented', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80, size: 'max' }), (events) => {
        let world = new World();
        const received: NumberedMessage[] = [];
        const live = new Set<number>();
        let place = 0;
        const read = (): void => {
          place += 1;
          const before = world.arrived.length;
          world.send(place);
          // A state that reaches the broker counts as received, confirmed or not.
          if (world.arrived.slice(before).some(({ topic }) => topic === state.topic)) live.add(place);
        };
        for (const happened of events) {
          world.now += happened === 'slow' ? 100 : 3000;
          if (happened === 'read' || happened === 'slow') read();
          else if (happened === 'announce') world.announce();
          else if (happened === 'away') world.isThere = false;
          else if (happened === 'back') world.isThere = true;
          else if (happened === 'dies before it confirms') {
            const posted = post(world.outbox, [state], reading(++place), SETTINGS, world.now);
            world.outbox = posted.outbox;
            world.isThere = false;
          } else {
            received.push(...world.arrived);
            const kept = rememberOutbox(world.outbox) as object | undefined;
            const outbox = happened === 'deploy' ? world.outbox : recallOutbox(kept && structuredClone(kept));
            const { now, isThere } = world;
            world = Object.assign(new World(SETTINGS, outbox), { now, isThere });
          }
        }
        world.isThere = true;
        for (let i = 0; i < 3; i += 1) {
          world.now += 3000;
          read();
        }
        received.push(...world.arrived);
        const history = received.filter(({ topic }) => topic.endsWith('/history'));
        const later = timesOf(history.map(({ payload }) => JSON.parse(payload) as Record<string, unknown>));
        for (let i = 1; i <= place; i += 1) assert.ok(live.has(i) || later.includes(i), `reading ${i} is lost`);
        assert.ok(later.every((time) => time >= 1 && time <= place));
        assert.deepEqual(
          later,
          [...later].sort((a, b) => a - b),
        );
        assert.equal(world.outbox.readings.length, 0);
      }),
      { numRuns: 500 },
    );
  });
});
