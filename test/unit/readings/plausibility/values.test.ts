import assert from 'node:assert/strict';
import { UsageError } from '../../../../src/errors.js';
import { decodeReading, plausibility } from '../../../../src/readings/index.js';
import { DEFAULT_DIMENSIONS, type Dimensions } from '../../../../src/tables/index.js';
import { hex } from '../../../support/fixtures/exchanges.js';
import { readFixtures } from '../../../support/fixtures/fixtures.js';

const { plausibilitySettings, PLAUSIBILITY_DEFAULTS, receiveSample, sampleOf } = plausibility;

interface Fixture {
  readonly hex: string;
  readonly offset?: number;
  readonly dimensions?: Dimensions;
}

function verdictOf(payload: object, settings: object = {}): plausibility.Verdict {
  const sample = sampleOf({ payload }, { date: new Date(), now: 0 });
  return receiveSample(undefined, sample, plausibilitySettings(settings));
}
const phases = (...powers: number[]): object =>
  Object.fromEntries(
    ['', 'L1', 'L2', 'L3'].flatMap((phase, i) => [
      [`activePowerImport${phase}`, Math.max(0, powers[i] ?? 0)],
      [`activePowerExport${phase}`, Math.max(0, -(powers[i] ?? 0))],
    ]),
  );

describe('The plausibility of measurements', () => {
  it('lets through what real meters measured', () => {
    const fixtures = readFixtures<Fixture>('BT28');
    assert.ok(fixtures.length > 3);
    for (const [name, { hex: bytes, offset = 0, dimensions = DEFAULT_DIMENSIONS }] of fixtures) {
      const { payload } = decodeReading('BT28', hex(bytes), { offset, dimensions });
      assert.deepEqual(verdictOf(payload).held, [], name);
    }
  });

  for (const [payload, reason] of [
    [{ voltageL2: 301 }, 'out-of-range'],
    [{ voltageL1: -1 }, 'negative'],
    [{ currentL1: 190 }, 'out-of-range'],
    [{ currentL1: -190 }, 'out-of-range'],
    [{ activeEnergyImport: -1 }, 'negative'],
    [{ frequency: 44 }, 'out-of-range'],
    [{ frequency: 66 }, 'out-of-range'],
    [{ powerFactorL1: 1.1 }, 'out-of-range'],
    [{ powerFactorL3: -1.1 }, 'out-of-range'],
    [{ powerFactorL3: 4_294_966 }, 'out-of-range'],
    [{ activePowerImport: 200_000 }, 'out-of-range'],
    [{ activePowerExportL1: 50_000 }, 'out-of-range'],
    [{ activePower: -200_000 }, 'out-of-range'],
    [{ activePowerExport: -1 }, 'negative'],
    [{ apparentPower: NaN }, 'not-a-number'],
    [{ averageVoltageL1: Infinity }, 'not-a-number'],
    [{ powerOutages: -3 }, 'negative'],
    [phases(574, 0, 0, 0), 'phases-disagree'],
    [phases(-500, 300, 100, 100), 'phases-disagree'],
  ] as const) {
    it(`holds back ${JSON.stringify(payload)}`, () => {
      const { isPassed, held } = verdictOf(payload);
      assert.equal(isPassed, false);
      assert.equal(held[0]?.reason, reason);
    });
  }

  for (const payload of [
    { voltageL2: 0, frequency: 0, currentL1: 0 },
    { currentL1: -9.3, currentL2: 0.4, currentL3: -1.6 },
    { voltageL1: 253, frequency: 50.2, currentL1: 100, powerFactorL1: -0.999, sinPhaseAngleL1: -1 },
    { voltageL1: null, frequency: null },
    { activePower: -9000, activePowerL1: -3000 },
    { frequency: 60 },
    phases(399, 292, 85, 22),
    phases(-5000, -6000, 500, 500),
    phases(1000, 400, 300, 312),
    { activePowerImport: 574, activePowerExport: 0, activePowerImportL1: 0, activePowerExportL1: 0 },
  ]) {
    it(`lets ${JSON.stringify(payload)} through`, () => {
      assert.deepEqual(verdictOf(payload).held, []);
    });
  }

  it('goes by the fuse', () => {
    assert.ok(verdictOf({ currentL1: 70 }).isPassed);
    assert.equal(verdictOf({ currentL1: 70 }, { fuse: 20 }).isPassed, false);
    assert.equal(verdictOf({ activePowerImport: 20_000 }, { fuse: 25, phases: 1 }).isPassed, false);
  });

  it('reports the gravest first', () => {
    const { held } = verdictOf({ voltageL1: 900, frequency: NaN, apparentPower: -1 });
    assert.deepEqual(
      held.map(({ reason }) => reason),
      ['not-a-number', 'out-of-range', 'negative'],
    );
  });

  it('accepts what lasts, reports it once, and forgets it when all is well again', () => {
    const settings = plausibilitySettings({ confirmations: 2, confirmSeconds: 60 });
    let meter: plausibility.GuardedMeter | undefined;
    const seen = [350, 350, 350, 350, 231, 350].map((voltageL1, i) => {
      const verdict = receiveSample(
        meter,
        sampleOf({ payload: { voltageL1 } }, { date: new Date(), now: i * 40_000 }),
        settings,
      );
      ({ meter } = verdict);
      return [verdict.isPassed, verdict.accepted.length];
    });
    assert.deepEqual(seen, [
      [false, 0],
      [false, 0],
      [true, 1],
      [true, 0],
      [true, 0],
      [false, 0],
    ]);
  });
});

describe('A message to be judged', () => {
  const received = { date: new Date('2026-11-20T12:00:00Z'), now: 5 };

  it('is a decoded one', () => {
    for (const payload of [undefined, null, 'text', 42, [1], Buffer.alloc(4), {}, { temperature: 21 }]) {
      assert.throws(
        () => sampleOf({ payload }, received),
        (error) => error instanceof UsageError && error.code === 'bad-payload',
        JSON.stringify(payload),
      );
    }
    assert.throws(() => sampleOf({ payload: { frequency: 50 }, table: { readAt: 'today' } }, received), /readAt/);
  });

  it('may leave out everything but values', () => {
    const sample = sampleOf(
      { payload: { activeEnergyImport: 5, room: 'x' }, meter: 7, table: null, registers: {} },
      received,
    );
    assert.equal(sample.id, '');
    assert.equal(sample.at, received.date.getTime());
    assert.deepEqual([...sample.values], [['activeEnergyImport', 5]]);
    assert.equal(sample.count, 0.1);
  });
});

describe('The settings of plausibility', () => {
  it('are made whole', () => {
    assert.deepEqual(plausibilitySettings({}), PLAUSIBILITY_DEFAULTS);
    assert.deepEqual(plausibilitySettings({ fuse: '', phases: null, registerDigits: ' ' }), PLAUSIBILITY_DEFAULTS);
    assert.deepEqual(
      plausibilitySettings({
        fuse: '25',
        phases: '1',
        margin: '1.25',
        confirmations: '1',
        confirmSeconds: '0',
        registerDigits: '6',
      }),
      { fuse: 25, phases: 1, margin: 1.25, confirmations: 1, confirmSeconds: 0, registerDigits: 6 },
    );
  });

  for (const [setting, value] of [
    ['fuse', '0'],
    ['fuse', 'x'],
    ['fuse', true],
    ['phases', '4'],
    ['phases', '1.5'],
    ['margin', '0.9'],
    ['confirmations', '0'],
    ['confirmSeconds', '-1'],
    ['confirmSeconds', '100000'],
    ['registerDigits', '4'],
    ['registerDigits', 'many'],
  ] as const) {
    it(`refuse ${setting} ${value}`, () => {
      assert.throws(
        () => plausibilitySettings({ [setting]: value }),
        (error) => error instanceof UsageError && error.code === 'bad-setting' && error.values['setting'] === setting,
      );
    });
  }
});
