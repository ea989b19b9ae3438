import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type IntervalCursor,
  type IntervalReaderOptions,
  loadProfilesOf,
  type LostBlocks,
  type NextInterval,
  readIntervals,
} from '../../../src/history/index.js';
import { type ModelInterval, RingModel, type RingSetup } from '../../support/history/ring-model.js';

const START = Date.UTC(2025, 9, 25, 22, 0);
const QUARTERS: RingSetup = {
  blocks: 31,
  intervals: 96,
  minutes: 15,
  sources: [0, 1],
  firstSequence: 380,
  start: START,
};

function steadyHistory(count: number, sources = 2): ModelInterval[] {
  return Array.from({ length: count }, (_, at) => ({
    isRecorded: true,
    common: 0,
    statuses: Array.from({ length: sources }, () => 0),
    values: Array.from({ length: sources }, (_unused, channel) => 1_000 + at * (10 + channel)),
  }));
}

interface Look {
  readonly records: NextInterval[];
  readonly lost: LostBlocks[];
  readonly cursor: IntervalCursor;
  readonly requests: number;
  readonly bytes: number;
}

interface LookOptions extends IntervalReaderOptions {
  readonly maxBytes?: number;
  /** Called before each answer; false ends the read. */
  readonly before?: (request: number) => boolean;
}

/** One read of a meter's new intervals, as far as it goes. */
function look(meter: RingModel, { maxBytes = 465, before = () => true, ...options }: LookOptions = {}): Look {
  const [profile] = loadProfilesOf(meter.dims);
  assert.ok(profile);
  const steps = readIntervals(profile, options);
  const records: NextInterval[] = [];
  const lost: LostBlocks[] = [];
  let requests = 0;
  let bytes = 0;
  for (let { value: step } = steps.next(); ;) {
    assert.ok(step);
    records.push(...step.records);
    lost.push(...step.lost);
    const { cursor, request } = step;
    if (request === undefined || !before(requests)) return { records, lost, cursor, requests, bytes };
    requests++;
    const answer = meter.answer(request, maxBytes);
    bytes += answer.length;
    ({ value: step } = steps.next(answer));
  }
}

const placesOf = (records: readonly NextInterval[], { intervals, firstSequence }: RingSetup): number[] =>
  records.map(({ history: { block, interval } }) => (block - firstSequence) * intervals + interval);

describe('The reader of intervals', () => {
  it('reads 30 days of two channels in at most 68 requests, each interval once', () => {
    const meter = new RingModel(QUARTERS, steadyHistory(2_880));
    const { records, requests } = look(meter);
    assert.deepEqual(placesOf(records, QUARTERS), [...Array(2_880).keys()]);
    assert.ok(requests <= 68, String(requests));
    assert.ok(records.every(({ history }, at) => Date.parse(history.end) === meter.endOf(at)));
    const used = records.reduce((sum, { history }) => sum + (history.used['activeEnergyImport'] ?? 0), 0);
    assert.equal(Math.round(used * 1000), 10 * 2_879);
    assert.equal(records.at(-1)?.more, 0);
    assert.ok(records.slice(0, -1).every(({ more }, at) => more >= 2_879 - at));
  });

  it('sees with one read of 13 bytes that nothing is new', () => {
    const meter = new RingModel(QUARTERS, steadyHistory(500));
    const { cursor } = look(meter);
    const again = look(meter, { cursor });
    assert.deepEqual([again.requests, again.bytes, again.records.length], [1, 13, 0]);
    assert.deepEqual(again.cursor, cursor);
  });

  it('reads one new interval in three reads of at most 60 bytes', () => {
    const meter = new RingModel(QUARTERS, steadyHistory(700), 500);
    let { cursor } = look(meter);
    for (let now = 501; now < 700; now++) {
      meter.now = now;
      const next = look(meter, { cursor });
      assert.deepEqual(placesOf(next.records, QUARTERS), [now - 1]);
      assert.equal(next.records[0]?.history.used['activeEnergyImport'], 0.01);
      assert.ok(next.requests <= 3 && next.bytes <= 60, `${now}: ${next.requests} reads, ${next.bytes} bytes`);
      cursor = next.cursor;
    }
  });

  it('goes back a span of time, and reads only what lies wholly in one', () => {
    const meter = new RingModel(QUARTERS, steadyHistory(2_500));
    const back = look(meter, { back: 86_400_000 });
    assert.deepEqual(
      placesOf(back.records, QUARTERS),
      Array.from({ length: 96 }, (_, i) => 2_404 + i),
    );
    assert.ok(back.requests < 12, String(back.requests));
    const from = meter.endOf(999);
    const span = look(meter, { from: from + 1, to: from + 4 * 900_000 });
    assert.deepEqual(placesOf(span.records, QUARTERS), [1_001, 1_002, 1_003]);
    assert.deepEqual(
      span.records.map(({ more }) => more === 0),
      [false, false, true],
    );
    assert.equal(span.records[0]?.history.used['activeEnergyImport'], 0.01);
    assert.deepEqual(look(meter, { from: meter.endOf(2_600) }).records, []);
    assert.equal(look(meter, { from: 0, to: 1_000 }).records.length, 0);
  });

  it('uses no block that the meter overwrites while it is read, and reports it', () => {
    const setup = { ...QUARTERS, blocks: 4, intervals: 8 };
    const meter = new RingModel(setup, steadyHistory(80), 64);
    const { records, lost } = look(meter, {
      maxBytes: 40,
      before: (request) => {
        // A block is overwritten while the oldest one is read.
        if (request === 3) meter.now = 65;
        return true;
      },
    });
    assert.deepEqual(
      placesOf(records, setup),
      Array.from({ length: 25 }, (_, i) => 40 + i),
    );
    assert.deepEqual(lost, [{ reason: 'overtaken', from: 384, to: 384 }]);
  });

  it('reports blocks that were overwritten since the last look', () => {
    const setup = { ...QUARTERS, blocks: 4, intervals: 8 };
    const meter = new RingModel(setup, steadyHistory(200), 20);
    const { cursor } = look(meter);
    meter.now = 100;
    const { records, lost } = look(meter, { cursor });
    assert.deepEqual(lost, [{ reason: 'overtaken', from: 382, to: 388 }]);
    assert.deepEqual(
      placesOf(records, setup),
      Array.from({ length: 28 }, (_, i) => 72 + i),
    );
    const [first] = records;
    assert.deepEqual(first?.history.used, { activeEnergyImport: null, activeEnergyExport: null });
    assert.deepEqual(first.history.gap?.used, { activeEnergyImport: 0.53, activeEnergyExport: 0.583 });
  });

  it('begins anew where the sequence has gone back', () => {
    const setup = { ...QUARTERS, blocks: 4, intervals: 8 };
    const { cursor } = look(new RingModel(setup, steadyHistory(40)));
    const { records, lost } = look(new RingModel({ ...setup, firstSequence: 1 }, steadyHistory(10)), { cursor });
    assert.deepEqual(
      lost.map(({ reason }) => reason),
      ['reset'],
    );
    assert.equal(records.length, 10);
    assert.equal(records[0]?.history.used['activeEnergyImport'], null);
  });

  it('refuses a BT63 that contradicts the dimensions, and skips a block without a time', () => {
    const meter = new RingModel({ ...QUARTERS, blocks: 4, intervals: 8 }, steadyHistory(20));
    const [profile] = loadProfilesOf(meter.dims);
    assert.ok(profile);
    const steps = readIntervals(profile);
    steps.next();
    const wrong = new Uint8Array(13).fill(0xff);
    assert.throws(() => steps.next(wrong), { code: 'value-out-of-range' });
    const withoutTime = readIntervals(profile);
    withoutTime.next();
    const status = meter.answer({ table: 'BT63', offset: 0, count: 13 }, 13);
    withoutTime.next(status);
    const { value } = withoutTime.next(new Uint8Array(6));
    assert.deepEqual(value?.lost, [{ reason: 'damaged', from: 380, to: 380 }]);
  });

  it('gives no record of a meter that has recorded nothing', () => {
    const { records, requests } = look(new RingModel(QUARTERS, []));
    assert.deepEqual([records, requests], [[], 1]);
  });

  it('needs requests in proportion to the number of intervals', () => {
    const count = (length: number): number =>
      look(new RingModel({ ...QUARTERS, blocks: 300 }, steadyHistory(length))).requests;
    const [small, large] = [count(960), count(9_600)];
    assert.ok(large < 10 * small + 10, `${small}, ${large}`);
  });
});

describe('Any ring of intervals', () => {
  const interval = (channels: number): fc.Arbitrary<ModelInterval> =>
    fc.record({
      isRecorded: fc.integer({ min: 0, max: 9 }).map((one) => one > 0),
      common: fc.integer({ min: 0, max: 15 }),
      statuses: fc.array(fc.constantFrom(0, 0, 0, 2, 3, 4, 9, 12), { minLength: channels, maxLength: channels }),
      values: fc.array(fc.integer({ min: 1, max: 2_000_000_000 }), { minLength: channels, maxLength: channels }),
    });
  const model = fc.integer({ min: 1, max: 5 }).chain((channels) =>
    fc.record({
      setup: fc.record({
        blocks: fc.integer({ min: 1, max: 6 }),
        intervals: fc.integer({ min: 1, max: 10 }),
        minutes: fc.constantFrom(1, 15, 60, 1_440),
        sources: fc.constant([0, 1, 2, 3, 15].slice(0, channels)),
        firstSequence: fc.integer({ min: 0, max: 4_000_000_000 }),
        start: fc.constant(START),
      }),
      history: fc.array(interval(channels), { minLength: 1, maxLength: 90 }),
    }),
  );
  /** The first interval of a block was recorded: BT63 counts only blocks that contain one. */
  const fit = (setup: RingSetup, history: readonly ModelInterval[]): ModelInterval[] =>
    history.map((one, at) => ({ ...one, isRecorded: one.isRecorded || at % setup.intervals === 0 }));

  it('is read once, in order, whatever the answers hold and wherever it is left', () => {
    fc.assert(
      fc.property(
        model,
        fc.integer({ min: 16, max: 200 }),
        fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 12 }),
        ({ setup, history: drawn }, maxBytes, stops) => {
          const meter = new RingModel(setup, fit(setup, drawn));
          let cursor: IntervalCursor | undefined;
          const records: NextInterval[] = [];
          for (const stop of [...stops, Infinity]) {
            const part = look(meter, {
              cursor: cursor && (JSON.parse(JSON.stringify(cursor)) as IntervalCursor),
              maxBytes,
              before: (request) => request < stop,
            });
            assert.deepEqual(part.lost, []);
            records.push(...part.records);
            cursor = part.cursor;
          }
          assert.deepEqual(placesOf(records, setup), meter.kept());
          for (const { history, registers } of records) {
            const at = (history.block - setup.firstSequence) * setup.intervals + history.interval;
            const truth = meter.history[at];
            assert.equal(Date.parse(history.end), meter.endOf(at));
            assert.deepEqual(
              registers.map(({ raw, status }) => [raw, status]),
              truth?.values.map((raw, channel) => [raw, truth.statuses[channel]]),
            );
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('gives no wrong byte while the meter goes on', () => {
    fc.assert(
      fc.property(
        model,
        fc.integer({ min: 20, max: 120 }),
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 40 }),
        ({ setup, history: drawn }, maxBytes, advances) => {
          const history = fit(setup, drawn);
          const meter = new RingModel(setup, history, Math.max(1, history.length >> 1));
          const first = look(meter, {
            maxBytes,
            before: (request) => {
              if (advances[request % advances.length] === 2) meter.now = Math.min(history.length, meter.now + 1);
              return true;
            },
          });
          const second = look(meter, { maxBytes, cursor: first.cursor });
          const records = [...first.records, ...second.records];
          const places = placesOf(records, setup);
          assert.ok(places.every((at, index) => index === 0 || at > (places[index - 1] ?? 0)));
          for (const [index, at] of places.entries()) {
            assert.deepEqual(
              records[index]?.registers.map(({ raw }) => raw),
              history[at]?.values,
            );
          }
          const from = places[0] ?? 0;
          const missing = meter.kept().filter((at) => at >= from && !places.includes(at));
          assert.deepEqual(missing, []);
        },
      ),
      { numRuns: 150 },
    );
  });
});
