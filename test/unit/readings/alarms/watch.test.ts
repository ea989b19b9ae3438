import assert from 'node:assert/strict';
import { alarms } from '../../../../src/readings/index.js';
import { throwsWith } from '../../../support/assert-error.js';

const START = Date.parse('2026-11-20T12:00:00Z');
const SERIAL = '83334000001';

interface Notice {
  readonly at: number;
  readonly what: string;
}

/** The alarms of a meter that is read every ten seconds, with their times. */
class Watch {
  readonly notices: Notice[] = [];
  readonly settings: alarms.AlarmSettings;
  isQuiet = false;
  seconds = 0;
  meter: alarms.WatchedMeter | undefined;

  constructor(given: alarms.GivenAlarmSettings) {
    this.settings = alarms.alarmSettings({ voltageMin: 0, voltageMax: 0, ...given });
  }

  read(payload: Record<string, number | null>, meter: object = { serial: SERIAL }): this {
    const readAt = new Date(START + this.seconds * 1000).toISOString();
    const sample = alarms.alarmSampleOf({ payload, meter, table: { readAt } }, new Date(0));
    this.#take(alarms.receiveAlarmSample(this.meter, sample, this.settings));
    this.seconds += 10;
    return this;
  }

  silent(): this {
    this.#take(alarms.meterIsSilent(this.meter, START + this.seconds * 1000, this.settings));
    return this;
  }

  look(): this {
    if (this.meter) this.#take(this.meter);
    return this;
  }

  get words(): string[] {
    return this.notices.map(({ what }) => what);
  }

  #take(meter: alarms.WatchedMeter): void {
    const { meter: after, changes } = alarms.reportAlarms(meter, this.isQuiet, this.settings);
    this.meter = after;
    for (const { kind, phase, isActive, value } of changes) {
      const what = `${kind}${phase === null ? '' : ` ${phase}`} ${isActive ? 'on' : 'off'} ${String(value)}`;
      this.notices.push({ at: this.seconds, what });
    }
  }
}

describe('Alarms', () => {
  it('of overload: whichever direction a reader gives the current', () => {
    const watch = new Watch({ fuse: 25, holdSeconds: 20, hysteresis: 10 });
    for (const current of [-30, 30, -30, -30, 4, -4, 4, 4]) watch.read({ currentL1: current });
    assert.deepEqual(
      watch.words.map((words) => words.replace(/ -?\d+$/, '')),
      ['overload L1 on', 'overload L1 off'],
    );
  });

  it('of high power: begins when it lasts, once; ends when well below for as long', () => {
    const watch = new Watch({ powerLimit: 5000, holdSeconds: 30, hysteresis: 10 });
    for (const power of [4000, 6000, 6000, 4900, 6000, 6000, 6000, 6000, 7000]) watch.read({ activePower: power });
    assert.deepEqual(watch.notices, [{ at: 70, what: 'power on 6000' }]);
    for (const power of [4600, 4400, 4600, 4400, 4400, 4400, 4400]) watch.read({ activePower: power });
    assert.deepEqual(watch.notices.slice(1), [{ at: 150, what: 'power off 4400' }]);
  });

  it('without a minimum duration begin at once; export is no high power', () => {
    const watch = new Watch({ powerLimit: '5000', holdSeconds: 0 });
    watch.read({ activePower: -9000 }).read({ activePower: 5000 }).read({ activePower: 5001 });
    assert.deepEqual(watch.words, ['power on 5001']);
  });

  it('of the main fuse: for each phase by itself, after the ratio behind transformers', () => {
    const watch = new Watch({ fuse: 16, holdSeconds: 0 });
    watch.read({ currentL1: 15, currentL2: 17, currentL3: 20 }).read({ currentL1: 15, currentL2: 10, currentL3: 20 });
    assert.deepEqual(watch.words, ['overload L2 on 17', 'overload L3 on 20', 'overload L2 off 10']);
    const behind = new Watch({ fuse: 100, holdSeconds: 0 });
    const meter = { serial: SERIAL, dimensions: { BT15: { applied: true, ctRatio: 50, vtRatio: 1 } } };
    behind.read({ currentL1: 3, currentL1PostRatio: 150 }, meter);
    assert.deepEqual(behind.words, ['overload L1 on 150']);
  });

  it('of voltage: too low, too high, lost on a phase in use; never on an unused one', () => {
    const watch = new Watch({ voltageMin: 207, voltageMax: 253, holdSeconds: 0 });
    watch.read({ voltageL1: 230, voltageL2: 0, voltageL3: null });
    assert.deepEqual(watch.words, []);
    watch.read({ voltageL1: 254, voltageL2: 0 }).read({ voltageL1: 0, voltageL2: 0 });
    assert.deepEqual(watch.words, ['voltage-high L1 on 254', 'voltage-low L1 on 0', 'voltage-high L1 off 0']);
    watch.read({ voltageL1: 208 });
    assert.equal(watch.notices.length, 3, 'not yet: by a hundredth it must be back');
    watch.read({ voltageL1: 210 });
    assert.deepEqual(watch.words.slice(3), ['voltage-low L1 off 210']);
  });

  it('of an unresponsive meter: begins once, ends with the next reading, alone', () => {
    const watch = new Watch({ powerLimit: 5000, holdSeconds: 0 });
    watch.read({ activePower: 6000 }).silent().silent();
    assert.deepEqual(watch.words, ['power on 6000', 'silence on null']);
    watch.read({ activePower: 6000 });
    assert.deepEqual(watch.words.slice(2), ['silence off null']);
  });

  it('of a meter that was never read name no meter', () => {
    const watch = new Watch({}).silent();
    assert.equal(watch.meter?.serial, '');
    assert.deepEqual(watch.words, ['silence on null']);
  });

  it('in quiet hours wait: what lasts is sent afterwards, what is over is not', () => {
    const watch = new Watch({ powerLimit: 5000, voltageMax: 253, fuse: 25, holdSeconds: 0 });
    watch.read({ activePower: 6000 });
    watch.isQuiet = true;
    watch.read({ activePower: 100, voltageL1: 254 }).read({ voltageL1: 230 }).read({ voltageL1: 255, currentL2: 30 });
    assert.deepEqual(watch.words, ['power on 6000', 'overload L2 on 30']);
    watch.read({ voltageL1: 230, currentL2: 3 }).silent();
    watch.isQuiet = false;
    watch.look();
    assert.deepEqual(watch.words.slice(2), ['overload L2 off 3', 'power off 100', 'silence on null']);
    watch.look();
    assert.equal(watch.notices.length, 5);
  });

  it('in quiet hours may all wait', () => {
    const watch = new Watch({ fuse: 25, holdSeconds: 0, urgent: 'nothing' });
    watch.isQuiet = true;
    watch.read({ currentL2: 30 });
    assert.deepEqual(watch.words, []);
    assert.deepEqual(alarms.countAlarms([watch.meter!]), { active: 1, unreported: 1 });
  });

  it('give when it began, in a readable form', () => {
    const settings = alarms.alarmSettings({ powerLimit: 5000, holdSeconds: 10 });
    let meter: alarms.WatchedMeter | undefined;
    for (const at of [0, 10]) {
      const table = { readAt: new Date(START + at * 1000).toISOString() };
      const msg = { payload: { activePower: 6000 + at }, meter: { serial: SERIAL }, table };
      meter = alarms.receiveAlarmSample(meter, alarms.alarmSampleOf(msg, new Date(0)), settings);
    }
    assert.deepEqual(alarms.reportAlarms(meter!, false, settings).changes, [
      {
        serial: SERIAL,
        kind: 'power',
        phase: null,
        isActive: true,
        value: 6010,
        limit: 5000,
        since: '2026-11-20T12:00:00.000Z',
      },
    ]);
  });

  it('survive a restart, but not being disabled; other stored data is ignored', () => {
    const watch = new Watch({ powerLimit: 5000, fuse: 16, holdSeconds: 0 });
    watch.read({ activePower: 6000, currentL1: 20, voltageL1: 230 });
    const kept: unknown = JSON.parse(JSON.stringify(watch.meter));
    assert.deepEqual(alarms.recallWatchedMeter(kept, watch.settings), watch.meter);
    const without = alarms.recallWatchedMeter(kept, alarms.alarmSettings({ powerLimit: 5000 }));
    assert.deepEqual(
      without?.alarms.map(({ kind }) => kind),
      ['power'],
    );
    for (const wrong of [undefined, null, 7, [], {}, { serial: 1, phases: [], alarms: [] }]) {
      assert.equal(alarms.recallWatchedMeter(wrong, watch.settings), undefined);
    }
    const [power] = watch.meter?.alarms ?? [];
    assert.equal(power?.kind, 'power');
    for (const wrong of [
      { since: 1e300 },
      { since: null },
      { contradictedSince: 1e300 },
      { limit: 'high' },
      { value: {} },
    ]) {
      // The timer of the alarm would throw for a time outside the range of a date.
      const one: unknown = { serial: 'x', phases: [], alarms: [{ ...power, ...wrong }] };
      assert.deepEqual(alarms.recallWatchedMeter(one, watch.settings)?.alarms, [], JSON.stringify(wrong));
    }
    const spoilt = { serial: 'x', phases: ['L1', 'L9'], alarms: [{ kind: 'power' }, null, 'power'] };
    assert.deepEqual(alarms.recallWatchedMeter(spoilt, watch.settings), { serial: 'x', phases: ['L1'], alarms: [] });
  });

  it('are restored from the names that 0.1.0 stored', () => {
    const settings = alarms.alarmSettings({ powerLimit: 1 });
    const alarm = { kind: 'power', phase: null, value: 276, limit: 1, since: 1_796_103_585_273 };
    const kept = { serial: '41339801', phases: ['L1'] };
    const stored = { ...kept, alarms: [{ ...alarm, isTold: true, isStanding: true, turningSince: null }] };
    const restored = alarms.recallWatchedMeter(stored, settings);
    assert.deepEqual(restored, {
      ...kept,
      alarms: [{ ...alarm, isReported: true, isActive: true, contradictedSince: null }],
    });
    assert.deepEqual(alarms.recallWatchedMeter(restored, settings), restored);
  });

  it('are not made of invalid readings; values that are no numbers raise none', () => {
    throwsWith(() => alarms.alarmSampleOf({ payload: 'hello' }, new Date(0)), 'bad-payload');
    throwsWith(() => alarms.alarmSampleOf({ payload: { state: 'online' } }, new Date(0)), 'bad-payload');
    const watch = new Watch({ powerLimit: 5000, holdSeconds: 0 });
    watch.read({ activePower: NaN }).read({ activePower: Infinity }).read({ activePower: null });
    assert.deepEqual(watch.words, []);
  });

  it('wait again after the wall clock went back', () => {
    const watch = new Watch({ powerLimit: 5000, holdSeconds: 30 });
    watch.seconds = 3600;
    watch.read({ activePower: 6000 });
    watch.seconds = 0;
    for (let i = 0; i < 3; i++) watch.read({ activePower: 6000 });
    assert.deepEqual(watch.words, []);
    watch.read({ activePower: 6000 });
    assert.deepEqual(watch.words, ['power on 6000']);
  });
});

describe('Settings of alarms', () => {
  it('are made whole', () => {
    assert.deepEqual(alarms.alarmSettings({ powerLimit: '', fuse: '25', quietFrom: '22:00', quietTo: '6:30' }), {
      powerLimit: 0,
      fuse: 25,
      voltageMin: 207,
      voltageMax: 253,
      silentAfter: 300,
      holdSeconds: 30,
      hysteresis: 10,
      quietHours: { from: 1320, to: 390 },
      urgent: 'overload',
    });
    assert.equal(alarms.alarmSettings({}).quietHours, undefined);
  });

  for (const wrong of [
    { powerLimit: -1 },
    { fuse: 'big' },
    { hysteresis: 100 },
    { silentAfter: 604801 },
    { quietFrom: '22:00' },
    { quietFrom: '24:00', quietTo: '06:00' },
    { voltageMin: 253, voltageMax: 253 },
    { urgent: 'everything' },
  ]) {
    it(`refuse ${JSON.stringify(wrong)}`, () => {
      throwsWith(() => alarms.alarmSettings(wrong), 'bad-setting');
    });
  }

  it('know how long it is quiet, over midnight too', () => {
    const night = { from: 22 * 60, to: 6 * 60 };
    const noon = { from: 12 * 60, to: 13 * 60 };
    assert.equal(alarms.quietFor(night, 22 * 60), 480);
    assert.equal(alarms.quietFor(night, 5 * 60 + 59), 1);
    assert.equal(alarms.quietFor(night, 6 * 60), 0);
    assert.equal(alarms.quietFor(night, 21 * 60 + 59), 0);
    assert.equal(alarms.quietFor(noon, 12 * 60 + 30), 30);
    assert.equal(alarms.quietFor(noon, 13 * 60), 0);
    assert.equal(alarms.quietFor(undefined, 0), 0);
  });
});
