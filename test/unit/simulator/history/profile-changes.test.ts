import assert from 'node:assert/strict';
import type { DataSetSetup } from '../../../../src/simulator/index.js';
import type { TableValues } from '../../../../src/tables/index.js';
import {
  assertTruth,
  energyOf,
  look,
  profileOf,
  simulated,
  tableOf,
} from '../../../support/history/simulated-profile.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const QUARTERS: DataSetSetup = { blocks: 3, intervals: 96, minutes: 15, channels: [0, 1] };
const SETUP = { loadProfile: { dataSets: [QUARTERS] } };
const STATUSES = Array.from({ length: 15 }, (_, i) => i + 1);
/** Statuses with which the value is valid; 6, 7, 13 and 14 are not defined. [MEP p.240-241] */
const VALID = [2, 3, 6, 7, 9, 13, 14];
const QUALITY: Readonly<Record<number, string>> = { 2: 'partial', 3: 'long', 9: 'clock-set' };

const internals = (values: TableValues): TableValues => (values['dataSets'] as TableValues[])[0] ?? {};

describe('A channel status of the simulated load profile', () => {
  for (const status of STATUSES) {
    it(`${status} is read as recorded, and its value only where it is one`, async () => {
      const { meter, clock } = simulated(SETUP);
      const { cursor, records: old } = await look(meter);
      meter.history.mark({ status, to: meter.history.now + 40 * MINUTE });
      await clock.advance(2 * HOUR);
      const read = await look(meter, { cursor });
      assert.deepEqual(read.lost, []);
      const marked = read.records.slice(0, 3);
      assert.ok(marked.every(({ registers }) => registers.every((register) => register.status === status)));
      assert.ok(read.records.slice(3).every(({ history }) => history.quality === 'ok'));
      const truth = meter.history.recorded().slice(-8, -5);
      for (const [i, { payload, history }] of marked.entries()) {
        const isValid = VALID.includes(status);
        assert.equal(payload['activeEnergyImport'] === null, !isValid);
        assert.equal(history.quality, QUALITY[status] ?? (isValid ? 'ok' : 'untrusted'));
        if (isValid) assert.equal(payload['activeEnergyImport'], (truth[i]?.values[0] ?? NaN) / 1_000);
      }
      // No energy is lost, whatever an interval's own value is.
      const [first, last] = [old.at(-1), read.records.at(-1)].map((one) => one?.payload['activeEnergyImport'] ?? NaN);
      assert.ok(Math.abs(energyOf(read.records) - ((last ?? NaN) - (first ?? NaN))) < 1e-6);
      assertTruth(meter, await look(meter));
    });
  }

  it('is one of ANSI C12.19 where the profile complies with it', async () => {
    const seen: Record<number, number | undefined> = {};
    for (const status of [8, 9, 10, 11, 15, 4]) {
      const { meter, clock } = simulated({ loadProfile: { dataSets: [QUARTERS], isAnsiCompliant: true } });
      meter.history.mark({ status });
      await clock.advance(15 * MINUTE);
      seen[status] = meter.history.recorded().at(-1)?.statuses[0];
      assert.equal(internals(tableOf(meter, 'ET21'))['ansiCompliance'], true);
      assertTruth(meter, await look(meter));
    }
    assert.deepEqual(seen, { 8: 4, 9: 0, 10: 0, 11: 4, 15: 4, 4: 4 });
  });

  it('of one channel leaves the other', async () => {
    const { meter, clock } = simulated(SETUP);
    meter.history.mark({ status: 1, channels: [1] });
    await clock.advance(15 * MINUTE);
    const { records } = await look(meter);
    const { payload, history } = records.at(-1) ?? assert.fail();
    assert.equal(payload['activeEnergyExport'], null);
    assert.ok(
      typeof payload['activeEnergyImport'] === 'number' && typeof history.used['activeEnergyImport'] === 'number',
    );
    assert.equal(history.quality, 'untrusted');
  });

  it('ends where the marks end', async () => {
    const { meter, clock } = simulated(SETUP);
    meter.history.mark({ status: 9, common: 2 });
    await clock.advance(15 * MINUTE);
    meter.history.endMarks();
    await clock.advance(15 * MINUTE);
    const last = meter.history.recorded().slice(-2);
    assert.deepEqual(
      last.map(({ statuses, common }) => [statuses, common]),
      [
        [[9, 9], 2],
        [[0, 0], 0],
      ],
    );
  });
});

describe('The simulated load profile', () => {
  it('has holes where intervals were not recorded, whose bytes are no values', async () => {
    const { meter, clock } = simulated(SETUP);
    const { cursor } = await look(meter);
    meter.history.mark({ isLeftOut: true, to: meter.history.now + 40 * MINUTE });
    await clock.advance(2 * HOUR);
    const read = await look(meter, { cursor });
    const [first] = read.records;
    assert.equal(first?.history.used['activeEnergyImport'], null);
    assert.equal(first.history.gap?.start, '2026-11-20T10:00:00Z');
    assert.equal(read.records.length, 5);
    assertTruth(meter, await look(meter));
    const [status] = tableOf(meter, 'BT63')['dataSets'] as TableValues[];
    assert.equal(status?.['numberOfValidIntervals'], 45);
  });

  it('begins anew when it is reconfigured, which its tables show', async () => {
    const { meter, clock } = simulated(SETUP);
    const before = await look(meter);
    const [id, version] = [
      internals(tableOf(meter, 'ET21'))['loadProfileConfigurationId'],
      tableOf(meter, 'ET04')['idtVersion'],
    ];
    const { sequence } = meter.port;
    const set = { blocks: 5, intervals: 24, minutes: 60, channels: [1, 0, 2] };
    meter.history.reconfigure({ dataSets: [set, QUARTERS] });
    assert.equal(internals(tableOf(meter, 'ET21'))['loadProfileConfigurationId'], Number(id) + 1);
    assert.equal(tableOf(meter, 'ET04')['idtVersion'], Number(version) + 1);
    assert.equal(meter.port.sequence, sequence + 25);
    assert.deepEqual((await look(meter)).records, []);
    await clock.advance(3 * HOUR);
    const read = await look(meter, { cursor: before.cursor });
    assert.equal(read.lost[0]?.reason, 'reset');
    assert.deepEqual(
      profileOf(meter).channels.map(({ source }) => source),
      [1, 0, 2],
    );
    assertTruth(meter, await look(meter));
    assertTruth(meter, await look(meter, { dataSet: 2 }), 2);
    assert.equal(read.records.length, 3);
  });

  it('has no values while the opt-out holds', async () => {
    const { meter, clock } = simulated(SETUP);
    const { cursor } = await look(meter);
    const flagged = (): unknown => tableOf(meter, 'ET54')['loadProfileDisabled'];
    assert.equal(flagged(), false);
    meter.history.optOut(true);
    assert.equal(flagged(), true);
    await clock.advance(HOUR);
    const out = await look(meter, { cursor });
    assert.ok(out.records.every(({ payload }) => Object.values(payload).every((value) => value === null)));
    assert.ok(out.records.every(({ registers }) => registers.every(({ status, raw }) => status === 12 && raw === 0)));
    meter.history.optOut(false);
    await clock.advance(HOUR);
    const read = await look(meter, { cursor: out.cursor });
    assert.equal(read.records[0]?.history.gap?.start, '2026-11-20T10:00:00Z');
    assert.equal(flagged(), false);
    assertTruth(meter, await look(meter));
  });

  it('records nothing while it is switched off', async () => {
    const { meter, clock } = simulated(SETUP);
    const { cursor } = await look(meter);
    const isActive = (): unknown => internals(tableOf(meter, 'BT63'))['activeMode'];
    assert.equal(isActive(), true);
    meter.history.setActive(false);
    await clock.advance(2 * HOUR);
    assert.equal(isActive(), false);
    assert.equal((await look(meter, { cursor })).requests, 1);
    meter.history.setActive(true);
    await clock.advance(HOUR);
    const read = await look(meter, { cursor });
    assert.equal(read.records[0]?.history.gap?.start, '2026-11-20T10:00:00Z');
    assert.equal(read.records.length, 4);
    assertTruth(meter, await look(meter));
  });

  for (const pieceBytes of [52, 104, 465]) {
    it(`is never read wrongly while it rolls over, in pieces of ${pieceBytes} bytes`, async () => {
      const set = { blocks: 4, intervals: 12, minutes: 5, channels: [0, 1] };
      const { meter, clock } = simulated({ loadProfile: { dataSets: [set] } });
      const truth = new Map<number, number>();
      const keep = (): void => {
        for (const { end, values } of meter.history.recorded()) truth.set(end, values[0] ?? NaN);
      };
      const read = await look(meter, {
        pieceBytes,
        before: async () => {
          keep();
          await clock.advance(7 * MINUTE);
          keep();
        },
      });
      let before = 0;
      for (const { history, registers } of read.records) {
        const end = Date.parse(history.end);
        assert.ok(end > before);
        before = end;
        assert.equal(registers[0]?.raw, truth.get(end), history.end);
      }
      assert.ok(read.records.length > 0);
      // Each interval between the first and the last is either there or in a block that is reported as lost.
      const told = (block: number): boolean => read.lost.some(({ from, to }) => block >= from && block <= to);
      for (const [i, { history }] of read.records.entries()) {
        const previous = read.records[i - 1]?.history;
        if (previous && previous.end !== history.start) assert.ok(told(previous.block) || told(history.block - 1));
      }
    });
  }
});
