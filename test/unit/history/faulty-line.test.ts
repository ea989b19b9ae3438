import assert from 'node:assert/strict';
import {
  type IntervalCursor,
  type LoadProfile,
  loadProfilesOf,
  type NextInterval,
  readIntervals,
} from '../../../src/history/index.js';
import { isMeterError } from '../../../src/errors.js';
import { type Fault, FAULTS, OPTICAL_FAULTS } from '../../../src/simulator/index.js';
import { decodeTable, findTable } from '../../../src/tables/index.js';
import { stage } from '../../support/meter/meter-stage.js';
import { opticalMeterStage, type OpticalMeterStage } from '../../support/meter/optical-meter-stage.js';

const FAULT_RATE = 0.2;
/** Small pieces: more exchanges mean more faults. */
const PIECE_BYTES = 60;
const MAX_LOOKS = 2_000;

async function profileOf({ meter }: OpticalMeterStage): Promise<LoadProfile> {
  const { bytes, meter: known } = await meter.readTable('BT62');
  const table = findTable('BT62');
  assert.ok(table);
  const [profile] = loadProfilesOf({ ...known.dimensions, BT62: decodeTable(table, bytes, known.dimensions) });
  assert.ok(profile);
  return profile;
}

/** Continues after each error, until everything was read. */
async function readWhole(
  { meter, clock }: OpticalMeterStage,
  profile: LoadProfile,
): Promise<{ records: NextInterval[]; errors: number }> {
  const records: NextInterval[] = [];
  let cursor: IntervalCursor | undefined;
  let errors = 0;
  for (let look = 0; look < MAX_LOOKS; look++) {
    const steps = readIntervals(profile, { cursor });
    try {
      for (let { value: step } = steps.next(); step;) {
        assert.deepEqual(step.lost, []);
        records.push(...step.records);
        cursor = JSON.parse(JSON.stringify(step.cursor)) as IntervalCursor;
        if (step.request === undefined) return { records, errors };
        const { table, ...range } = step.request;
        const count = Math.min(range.count, PIECE_BYTES);
        step = steps.next((await meter.readPiece(table, { offset: range.offset, count })).bytes).value;
      }
    } catch (error) {
      if (!isMeterError(error)) throw error;
      errors++;
      await new Promise<void>((resolve) => {
        clock.after(1_000, resolve);
      });
    }
  }
  throw new Error(`Not read after ${MAX_LOOKS} looks`);
}

const textOf = ({ history, registers }: NextInterval): string =>
  JSON.stringify([history.block, history.interval, history.end, history.used, registers.map(({ raw }) => raw)]);

const PORTS: readonly [name: string, open: () => OpticalMeterStage, faults: readonly Fault[]][] = [
  ['MEP', stage, FAULTS],
  ['optical', opticalMeterStage, OPTICAL_FAULTS],
];

describe('The load profile over a line with faults', () => {
  for (const [name, open, faults] of PORTS) {
    it(`has each interval once, and none that is wrong, at the ${name} port`, async () => {
      const clean = open();
      const truth = await clean.clock.run(profileOf(clean).then((profile) => readWhole(clean, profile)));
      assert.equal(truth.errors, 0);
      await clean.clock.run(clean.meter.close());

      const made = open();
      const profile = await made.clock.run(profileOf(made));
      made.transport.faults.rates = Object.fromEntries(faults.map((fault) => [fault, FAULT_RATE / faults.length]));
      const { records } = await made.clock.run(readWhole(made, profile), 86_400_000);
      const happened = Object.values(made.transport.faults.counts).reduce((sum, count) => sum + count, 0);
      assert.ok(happened > 20, String(happened));
      assert.deepEqual(records.slice(0, truth.records.length).map(textOf), truth.records.map(textOf));
      await made.clock.run(made.meter.close());
    });
  }
});
