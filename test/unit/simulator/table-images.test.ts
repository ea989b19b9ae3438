import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { isMeterError } from '../../../src/errors.js';
import { tierAt } from '../../../src/simulator/household.js';
import { NO_TIMING, PROFILES, SimulatedMeter, type SimulatedMeterOptions } from '../../../src/simulator/index.js';
import { CATALOGUE, decodeTable, findTable, type TableValues } from '../../../src/tables/index.js';
import { FakeClock } from '../../support/fake-clock.js';
import { stage } from '../../support/meter/meter-stage.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function newMeter(options: SimulatedMeterOptions = {}): { meter: SimulatedMeter; clock: FakeClock } {
  const clock = new FakeClock('2026-11-20T10:05:00Z');
  return { meter: new SimulatedMeter({ clock, profile: 'gen4', ...options }), clock };
}

function values(meter: SimulatedMeter, name: string): TableValues {
  const image = meter.image(name) ?? assert.fail(`${name} is not there`);
  return decodeTable(findTable(name)!, image, meter.dimensions);
}

const list = (table: TableValues | undefined, field: string): TableValues[] => table?.[field] as TableValues[];
const numbers = (table: TableValues | undefined, field: string): number[] => table?.[field] as number[];
const summation = (table: TableValues, source: number): number => numbers(table, 'summations')[source]!;

/** Tables whose dimensions firmware 2.10 does not have, and tables of other devices. */
const MISSING = {
  gen2: 'BT21 BT22 BT65 BT66 BT67 BT71 ET57 ET61 ET70 ET71 ET74 ET75 ET76 ET79 ET80 ET81 ET85 ET90 ET97',
  gen3: 'ET70 ET76 ET85 ET90 ET97',
  gen4: 'ET76',
};
/** Tables without elements in these meters, or without any whose offset the guide gives. */
const WITHOUT_BYTES = { gen2: '', gen3: 'BT66 BT67', gen4: 'BT66 BT67 ET07' };
/** Tables that change with the clock or the household. */
const LIVELY = 'BT23 BT28 BT52 BT55';

describe('simulator: every table', () => {
  for (const profile of PROFILES) {
    it(`of ${profile} that its firmware has can be read and decoded`, async () => {
      const { clock, meter, transport } = stage({ profile, timing: NO_TIMING });
      const [refused, empty]: [string[], string[]] = [[], []];
      for (const table of CATALOGUE) {
        try {
          const { bytes, meter: known } = await clock.run(meter.readTable(table.name));
          assert.ok(bytes.length > 0);
          decodeTable(table, bytes, { ...transport.meter.dimensions, ...known.dimensions });
          const image = transport.meter.image(table.name);
          if (!LIVELY.includes(table.name)) assert.deepEqual(bytes, image, table.name);
        } catch (error) {
          if (!isMeterError(error)) throw error;
          if (error.code === 'offset-beyond-table') empty.push(table.name);
          else if (['table-not-available', 'dimensions-missing'].includes(error.code)) refused.push(table.name);
          else throw new Error(`${table.name}: ${error.code}`, { cause: error });
        }
      }
      assert.equal(empty.join(' '), WITHOUT_BYTES[profile]);
      assert.equal(refused.join(' '), MISSING[profile]);
      await clock.run(meter.close());
    });
  }

  it('holds with demands and with transformers as well', () => {
    const setup = { numberOfDemands: 8, energyRegisterUnit: 10, ctRatio: 40, vtRatio: 1, rolloverDigits: 7 };
    const { meter } = newMeter({ setup });
    for (const { name } of CATALOGUE) if (meter.image(name)) values(meter, name);
    const [entry] = list(values(meter, 'BT26'), 'selfReadEntries');
    assert.equal(list(entry, 'demands').length, 8);
    assert.ok(summation(entry!, 0) < 1e7);
  });

  it('follows a new setup at once', () => {
    const { meter } = newMeter({ profile: 'gen3' });
    const before = meter.image('BT26')!.length;
    meter.changeSetup({ numberOfSummations: 15 });
    assert.equal(meter.image('BT26')!.length, before + 12 * 5 * 4 * 4);
    assert.equal(values(meter, 'ET42')['numberOfSummations'], 15);
  });
});

describe('simulator: what the registers were', () => {
  it('appears in self-reads of every midnight, with tiers that add up', () => {
    const { meter } = newMeter();
    const table = values(meter, 'BT26');
    const entries = list(table, 'selfReadEntries');
    const newest = Number(table['lastEntryElement']);
    const latest = entries.map((_, i) => entries[(newest - i + entries.length) % entries.length]!);
    let after = values(meter, 'BT23');
    for (const [i, entry] of latest.entries()) {
      assert.equal(entry['timeAndDate'], `2026-11-${(20 - i).toString().padStart(2, '0')}T00:00`);
      for (const source of [0, 1, 2, 3, 6]) {
        const total = summation(entry, source);
        assert.ok(total <= summation(after, source), `source ${source} fell`);
        const tiers = list(entry, 'tiers').reduce((sum, tier) => sum + summation(tier, source), 0);
        assert.ok(Math.abs(tiers - total) <= 8, `${tiers} in tiers, ${total} in all`);
      }
      const day = summation(after, 0) - summation(entry, 0);
      assert.ok(day > 500 && day < 150_000, `${day} Wh on the day ${i} days ago`);
      after = entry;
    }
    const season = values(meter, 'BT24');
    assert.equal(season['timeAndDate'], '2026-10-01T00:00');
    assert.equal(season['season'], 0);
    assert.ok(summation(season, 0) < summation(after, 0));
  });

  it('is counted by the house in every interval of the load profile', () => {
    const { meter } = newMeter();
    const { dataSets } = values(meter, 'BT63');
    const [status] = dataSets as TableValues[];
    assert.deepEqual([status?.['numberOfValidBlocks'], status?.['numberOfValidIntervals']], [32, 40]);
    const blocks = list(values(meter, 'BT64'), 'blockData');
    const newest = blocks[Number(status?.['lastBlock'])];
    assert.equal(newest?.['endTime'], '2026-11-20T10:00');
    assert.equal(numbers(newest, 'simpleStatus').length, 40);
    const inOrder = blocks.map((_, i) => blocks[(Number(status?.['lastBlock']) + 1 + i) % blocks.length]!);
    const registers = inOrder.flatMap((block) =>
      list(block, 'intervals')
        .slice(0, numbers(block, 'simpleStatus').length)
        .map((interval) => numbers(interval, 'channelValues')),
    );
    assert.equal(registers.length, 31 * 96 + 40);
    for (const [i, [taken, given]] of registers.entries()) {
      const [before] = registers.slice(Math.max(0, i - 1));
      assert.ok(taken! >= before![0]! && given! >= before![1]!, `interval ${i}`);
    }
    const now = values(meter, 'BT23');
    const [taken, given] = registers.at(-1)!;
    assert.ok(taken! <= summation(now, 0) && summation(now, 0) - taken! < 2_000);
    assert.ok(given! <= summation(now, 1));
    const daily = list(values(meter, 'BT65'), 'blockData');
    const utcMidnight = registers.at(-41)!;
    assert.ok(
      daily.some((block) =>
        list(block, 'intervals').some((interval) => isDeepStrictEqual(interval['channelValues'], utcMidnight)),
      ),
    );
  });

  it('goes on where the meter lives', async () => {
    const { meter, clock } = newMeter({ stepMs: 60_000 });
    const before = values(meter, 'BT64');
    await clock.advance(55 * 60_000);
    const now = values(meter, 'BT23');
    const [status] = list(values(meter, 'BT63'), 'dataSets');
    const block = list(values(meter, 'BT64'), 'blockData')[Number(status?.['lastBlock'])];
    assert.equal(block?.['endTime'], '2026-11-20T11:00');
    assert.deepEqual(numbers(list(block, 'intervals')[43], 'channelValues'), [summation(now, 0), summation(now, 1)]);
    const same = list(before, 'blockData')[Number(status?.['lastBlock'])];
    assert.deepEqual(list(block, 'intervals').slice(0, 40), list(same, 'intervals').slice(0, 40));
  });

  it('keeps as much after months as on the first day', async () => {
    const { meter, clock } = newMeter({ stepMs: 60_000, isUsed: false });
    assert.equal(values(meter, 'BT26')['numberOfValidEntries'], 0);
    assert.equal(values(meter, 'BT24')['timeAndDate'], null);
    assert.equal(list(values(meter, 'BT63'), 'dataSets')[0]?.['numberOfValidBlocks'], 0);
    await clock.advance(3 * DAY);
    assert.equal(values(meter, 'BT26')['numberOfValidEntries'], 3);
    await clock.advance(150 * DAY);
    assert.equal(values(meter, 'BT26')['numberOfValidEntries'], 12);
    assert.equal(list(values(meter, 'BT63'), 'dataSets')[0]?.['numberOfValidBlocks'], 32);
    const season = values(meter, 'BT24');
    assert.equal(season['timeAndDate'], '2027-04-01T00:00');
    assert.ok(summation(season, 0) > 0 && summation(season, 0) < summation(values(meter, 'BT23'), 0));
    const { quarters, midnights } = meter.measure().history.kept;
    assert.ok(quarters <= 35 * 96 && midnights <= 2 * 15, `${quarters} and ${midnights}`);
  });
});

describe('simulator: outages and events', () => {
  for (const seed of [1, 2, 3]) {
    it(`of house ${seed} are the same in every table`, async () => {
      const { meter, clock } = newMeter({ seed });
      meter.powerOff();
      await clock.advance(20 * 60_000);
      meter.powerOn();
      const registers = values(meter, 'BT23');
      const records = list(values(meter, 'ET09'), 'powerOutageRecords').filter((record) => record['resetCause'] === 3);
      assert.equal(records.length, summation(registers, 5));
      const seconds = records.reduce((sum, record) => sum + Number(record['powerOffDuration']), 0);
      assert.equal(seconds, summation(registers, 4));
      assert.deepEqual(
        [records[0]?.['powerOffDateTime'], records[0]?.['powerOnDateTime']],
        ['2026-11-20T10:05:00', '2026-11-20T10:25:00'],
      );
      const log = values(meter, 'ET81');
      const last = list(log, 'logEntries')[Number(log['lastEntryElement'])];
      assert.deepEqual(last, { startTimestamp: '2026-11-20T11:05:00', endTimestamp: '2026-11-20T11:25:00' });
      const events = values(meter, 'BT74');
      const newest = list(events, 'historyRecords')[Number(events['lastEntryElement'])];
      assert.deepEqual([newest?.['time'], newest?.['event']], ['2026-11-20T10:25:00', 2]);
      const block = list(values(meter, 'BT64'), 'blockData').find(({ endTime }) => endTime === '2026-11-20T10:15');
      const flags = list(block, 'intervals').map(({ powerFail }) => powerFail);
      assert.deepEqual(flags.slice(38, 42), [false, false, true, false]);
    });
  }

  it('are numbered on when there were more than the logs hold', async () => {
    const { meter, clock } = newMeter();
    for (let i = 0; i < 30; i++) {
      meter.powerOff();
      await clock.advance(60_000);
      meter.powerOn();
      await clock.advance(60_000);
    }
    const [log, outages] = [values(meter, 'ET81'), summation(values(meter, 'BT23'), 5)];
    assert.deepEqual(
      [log['numberOfValidEntries'], log['lastEntrySequenceNumber'], log['overflow']],
      [10, outages, true],
    );
    assert.ok(Number(values(meter, 'BT74')['lastEntrySequenceNumber']) >= 2 * outages);
  });
});

describe('simulator: clock and calendar', () => {
  it('give the tier that the household counts into, at every hour of a week', async () => {
    const { meter, clock } = newMeter({ stepMs: 60_000 });
    const { tierSwitches, seasonSchedules } = values(meter, 'BT54');
    const [season] = seasonSchedules as TableValues[];
    for (let hour = 0; hour < 7 * 24; hour++) {
      await clock.advance(HOUR);
      const local = values(meter, 'BT55');
      const day = Number(local['dayOfWeek']);
      const schedule = season?.[day === 0 ? 'sunday' : day === 6 ? 'saturday' : 'weekday'];
      const clockCalendar = local['clockCalendar'] as string;
      const now = Number(clockCalendar.slice(11, 13));
      const passed = (tierSwitches as TableValues[]).filter(
        (at) => at['schedule'] === schedule && Number(at['hour']) <= now,
      );
      assert.equal(passed.at(-1)?.['tier'], local['currentTier'], clockCalendar);
      assert.equal(local['currentTier'], tierAt(meter.time, 8));
    }
  });

  it('are an hour apart: winter time', () => {
    const { meter } = newMeter();
    assert.equal(values(meter, 'BT52')['clockCalendar'], '2026-11-20T10:05:00');
    assert.equal(values(meter, 'BT55')['clockCalendar'], '2026-11-20T11:05:00');
    assert.equal(values(meter, 'BT53')['timeZoneOffset'], 60);
  });
});

describe('simulator: the interface definition', () => {
  for (const profile of PROFILES) {
    it(`of ${profile} agrees with the other tables`, () => {
      const { meter } = newMeter({ profile });
      const definition = values(meter, 'ET42');
      assert.equal(definition['tableLength'], meter.image('ET42')!.length);
      const { BT21, BT61, ET36 } = meter.dimensions;
      const ET55 = values(meter, 'ET55');
      for (const field of ['numberOfSummations', 'numberOfTiers', 'numberOfPresentValues', 'numberOfSelfReads']) {
        assert.equal(definition[field], BT21?.[field], field);
      }
      assert.equal(definition['tierSize'], 4 * Number(BT21?.['numberOfSummations']));
      const [set] = list(BT61, 'dataSets');
      assert.equal(definition['numberOfBlocks'], set?.['numberOfBlocks']);
      const blocks = Number(set?.['numberOfBlocks']);
      assert.equal(Number(definition['blockSize']) * blocks, meter.image('BT64')!.length);
      const [internals] = list(values(meter, 'ET21'), 'dataSets');
      assert.equal(internals?.['blockSize'], definition['blockSize']);
      assert.deepEqual(
        list(definition, 'logList'),
        list(ET36, 'actualDimensionList').map(({ currentEntries, entrySize }) => ({
          count: currentEntries,
          entrySize,
        })),
      );
      const required = definition['requiredSection'] as TableValues | undefined;
      assert.equal(required?.['energyRegisterUnit'], profile === 'gen2' ? undefined : ET55['energyRegisterUnit']);
    });
  }
});
