import assert from 'node:assert/strict';
import {
  type KnownReader,
  type ReaderResult,
  readerName,
  recallReader,
  receiveFromReader,
} from '../../../../src/readings/index.js';

const START = Date.UTC(2026, 5, 12, 10);
const SECOND = 1000;
const HOUR = 3_600_000;

/** Readers whose messages arrive at times that a test sets. */
class Stage {
  now = START;
  readonly #known = new Map<string, KnownReader>();

  receive(topic: string | undefined, payload: string | object, retain = false): ReaderResult {
    const name = readerName(topic);
    const { reader, result } = receiveFromReader(this.#known.get(name), { topic, payload, retain }, this.now);
    this.#known.set(name, reader);
    return result;
  }

  /** The kinds of results of messages that arrive 10 s apart. */
  kinds(topic: string | undefined, ...payloads: readonly (string | object)[]): string[] {
    return payloads.map((payload) => {
      this.now += 10 * SECOND;
      return this.receive(topic, payload).kind;
    });
  }

  restart(): void {
    for (const [name, reader] of this.#known) {
      this.#known.set(name, recallReader(JSON.parse(JSON.stringify(reader)))!);
    }
  }
}

/** The message of the ESP32 module when its clock shows a time. */
const dash = (time: number, more: object = {}): object => ({
  Utility_SN: '7000000001',
  CurrentDateTime: new Date(time).toISOString(),
  Fwd_W: 812,
  L1_RMS_V: 230_100,
  ...more,
});
const ams = (time: number | string | null, more: object = {}): object => ({ t: time, P: 812, U1: 230.1, ...more });

describe('The time that another reader gives', () => {
  it('is that of the reading, and never in the future', () => {
    const stage = new Stage();
    const readAt = (time: number): unknown => {
      const result = stage.receive(undefined, dash(time));
      return result.kind === 'reading' ? result.readAt : result.kind;
    };
    assert.equal(readAt(START - 7 * SECOND), START - 7 * SECOND);
    assert.equal(readAt(START + 5 * SECOND), START);
  });

  it('makes no new reading when it is stopped, whatever the values', () => {
    const stage = new Stage();
    assert.deepEqual(stage.kinds(undefined, dash(START), dash(START), dash(START, { Fwd_W: 9 })), [
      'reading',
      'unchanged',
      'unchanged',
    ]);
    assert.deepEqual(stage.kinds(undefined, dash(stage.now)), ['reading']);
  });

  it('gives the time since when it is stopped', () => {
    const stage = new Stage();
    stage.kinds(undefined, dash(START), dash(START), dash(START));
    assert.deepEqual(stage.receive(undefined, dash(START)), { kind: 'unchanged', since: START + 10 * SECOND });
  });

  it('stays stopped over a restart too', () => {
    const stage = new Stage();
    stage.kinds(undefined, dash(START));
    stage.restart();
    assert.deepEqual(stage.kinds(undefined, dash(START), dash(START + 30 * SECOND)), ['unchanged', 'reading']);
  });

  it('makes no new reading when it goes back', () => {
    const stage = new Stage();
    assert.deepEqual(stage.kinds('ams', ams(START / 1000), ams(START / 1000 - 20)), ['reading', 'old']);
  });

  it('makes no new reading of one that was taken half an hour ago', () => {
    assert.equal(new Stage().receive('ams', ams(new Date(START - HOUR / 2).toISOString())).kind, 'old');
  });

  it('distinguishes messages delayed on the way from a wrong clock', () => {
    const stage = new Stage();
    stage.kinds('ams', ams(START / 1000));
    stage.now += HOUR;
    const kept = Array.from({ length: 350 }, (_, i) => stage.receive('ams', ams(START / 1000 + 10 * (i + 1))).kind);
    const first = kept.indexOf('reading');
    assert.ok(first > 330, `the ${first}th was new`);
    assert.deepEqual(new Set(kept.slice(0, first)), new Set(['old']));
  });

  for (const [what, offset, first] of [
    ['a zone behind', -2 * HOUR, 'old'],
    ['a zone ahead', 2 * HOUR, 'reading'],
    ['two days behind', -48 * HOUR, 'old'],
    ['years behind', -5 * 365 * 24 * HOUR, 'old'],
  ] as const) {
    it(`is the time of arrival where the clock is ${what} but goes on`, () => {
      const stage = new Stage();
      assert.equal(stage.receive(undefined, dash(START + offset)).kind, first);
      for (let i = 0; i < 3; i++) {
        stage.now += 10 * SECOND;
        const result = stage.receive(undefined, dash(stage.now + offset));
        assert.deepEqual(result.kind === 'reading' && result.readAt, stage.now);
      }
      assert.deepEqual(stage.kinds(undefined, dash(stage.now + offset)), ['unchanged']);
    });
  }

  for (const age of [5 / 60, 23, 25, 24 * 365]) {
    it(`makes no reading of a message that is ${age.toFixed(1)} h old, however often it comes`, () => {
      const stage = new Stage();
      const frozen = dash(START - age * HOUR);
      assert.deepEqual(stage.kinds('dabbler', frozen, frozen, frozen), ['old', 'unchanged', 'unchanged']);
      stage.restart();
      assert.deepEqual(stage.kinds('dabbler', frozen, frozen), ['unchanged', 'unchanged']);
      assert.deepEqual(stage.kinds('dabbler', dash(stage.now)), ['reading']);
    });
  }

  it('makes no reading of kept messages that are the first to arrive', () => {
    const stage = new Stage();
    const kept = Array.from({ length: 50 }, (_, i) => stage.receive('ams', ams(START / 1000 - 90_000 + 10 * i)).kind);
    assert.deepEqual(new Set(kept), new Set(['old']));
    assert.deepEqual(stage.kinds('ams', ams(stage.now / 1000)), ['reading']);
  });

  it('is the time of arrival where a wrong clock moves on once a minute', () => {
    const stage = new Stage();
    const minute = (): object => dash(Math.floor(stage.now / 60_000) * 60_000 - 7 * HOUR);
    const kinds = Array.from({ length: 13 }, () => stage.kinds('x', minute())[0]);
    assert.deepEqual(kinds.filter((kind) => kind !== 'unchanged').slice(0, 3), ['old', 'reading', 'reading']);
  });

  it('is passed by where the clock was never set, unless all is the same again', () => {
    const stage = new Stage();
    const unset = (power: number): object => dash(Date.UTC(1970, 0), { Fwd_W: power });
    assert.deepEqual(stage.kinds(undefined, unset(1), unset(2), unset(2), unset(3)), [
      'reading',
      'reading',
      'unchanged',
      'reading',
    ]);
  });

  it('is believed again after the clock of a reader was set', () => {
    const stage = new Stage();
    assert.deepEqual(stage.kinds('ams', ams(0, { up: 1 }), ams(0, { up: 11 }), ams(START / 1000 + 30)), [
      'reading',
      'reading',
      'reading',
    ]);
  });

  it('is kept by topic and meter: two with the same second are not stopped', () => {
    const stage = new Stage();
    assert.equal(stage.receive('ams/power', ams(START / 1000)).kind, 'reading');
    assert.equal(stage.receive('ams/energy', { tPI: 7, t: START / 1000 }).kind, 'reading');
    assert.equal(stage.receive('dabbler', dash(START)).kind, 'reading');
    assert.equal(stage.receive('dabbler', dash(START, { Utility_SN: '8' })).kind, 'reading');
  });

  it('keeps the clocks of 64 meters on a topic', () => {
    const stage = new Stage();
    for (let i = 0; i < 6000; i++) stage.receive('x', dash(START, { Utility_SN: String(i) }));
    assert.equal(stage.receive('x', dash(START, { Utility_SN: '5999' })).kind, 'unchanged');
    assert.equal(stage.receive('x', dash(START, { Utility_SN: '0' })).kind, 'reading');
  });

  it('does not matter for a message that the broker had stored', () => {
    const stage = new Stage();
    assert.equal(stage.receive('ams', ams(START / 1000), true).kind, 'stored');
    assert.equal(stage.receive('ams/meter/import/active', '412', true).kind, 'stored');
    assert.equal(stage.receive('ams', ams(START / 1000)).kind, 'reading');
  });
});

describe('Values on topics of their own', () => {
  const value = (stage: Stage, payload: string): string => stage.receive('ams/meter/import/active', payload).kind;

  it('are no reading while the time of the last reception is unchanged', () => {
    const stage = new Stage();
    const received = (time: number): string => stage.receive('ams/meter/dlms/timestamp', String(time / 1000)).kind;
    received(START);
    assert.equal(value(stage, '412'), 'reading');
    received(START);
    assert.equal(value(stage, '413'), 'unchanged');
    stage.now += 10 * SECOND;
    received(stage.now);
    assert.equal(value(stage, '413'), 'reading');
  });

  it('are no reading while the clock of the meter and all values are unchanged', () => {
    const stage = new Stage();
    const clock = (): string => stage.receive('ams/meter/clock', '1781258400').kind;
    clock();
    assert.equal(value(stage, '412'), 'reading');
    clock();
    assert.equal(value(stage, '412'), 'unchanged');
    assert.equal(value(stage, '413'), 'reading', 'the clock may be that of the last full hour');
    assert.equal(stage.receive('other/meter/import/active', '412').kind, 'reading', 'another reader');
  });

  it('are no reading while the reader reports that it does not reach its meter', () => {
    const stage = new Stage();
    assert.equal(stage.receive('sm/meter/mep_data_ready', '0').kind, 'lost');
    assert.equal(stage.receive('sm/meter/import/active', '412').kind, 'lost');
    stage.receive('sm/meter/mep_data_ready', '1');
    assert.equal(stage.receive('sm/meter/import/active', '412').kind, 'reading');
  });

  it('are zero only once their reader has measured anything', () => {
    const stage = new Stage();
    assert.equal(value(stage, '0'), 'unproven');
    assert.equal(stage.receive('ams/meter/l1/voltage', '230.1').kind, 'reading');
    assert.equal(value(stage, '0'), 'reading');
    assert.equal(stage.receive('ams/meter/import/l1', '0.00').kind, 'unproven');
    assert.equal(stage.receive('ams/meter/import/l2', '85').kind, 'reading');
    assert.equal(stage.receive('ams/meter/import/l1', '0').kind, 'reading');
  });
});

describe('Zeros on topics that each have a part', () => {
  const REVERSE = 'dabbler/meterConsumptionRev/mydatajson';
  const SENSORS = 'dabbler/sensors/mydatajson';

  it('are measured once their reader has read, until it shows that it has not', () => {
    const stage = new Stage();
    assert.equal(stage.receive(REVERSE, { Rev_W: 0 }).kind, 'unproven');
    assert.equal(stage.receive(SENSORS, { L1_RMS_V: 230_100 }).kind, 'reading');
    assert.equal(stage.receive(REVERSE, { Rev_W: 0 }).kind, 'reading');
    assert.equal(stage.receive(SENSORS, { L1_RMS_V: 0 }).kind, 'unread');
    assert.equal(stage.receive(REVERSE, { Rev_W: 0 }).kind, 'unproven');
  });
});
