import assert from 'node:assert/strict';
import { type BillingOptions, type BillingRead, momentsIn, readBilling } from '../../../src/history/index.js';
import { type Dimensions, encodeTable, findTable, type TableValues } from '../../../src/tables/index.js';
import { type Stage, stage } from '../../support/meter/meter-stage.js';

interface Look {
  readonly reads: readonly BillingRead[];
  readonly lost: number;
  readonly requests: number;
}

const DIMS: Dimensions = {
  BT21: {
    numberOfSelfReads: 4,
    numberOfDemands: 0,
    dateTimeField: true,
    seasonInformationField: true,
    numberOfSummations: 2,
    numberOfTiers: 1,
    numberOfCoincidentValues: 0,
    numberOfOccurrences: 0,
    demandResetCounter: false,
    cumulativeDemand: false,
    continuousCumulativeDemand: false,
  },
  BT22: { summationSources: [0, 1] },
};

/** BT26 after so many self-reads, one each midnight from 1 October on, encoded by its schema. */
function selfReads(made: number, first = 0): Uint8Array {
  const table = findTable('BT26');
  assert.ok(table);
  const entries = Array.from({ length: 4 }, (): TableValues => ({}));
  for (let at = Math.max(0, made - 4); at < made; at++) {
    entries[at % 4] = {
      timeAndDate: new Date(Date.UTC(2025, 9, 1 + at)).toISOString().slice(0, 16),
      season: 1,
      summations: [1_000 * (at + 1), at],
      tiers: [{ summations: [600 * (at + 1), at] }],
    };
  }
  const values = {
    listType: true,
    numberOfValidEntries: Math.min(4, made),
    lastEntryElement: Math.max(0, made - 1) % 4,
    lastEntrySequenceNumber: (first + made) & 0xffff,
    selfReadEntries: entries,
  };
  return encodeTable(table, values, DIMS);
}

function look(bytesAt: (request: number) => Uint8Array, options: BillingOptions = {}, maxBytes = 465): Look {
  const steps = readBilling(DIMS, options);
  let requests = 0;
  for (let { value: step } = steps.next(); ;) {
    assert.ok(step);
    if (step.request === undefined) return { ...step, requests };
    const { offset, count } = step.request;
    const bytes = bytesAt(requests++).slice(offset, offset + Math.min(count, maxBytes));
    ({ value: step } = steps.next(bytes));
  }
}

async function lookAt({ meter }: Stage, options: BillingOptions): Promise<readonly BillingRead[]> {
  const { meter: known } = await meter.readTable('BT26', { count: 6 });
  const steps = readBilling(known.dimensions, options);
  for (let { value: step } = steps.next(); ;) {
    assert.ok(step);
    if (step.request === undefined) return step.reads;
    const { table, ...range } = step.request;
    step = steps.next((await meter.readPiece(table, range)).bytes).value;
  }
}

const sequencesOf = ({ reads }: Look): number[] => reads.map(({ sequence }) => sequence);

describe('The reader of billing reads', () => {
  it('gives the values of BT23 of each moment, with time and season', async () => {
    const made = stage({ profile: 'gen3' });
    const reads = await made.clock.run(lookAt(made, { momentsOf: momentsIn('Etc/GMT-1') }));
    assert.ok(reads.length > 2);
    const newest = reads.at(-1);
    assert.equal(newest?.local, '2026-11-20T00:00');
    assert.equal(newest.at, '2026-11-19T23:00:00Z');
    assert.equal(newest.season, 1);
    const energies = reads.map(({ payload }) => payload['activeEnergyImport'] ?? NaN);
    assert.ok(energies.every((energy, at) => at === 0 || energy > (energies[at - 1] ?? Infinity)));
    assert.ok('tier1ActiveEnergyImport' in newest.payload);
    assert.deepEqual(
      reads.map(({ sequence }) => sequence),
      reads.map((_, at) => newest.sequence - reads.length + 1 + at),
    );
    assert.deepEqual(await made.clock.run(lookAt(made, { known: newest.sequence })), []);
    const [latest] = await made.clock.run(lookAt(made, { known: newest.sequence - 1 }));
    assert.deepEqual({ ...latest, at: null }, { ...newest, at: null });
    await made.meter.close();
  });

  it('sees with one read of 6 bytes that nothing is new', () => {
    assert.deepEqual(
      look(() => selfReads(7), { known: 7 }),
      { reads: [], lost: 0, newest: 7, request: undefined, requests: 1 },
    );
  });

  it('gives those that are new, over the end of table and sequence numbers', () => {
    for (const maxBytes of [6, 20, 465]) {
      const { reads, lost } = look(() => selfReads(6, 65_533), { known: 65_535 }, maxBytes);
      assert.equal(lost, 0);
      assert.deepEqual(
        reads.map(({ sequence, local, payload }) => [sequence, local, payload['activeEnergyImport']]),
        [
          [0, '2025-10-03T00:00', 3],
          [1, '2025-10-04T00:00', 4],
          [2, '2025-10-05T00:00', 5],
          [3, '2025-10-06T00:00', 6],
        ],
      );
    }
  });

  it('counts those that were overwritten before they were read', () => {
    const late = look(() => selfReads(12), { known: 3 });
    assert.deepEqual([sequencesOf(late), late.lost], [[9, 10, 11, 12], 5]);
    const meanwhile = look((request) => selfReads(request < 2 ? 8 : 9), { known: 4 });
    assert.deepEqual([sequencesOf(meanwhile), meanwhile.lost], [[6, 7, 8], 1]);
  });

  it('refuses a header that contradicts BT21', () => {
    assert.throws(() => look(() => new Uint8Array(6).fill(0xff)), { code: 'value-out-of-range' });
    assert.throws(() => readBilling({}).next(), { code: 'dimensions-missing' });
  });
});

describe('The moments of a local time', () => {
  it('are one, none in the lost hour of spring, two in that of autumn', () => {
    const momentsOf = momentsIn('Europe/Copenhagen');
    const shown = (local: string): string[] => momentsOf(local).map((moment) => new Date(moment).toISOString());
    assert.deepEqual(shown('2025-12-01T00:00'), ['2025-11-30T23:00:00.000Z']);
    assert.deepEqual(shown('2025-07-01T00:00:30'), ['2025-06-30T22:00:30.000Z']);
    assert.deepEqual(shown('2025-03-30T02:30'), []);
    assert.deepEqual(shown('2025-10-26T02:30'), ['2025-10-26T00:30:00.000Z', '2025-10-26T01:30:00.000Z']);
    assert.deepEqual(shown('2025-10-26T03:00'), ['2025-10-26T02:00:00.000Z']);
    assert.deepEqual(shown('no time'), []);
    assert.equal(momentsIn('America/St_Johns')('2025-12-01T00:00')[0], Date.UTC(2025, 11, 1, 3, 30));
  });
});
