import assert from 'node:assert/strict';
import { isMeterError } from '../../../src/errors.js';
import { readBilling, readEvents, readIntervals } from '../../../src/history/index.js';
import { HistoryStage } from '../../support/history/history-stage.js';
import { historySoak } from '../../support/history/history-soak.js';
import { energyOf, look, profileOf, simulated } from '../../support/history/simulated-profile.js';
import { stage } from '../../support/meter/meter-stage.js';

const isTooShort = (error: unknown): boolean => isMeterError(error) && error.code === 'table-too-short';

describe('The history of a meter that contradicts itself', () => {
  it('ends though there are newer intervals each time that the reader looks', async () => {
    const set = { blocks: 4, intervals: 2, minutes: 1, channels: [0] };
    const { meter, clock } = simulated({ loadProfile: { dataSets: [set] } });
    const { requests } = await look(meter, { before: () => clock.advance(150_000) });
    assert.ok(requests < 200, String(requests));
  });

  it('is refused where a header is cut off or a response is empty', () => {
    const { meter } = simulated({
      loadProfile: { dataSets: [{ blocks: 1, intervals: 4, minutes: 15, channels: [0] }] },
    });
    const events = readEvents({ table: 'BT74', entries: 100, argumentBytes: 2 });
    events.next();
    assert.throws(() => events.next(new Uint8Array(5)), isTooShort);
    const reads = readBilling(meter.dimensions);
    reads.next();
    assert.throws(() => reads.next(new Uint8Array(5)), isTooShort);
    const intervals = readIntervals(profileOf(meter));
    intervals.next();
    intervals.next(meter.image('BT63')?.slice(0, 13) ?? new Uint8Array(13));
    assert.throws(() => intervals.next(new Uint8Array(0)), isTooShort);
  });

  it('has no total of 0 where the opt-out lies under the status of a set clock', async () => {
    const { meter, clock } = simulated({
      isUsed: false,
      loadProfile: { dataSets: [{ blocks: 2, intervals: 24, minutes: 15, channels: [0] }] },
    });
    meter.history.optOut(true);
    meter.history.setClock(5 * 60_000);
    await clock.advance(900_000);
    const [record] = (await look(meter)).records;
    assert.deepEqual([record?.registers[0]?.status, record?.registers[0]?.raw], [2, 0]);
    assert.deepEqual([record?.payload['activeEnergyImport'], record?.history.quality], [null, 'untrusted']);
  });

  it('has no energy from a register below 0', async () => {
    const { meter } = simulated({
      loadProfile: { dataSets: [{ blocks: 1, intervals: 24, minutes: 60, channels: [0] }] },
    });
    const image = meter.image('BT64')!;
    // The highest byte of the register of the third interval: 8 bytes of header, 5 bytes an interval.
    image[8 + 2 * 5 + 4] = 0x80;
    meter.setImage(64, image);
    const { records } = await look(meter);
    const used = records.map(({ history }) => history.used['activeEnergyImport']);
    assert.deepEqual(
      used.slice(0, 4).map((energy) => energy === null),
      [true, false, true, true],
    );
    assert.ok(used.every((energy) => energy === null || (energy !== undefined && energy >= 0 && energy < 20)));
    assert.ok(energyOf(records) < 200);
  });
});

describe('The history over a line with faults', () => {
  for (const protocol of ['mep', 'optical'] as const) {
    it(`has no wrong interval while the meter changes, at the ${protocol} port`, async () => {
      const result = await historySoak({ protocol, intervals: 600, faultRate: 0.2, seed: 3, isChanging: true });
      assert.deepEqual([result.wrong, result.missing, result.example], [0, 0, undefined]);
      assert.ok(result.faults > 20, String(result.faults));
    });
  }

  it('is read again once a load profile that was switched off is on', async () => {
    const loadProfile = { dataSets: [{ blocks: 2, intervals: 24, minutes: 60, channels: [0] }] };
    const made = stage({ profile: 'gen4', stepMs: 60_000, loadProfile });
    const looks = new HistoryStage(made);
    const { history } = made.transport.meter;
    history.optOut(true);
    const out = await looks.look();
    assert.deepEqual([out.records.length, out.notes.length], [0, 1]);
    history.optOut(false);
    await made.clock.advance(3_600_000);
    assert.ok((await looks.look()).records.length > 24);
    await made.clock.run(made.meter.close());
  });
});
