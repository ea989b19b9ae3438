import assert from 'node:assert/strict';
import {
  chooseProfile,
  type IntervalRecord,
  type LastTotals,
  type LoadProfile,
  loadProfilesOf,
} from '../../../src/history/index.js';
import { intervalRecord } from '../../../src/history/intervals.js';
import { type Dimensions, findTable, layoutOf } from '../../../src/tables/index.js';
import { profileDimensions, type RingSetup } from '../../support/history/ring-model.js';

const SETUP: RingSetup = {
  blocks: 10,
  intervals: 96,
  minutes: 15,
  sources: [0, 1],
  firstSequence: 0,
  start: 0,
};
const END = Date.UTC(2025, 11, 1, 0, 15);
const QUARTER_MS = 900_000;

function profileOf(setup: Partial<RingSetup> = {}, dims: Dimensions = {}): LoadProfile {
  const [profile] = loadProfilesOf({ ...profileDimensions({ ...SETUP, ...setup }), ...dims });
  assert.ok(profile);
  return profile;
}

interface Step {
  readonly values: readonly number[];
  readonly statuses?: readonly number[];
  readonly common?: number;
  /** Quarters since the step before; default 1. */
  readonly after?: number;
}

/** The records of consecutive intervals. */
function recordsOf(profile: LoadProfile, steps: readonly Step[]): IntervalRecord[] {
  let last: LastTotals = {};
  let end = END;
  return steps.map(({ values, statuses = values.map(() => 0), common = 0, after = 1 }, interval) => {
    end += after * QUARTER_MS;
    const made = intervalRecord({ common, statuses, values }, { block: 7, interval, end }, profile, last);
    ({ last } = made);
    return made.record;
  });
}

const usedOf = (record: IntervalRecord | undefined): number | null | undefined =>
  record?.history.used['activeEnergyImport'];

describe('An interval of the load profile', () => {
  it('has the registers at its end, named and scaled, and what was used in it', () => {
    const [first, second] = recordsOf(profileOf(), [{ values: [1_000, 10] }, { values: [1_010, 10] }]);
    assert.deepEqual(first?.history, {
      kind: 'interval',
      start: '2025-12-01T00:15:00Z',
      end: '2025-12-01T00:30:00Z',
      minutes: 15,
      dataSet: 1,
      block: 7,
      interval: 0,
      used: { activeEnergyImport: null, activeEnergyExport: null },
      quality: 'ok',
      flags: [],
      gap: null,
    });
    assert.deepEqual(second?.payload, { activeEnergyImport: 1.01, activeEnergyExport: 0.01 });
    assert.deepEqual(second.history.used, { activeEnergyImport: 0.01, activeEnergyExport: 0 });
    assert.deepEqual(second.registers[0], {
      source: 0,
      name: 'Fwd Active Wh L1L2L3',
      key: 'activeEnergyImport',
      value: 1.01,
      unit: 'kWh',
      raw: 1_010,
      obis: '1-0:1.8.0',
      tier: null,
      channel: 0,
      status: 0,
    });
  });

  it('counts in the energy register unit of the meter', () => {
    for (const unit of [10, 100]) {
      const profile = profileOf({}, { ET55: { energyRegisterUnit: unit } });
      const [, second] = recordsOf(profile, [{ values: [1_000, 0] }, { values: [1_003, 0] }]);
      assert.equal(second?.payload['activeEnergyImport'], (1_003 * unit) / 1_000);
      assert.equal(usedOf(second), (3 * unit) / 1_000);
    }
  });

  it('has no `used` where intervals are missing, but the energy over the gap', () => {
    const [, second, third] = recordsOf(profileOf(), [
      { values: [1_000, 50] },
      { values: [1_090, 51], after: 4 },
      { values: [1_100, 52] },
    ]);
    assert.equal(usedOf(second), null);
    assert.deepEqual(second?.history.gap, {
      start: '2025-12-01T00:30:00Z',
      end: '2025-12-01T01:30:00Z',
      used: { activeEnergyImport: 0.09, activeEnergyExport: 0.001 },
    });
    assert.equal(usedOf(third), 0.01);
    assert.equal(third?.history.gap, null);
  });

  it('has no value in the statuses that forbid one, and the energy over them later', () => {
    for (const status of [1, 4, 5, 8, 10, 11, 12, 15]) {
      const [, second, third] = recordsOf(profileOf(), [
        { values: [1_000, 50] },
        { values: [0, 51], statuses: [status, 0] },
        { values: [1_020, 52] },
      ]);
      assert.equal(second?.payload['activeEnergyImport'], null, String(status));
      assert.equal(second.registers[0]?.raw, 0);
      assert.equal(second.history.quality, 'untrusted');
      assert.deepEqual(second.history.used, { activeEnergyImport: null, activeEnergyExport: 0.001 });
      assert.deepEqual(third?.history.used, { activeEnergyImport: null, activeEnergyExport: 0.001 });
      assert.deepEqual(third.history.gap?.used, { activeEnergyImport: 0.02 });
      assert.equal(third.history.quality, 'ok');
    }
  });

  it('has the quality of the first condition that holds', () => {
    const cases: [Partial<Step>, string][] = [
      [{ statuses: [3, 2], common: 0x0f }, 'long'],
      [{ statuses: [2, 0], common: 0x0f }, 'partial'],
      [{ statuses: [9, 0] }, 'clock-set'],
      [{ common: 0x04 }, 'clock-set'],
      [{ common: 0x08 }, 'clock-set'],
      [{ common: 0x02 }, 'power-fail'],
      [{ common: 0x01 }, 'ok'],
      [{ statuses: [6, 0] }, 'ok'],
      [{ statuses: [3, 4] }, 'untrusted'],
    ];
    for (const [step, quality] of cases) {
      const [record] = recordsOf(profileOf(), [{ values: [1_000, 1], ...step }]);
      assert.equal(record?.history.quality, quality, JSON.stringify(step));
    }
    const [all] = recordsOf(profileOf(), [{ values: [1_000, 1], common: 0x0f }]);
    assert.deepEqual(all?.history.flags, ['daylight-saving', 'power-fail', 'clock-forward', 'clock-back']);
  });

  it('does not take a total for a value that the meter has zeroed', () => {
    const [, second, third] = recordsOf(profileOf(), [
      { values: [500_000, 0] },
      { values: [0, 0], statuses: [2, 0] },
      { values: [500_020, 0] },
    ]);
    assert.equal(second?.payload['activeEnergyImport'], null);
    assert.equal(second.history.quality, 'untrusted');
    assert.deepEqual(third?.history.gap?.used, { activeEnergyImport: 0.02 });
  });

  it('goes on behind the last digit of a register, and nowhere else', () => {
    const known = profileOf({}, { ET07: { accumulatorRolloverDigit: 6 } });
    const over = recordsOf(known, [{ values: [999_990, 0] }, { values: [5, 0] }]);
    assert.equal(usedOf(over[1]), 0.015);
    const exact = recordsOf(known, [{ values: [999_990, 0] }, { values: [0, 0] }]);
    assert.equal(usedOf(exact[1]), 0.01);
    const unknown = recordsOf(profileOf(), [{ values: [9_999_990, 0] }, { values: [5, 0] }]);
    assert.equal(usedOf(unknown[1]), 0.015);
    const fell = recordsOf(known, [{ values: [500_000, 0] }, { values: [400_000, 0] }, { values: [400_010, 0] }]);
    assert.equal(usedOf(fell[1]), null);
    assert.equal(fell[1]?.history.gap, null);
    assert.equal(usedOf(fell[2]), 0.01);
  });

  it('goes on in counts of 10 Wh at the digits of either', () => {
    const unit = { ET55: { energyRegisterUnit: 10 }, ET07: { accumulatorRolloverDigit: 6 } };
    const profile = profileOf({}, unit);
    assert.equal(usedOf(recordsOf(profile, [{ values: [99_999, 0] }, { values: [1, 0] }])[1]), 0.02);
    assert.equal(usedOf(recordsOf(profile, [{ values: [999_999, 0] }, { values: [1, 0] }])[1]), 0.02);
  });

  it('gives no energy where the time goes back', () => {
    const [, back] = recordsOf(profileOf(), [{ values: [1_000, 0] }, { values: [1_010, 0], after: -1, common: 0x08 }]);
    assert.equal(usedOf(back), null);
    assert.equal(back?.history.gap, null);
    assert.equal(back.history.quality, 'clock-set');
  });

  it('keeps values that are no energy out of `used`', () => {
    const [first, second] = recordsOf(profileOf({ sources: [0, 15] }), [
      { values: [1_000, 230_100] },
      { values: [1_010, 0] },
    ]);
    assert.equal(first?.payload['voltageL1'], 230.1);
    assert.equal(second?.payload['voltageL1'], 0);
    assert.deepEqual(Object.keys(second.history.used), ['activeEnergyImport']);
  });

  it('spans whole steps in UTC over both changes of daylight saving time', () => {
    for (const [day, quarters] of [
      [Date.UTC(2025, 2, 29, 23), 92],
      [Date.UTC(2025, 9, 25, 22), 100],
    ] as const) {
      const zone = 'Europe/Copenhagen';
      const local = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' });
      const profile = profileOf();
      const starts = Array.from({ length: 110 }, (_, i) => {
        const place = { block: 1, interval: i, end: day + (i + 1) * QUARTER_MS };
        return intervalRecord({ common: 0, statuses: [0, 0], values: [i, 0] }, place, profile, {}).record.history.start;
      });
      const ofDay = starts.filter((start) => local.format(Date.parse(start)) === local.format(day));
      assert.equal(ofDay.length, quarters);
      assert.ok(starts.every((start, i) => Date.parse(start) === day + i * QUARTER_MS));
    }
  });
});

describe('A channel of another device', () => {
  /** Source 112 is the first M-Bus device's data type 3. */
  const mapped: Dimensions = {
    ET66: { extendedSourceIds: [0x4003, 0x0002, 0x7001] },
    ET57: {
      mdtEntries: [
        { entryType: 1, mdt: 2, special: false, drh: '04 13 00' },
        { entryType: 1, mdt: 3, special: false, drh: '0C 93 3A' },
      ],
    },
  };

  it('has the value of its M-Bus record, decoded by the header that ET57 gives', () => {
    const profile = profileOf({ sources: [0, 112] }, mapped);
    const [record] = recordsOf(profile, [{ values: [1_000, 0x00012345] }]);
    assert.deepEqual(record?.payload, { activeEnergyImport: 1 });
    assert.deepEqual(
      [record.registers[1]?.key, record.registers[1]?.value, record.registers[1]?.unit],
      ['source112', 12.345, 'm³'],
    );
  });

  it('has no value where it was not read, and does not spoil the quality', () => {
    const profile = profileOf({ sources: [0, 112] }, mapped);
    for (const [status, value] of [
      [4, 0],
      [10, 0],
      [11, 5],
      [0, 0],
      [8, 7],
    ] as const) {
      const [record] = recordsOf(profile, [{ values: [1_000, value], statuses: [0, status] }]);
      assert.equal(record?.registers[1]?.value, null, String(status));
      assert.equal(record.registers[1].status, status);
      assert.equal(record.history.quality, 'ok');
    }
  });

  it('has no value where its header is missing, ambiguous or of more than four bytes', () => {
    const ambiguous = {
      mdtEntries: [
        { entryType: 1, mdt: 3, drh: '0C 13 00' },
        { entryType: 1, mdt: 3, drh: '0C 06 00' },
      ],
    };
    const long = { mdtEntries: [{ entryType: 1, mdt: 3, drh: '0E 13 00' }] };
    for (const ET57 of [{ mdtEntries: [] }, ambiguous, long]) {
      const [record] = recordsOf(profileOf({ sources: [0, 112] }, { ...mapped, ET57 }), [{ values: [1_000, 5] }]);
      assert.equal(record?.registers[1]?.value, null);
    }
    const extended = {
      mdtEntries: [
        { entryType: 1, mdt: 3, drh: '8C 40 93' },
        { entryType: 3, drh: '3A 00 00' },
      ],
    };
    const [record] = recordsOf(profileOf({ sources: [0, 112] }, { ...mapped, ET57: extended }), [
      { values: [0, 0x99] },
    ]);
    assert.equal(record?.registers[1]?.value, 0.099);
  });

  it('is one of the meter itself where the extended source is a standard one', () => {
    const [, second] = recordsOf(profileOf({ sources: [0, 113] }, mapped), [
      { values: [1_000, 5] },
      { values: [1_000, 7] },
    ]);
    assert.ok(Object.keys(second?.payload ?? {}).length === 2);
    assert.equal(profileOf({ sources: [114] }, mapped).channels[0]?.isOwn, false);
  });
});

describe('A data set of the load profile', () => {
  it('is laid out as the schema of its table lays it out', () => {
    const table = findTable('BT64');
    assert.ok(table);
    for (const channels of [1, 2, 3, 4, 5, 15, 16]) {
      for (const intervals of [1, 4, 7, 8, 9, 96, 100]) {
        const setup = { ...SETUP, blocks: 3, intervals, sources: Array.from({ length: channels }, (_, i) => i) };
        const { blockBytes, headerBytes, intervalBytes } = profileOf(setup);
        const { size, fields } = layoutOf(table, profileDimensions(setup));
        assert.equal(3 * blockBytes, size);
        assert.equal(fields.get('blockData[0].intervals[0].extendedStatus')?.offset, headerBytes);
        const last = fields.get(`blockData[0].intervals[${intervals - 1}].extendedStatus`);
        assert.equal(last?.offset, headerBytes + (intervals - 1) * intervalBytes);
      }
    }
  });

  it('is the primary one, else the first with energy, unless one is chosen', () => {
    const dims = profileDimensions(SETUP, 2);
    const other = profileDimensions({ ...SETUP, sources: [15], minutes: 1_440 }, 1);
    const merged = Object.fromEntries(
      ['BT61', 'BT62'].map((name) => {
        const [first] = other[name]?.['dataSets'] as unknown[];
        const [, ...rest] = dims[name]?.['dataSets'] as unknown[];
        return [name, { dataSets: [first, ...rest] }];
      }),
    ) as Dimensions;
    const profiles = loadProfilesOf(merged);
    assert.deepEqual(
      profiles.map(({ dataSet, table, minutes }) => [dataSet, table, minutes]),
      [
        [1, 'BT64', 1_440],
        [2, 'BT65', 15],
      ],
    );
    assert.equal(chooseProfile(profiles, 'auto')?.dataSet, 2);
    assert.equal(chooseProfile(profiles, 'auto', 1)?.dataSet, 1);
    assert.equal(chooseProfile(profiles, 'auto', 4)?.dataSet, 2);
    assert.equal(chooseProfile(profiles, 1)?.dataSet, 1);
    assert.equal(chooseProfile(profiles, 3), undefined);
    assert.equal(chooseProfile([], 'auto'), undefined);
  });

  it('is none where there are no blocks, and refused where its times are none', () => {
    assert.deepEqual(loadProfilesOf(profileDimensions({ ...SETUP, blocks: 0 })), []);
    assert.throws(() => profileOf({ minutes: 61 }), { code: 'value-out-of-range' });
    assert.throws(() => loadProfilesOf({}), { code: 'dimensions-missing' });
  });
});
