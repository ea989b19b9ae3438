import assert from 'node:assert/strict';
import fc from 'fast-check';
import { historyEntriesOf } from '../../../src/publish/history-entry.js';
import type { HistoryWriter, Written } from '../../../src/publish/history-writer.js';
import { throwsWith } from '../../support/assert-error.js';
import { SERIAL } from '../../support/readings/decoded.js';
import { formatOf } from '../../support/readings/format-stage.js';
import { billing, type HistoryMessage, interval, intervals, listOf } from '../../support/readings/history.js';
import { HomeAssistantRecorder } from '../../support/sinks/home-assistant-recorder.js';

const IMPORT = `nes_meter:${SERIAL}_active_energy_import`;
const EXPORT = `nes_meter:${SERIAL}_active_energy_export`;
const ENTITY = 'sensor.nes_active_energy_import';
const OWN = { statistics: 'entity', importEntity: ENTITY };
const HOUR_MS = 3_600_000;

/** A node of the format wired to a Home Assistant and back. */
class Loop {
  readonly recorder: HomeAssistantRecorder;
  readonly problems: string[] = [];
  readonly #settings: object;
  #writer: HistoryWriter;
  now = Date.parse('2025-12-02T00:00:30Z');

  constructor(settings: object = {}, recorder = new HomeAssistantRecorder()) {
    this.#settings = settings;
    this.recorder = recorder;
    this.#writer = this.#start(undefined);
  }

  send(...messages: readonly object[]): void {
    for (const message of messages) {
      this.#take(this.#writer.write(historyEntriesOf(message, { serial: '' }), new Date(this.now)));
    }
  }

  restart({ remembers = true }: { remembers?: boolean } = {}): void {
    const kept = JSON.parse(JSON.stringify(this.#writer.kept)) as unknown;
    this.#writer = this.#start(remembers ? kept : undefined);
  }

  #start(kept: unknown): HistoryWriter {
    return formatOf('ha-statistics', this.#settings).history?.(kept) ?? assert.fail();
  }

  #take({ writer, messages, problem }: Written): void {
    this.#writer = writer;
    if (problem !== undefined) this.problems.push(problem.code);
    for (const message of messages) {
      const answer = this.recorder.answer({ ...message });
      const reply = answer && this.#writer.reply?.(answer, new Date(this.now));
      if (reply !== undefined) this.#take(reply);
    }
  }
}

const total = (bars: Map<string, number>): number =>
  Math.round([...bars.values()].reduce((sum, bar) => sum + bar, 0) * 1_000) / 1_000;
const DAY = intervals('2025-11-30T23:15:00Z', 96);

/** An entity whose hours Home Assistant compiles by itself; an hour without a row while it was down. */
function compiled(recorder: HomeAssistantRecorder, first: string, states: readonly (number | null)[]): void {
  let sum = 50;
  let before: number | undefined;
  states.forEach((state, index) => {
    if (state === null) return;
    sum += state - (before ?? state);
    before = state;
    recorder.compile(ENTITY, Date.parse(first) + index * HOUR_MS, { state, sum });
  });
}

describe('Statistics for Home Assistant', () => {
  it('have a row for the register at the end of each hour, the first with the sum 0', () => {
    const loop = new Loop();
    loop.send(...DAY);
    assert.deepEqual(loop.recorder.statistics, [IMPORT, EXPORT]);
    const bars = loop.recorder.bars(IMPORT);
    assert.equal(bars.size, 24);
    assert.deepEqual([...bars.values()], [0, ...Array.from({ length: 23 }, () => 0.4)]);
    assert.deepEqual(loop.recorder.sorted(IMPORT)[0], [Date.parse('2025-11-30T23:00:00Z'), { state: 100.3, sum: 0 }]);
    assert.equal(total(loop.recorder.bars(EXPORT)), 0);
    assert.deepEqual(loop.problems, []);
  });

  it('are the same whether intervals come one by one, as a list, or twice', () => {
    const expected = new Loop();
    expected.send(...DAY);
    for (const messages of [[listOf(DAY)], [...DAY, ...DAY], [...DAY.slice(0, 60), ...DAY.slice(40)]]) {
      const loop = new Loop();
      loop.send(...messages);
      loop.restart({ remembers: false });
      loop.send(...messages);
      assert.deepEqual(loop.recorder.sorted(IMPORT), expected.recorder.sorted(IMPORT));
      assert.deepEqual(loop.problems, []);
    }
  });

  it('go on after a restart that forgot everything', () => {
    const loop = new Loop();
    loop.send(...DAY.slice(0, 50));
    loop.restart({ remembers: false });
    loop.send(...DAY.slice(46));
    assert.equal(total(loop.recorder.bars(IMPORT)), 9.2);
    assert.equal(Math.max(...loop.recorder.bars(IMPORT).values()), 0.4);
  });

  it('continue after months without the meter from the last row', () => {
    const loop = new Loop();
    loop.send(...intervals('2025-06-01T00:15:00Z', 8));
    loop.restart({ remembers: false });
    loop.send(...intervals('2025-11-30T23:15:00Z', 8, { total: 150 }));
    assert.equal(total(loop.recorder.bars(IMPORT)), 50.4);
  });

  it('wait while Home Assistant is not there, over a restart too', () => {
    const loop = new Loop();
    loop.recorder.isDown = true;
    loop.send(...DAY.slice(0, 48));
    loop.restart();
    loop.send(...DAY.slice(48, 90));
    loop.recorder.isDown = false;
    loop.now += 61_000;
    loop.send(...DAY.slice(90));
    assert.equal(loop.recorder.bars(IMPORT).size, 24);
    assert.equal(total(loop.recorder.bars(IMPORT)), 9.2);
  });

  it('begin with the sum 0 again after the statistic was deleted', () => {
    const loop = new Loop();
    loop.send(...DAY.slice(0, 48));
    loop.recorder.delete(IMPORT);
    loop.now += 61_000;
    loop.send(...DAY.slice(48));
    assert.deepEqual([...loop.recorder.bars(IMPORT).values()], [0, ...Array.from({ length: 11 }, () => 0.4)]);
  });

  it('have no row for an hour that has not ended', () => {
    const loop = new Loop();
    loop.now = Date.parse('2025-12-01T10:59:59Z');
    loop.send(...DAY);
    assert.equal(loop.recorder.sorted(IMPORT).at(-1)?.[0], Date.parse('2025-12-01T09:00:00Z'));
    loop.now = Date.parse('2025-12-01T23:00:10Z');
    loop.send(interval('2025-12-01T23:15:00Z', { total: 110 }));
    assert.equal(loop.recorder.bars(IMPORT).size, 24);
  });

  it('have no row for an hour whose last value is not to be trusted', () => {
    const loop = new Loop();
    const at = (end: string): number => DAY.findIndex(({ history }) => history['end'] === end);
    const changed: HistoryMessage[] = [...DAY];
    const none = { total: null, used: null, quality: 'untrusted' };
    changed[at('2025-12-01T03:00:00Z')] = interval('2025-12-01T03:00:00Z', none);
    changed[at('2025-12-01T05:00:00Z')] = interval('2025-12-01T05:00:00Z', { total: 101, quality: 'partial' });
    loop.send(...changed.filter(({ history }) => history['end'] !== '2025-12-01T07:00:00Z'));
    const bars = loop.recorder.bars(IMPORT);
    for (const hour of ['02', '04', '06']) assert.ok(!bars.has(`2025-12-01T${hour}:00:00.000Z`), hour);
    for (const hour of ['03', '05', '07']) assert.equal(bars.get(`2025-12-01T${hour}:00:00.000Z`), 0.8, hour);
    assert.equal(total(bars), 9.2);
  });

  it('go on over a rollover of the register within an hour that is whole', () => {
    const loop = new Loop();
    const wrapped = DAY.map((message, index) => {
      const value = 999_995 + index * 0.1;
      return { ...message, payload: { activeEnergyImport: Math.round((value % 1_000_000) * 1_000) / 1_000 } };
    });
    loop.send(...wrapped);
    assert.equal(total(loop.recorder.bars(IMPORT)), 9.2);
    assert.deepEqual(loop.problems, []);
  });

  it('refuse a register that fell for another reason, with an error', () => {
    const loop = new Loop();
    loop.send(...DAY.slice(0, 48));
    loop.send(...intervals('2025-12-01T11:45:00Z', 8, { total: 3 }));
    assert.ok(loop.problems.every((code) => code === 'statistics-unanchored') && loop.problems.length > 0);
    assert.ok([...loop.recorder.bars(IMPORT).values()].every((bar) => bar === 0 || bar === 0.4));
  });

  it('refuse hours before the first row: they would change its bar', () => {
    const loop = new Loop();
    loop.send(...DAY.slice(48));
    const before = loop.recorder.sorted(IMPORT);
    loop.send(...DAY.slice(0, 40));
    assert.deepEqual(loop.recorder.sorted(IMPORT), before);
    assert.equal(loop.problems[0], 'statistics-unanchored');
  });

  it('fill a hole between rows that agree, so that each bar is right', () => {
    const loop = new Loop();
    const isInHole = ({ history }: HistoryMessage): boolean =>
      String(history['end']) > '2025-12-01T05:00:00Z' && String(history['end']) <= '2025-12-01T09:00:00Z';
    loop.send(...DAY.filter((message) => !isInHole(message)));
    assert.equal(Math.max(...loop.recorder.bars(IMPORT).values()), 2);
    loop.send(...DAY);
    assert.equal(Math.max(...loop.recorder.bars(IMPORT).values()), 0.4);
    assert.equal(loop.recorder.bars(IMPORT).size, 24);
  });

  it('keep simulated meters apart by name, and never put them into an entity', () => {
    const loop = new Loop();
    loop.send(...intervals('2025-11-30T23:15:00Z', 8, { simulated: true }));
    const names = loop.recorder.commands.map(({ metadata }) => (metadata as { name?: string } | undefined)?.name ?? '');
    assert.ok(names.some((name) => name.endsWith('(simulated)')));
    throwsWith(() => {
      new Loop(OWN).send(interval('2025-12-01T00:00:00Z', { simulated: true }));
    }, 'bad-payload');
  });

  it('refuse billing reads, intervals of a day, and settings that cannot be', () => {
    for (const message of [billing('2025-11-30T23:00:00Z', 1), interval('2025-12-01T00:00:00Z', { minutes: 1_440 })]) {
      throwsWith(() => {
        new Loop().send(message);
      }, 'bad-payload');
    }
    for (const settings of [
      { statistics: 'mine' },
      { statistics: 'entity' },
      { statistics: 'entity', importEntity: 'switch.x' },
      { coreVersion: '2020' },
    ]) {
      throwsWith(() => formatOf('ha-statistics', settings), 'bad-setting');
    }
  });

  it('have ids that Home Assistant accepts, whatever the serial number is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }), (serial) => {
        if (serial.replaceAll(/[\s\0]/g, '') === '') return;
        const loop = new Loop({ coreVersion: 'old' });
        loop.send(...intervals('2025-11-30T23:15:00Z', 4, { serial }));
        assert.equal(loop.recorder.statistics.length, 2);
      }),
      { seed: 17, numRuns: 40 },
    );
  });

  it('never change a bar, whatever order and part of the day comes', () => {
    const part = fc
      .tuple(fc.nat(95), fc.nat(95))
      .map(([one, other]) => DAY.slice(Math.min(one, other), Math.max(one, other) + 1));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), fc.boolean(), (parts, remembers) => {
        const loop = new Loop();
        for (const messages of parts) {
          loop.send(...messages);
          loop.restart({ remembers });
        }
        let before: [number, { state: number }] | undefined;
        for (const [start, row] of loop.recorder.sorted(IMPORT)) {
          const bar = loop.recorder.bars(IMPORT).get(new Date(start).toISOString());
          assert.equal(bar, before === undefined ? 0 : Math.round((row.state - before[1].state) * 1_000) / 1_000);
          before = [start, row];
        }
      }),
      { seed: 17, numRuns: 25 },
    );
  });
});

describe("Statistics of Home Assistant's own entity", () => {
  // 100.3 at the end of the hour that begins at 23:00, then 0.4 more with each hour.
  const STATES = Array.from({ length: 24 }, (_, hour) => Math.round((100.3 + hour * 0.4) * 1_000) / 1_000);

  it('get the hours of a gap, and the bar behind it becomes that of its own hour', () => {
    const loop = new Loop(OWN);
    const states = STATES.map((state, hour) => (hour >= 8 && hour <= 12 ? null : state));
    compiled(loop.recorder, '2025-11-30T23:00:00Z', states);
    assert.equal(Math.max(...[...loop.recorder.bars(ENTITY).values()].slice(1)), 2.4);
    loop.send(...DAY);
    assert.equal(loop.recorder.sorted(ENTITY).length, 24);
    assert.ok([...loop.recorder.bars(ENTITY).values()].slice(1).every((bar) => bar === 0.4));
    assert.deepEqual(loop.problems, []);
  });

  it('get no hour that Home Assistant has not compiled yet', () => {
    const loop = new Loop(OWN);
    compiled(
      loop.recorder,
      '2025-11-30T23:00:00Z',
      STATES.map((state, hour) => (hour === 5 ? null : state)).slice(0, 10),
    );
    loop.send(...DAY);
    assert.equal(loop.recorder.sorted(ENTITY).length, 10);
    loop.recorder.compile(ENTITY, Date.parse('2025-12-01T10:00:00Z'), { state: STATES[11] ?? 0, sum: 50 + 4.4 });
    loop.now += 60_000;
    loop.send(interval('2025-12-01T23:15:00Z', { total: 110 }));
    assert.deepEqual(loop.problems, []);
    assert.ok([...loop.recorder.bars(ENTITY).values()].slice(1).every((bar) => bar === 0.4));
    assert.equal(loop.recorder.sorted(ENTITY).length, 12);
  });

  it('refuse where there is no row before the hours, or none at all', () => {
    const empty = new Loop(OWN);
    empty.send(...DAY.slice(0, 8));
    assert.deepEqual(empty.recorder.statistics, []);
    const loop = new Loop(OWN);
    compiled(loop.recorder, '2025-12-01T10:00:00Z', STATES.slice(11, 14));
    const before = loop.recorder.sorted(ENTITY);
    loop.send(...DAY.slice(0, 40));
    assert.deepEqual(loop.recorder.sorted(ENTITY), before);
    assert.equal(loop.problems[0], 'statistics-unanchored');
  });

  it('refuse where the sums disagree with the register', () => {
    const loop = new Loop(OWN);
    loop.recorder.compile(ENTITY, Date.parse('2025-12-01T01:00:00Z'), { state: 101.1, sum: 10 });
    loop.recorder.compile(ENTITY, Date.parse('2025-12-01T05:00:00Z'), { state: 102.7, sum: 200 });
    loop.send(...DAY);
    assert.equal(loop.recorder.sorted(ENTITY).length, 2);
    assert.equal(loop.problems[0], 'statistics-unanchored');
  });
});
