/** A month of quarter-hours of two channels, from the bytes of the load profile to messages. */
import { loadProfilesOf, readIntervals } from '../src/history/index.js';
import { RingModel } from '../test/support/history/ring-model.js';
import { pairedRatio, type Row, seconds } from './measure.js';

const INTERVALS = 2_880;
const SETUP = {
  blocks: 30,
  intervals: 96,
  minutes: 15,
  sources: [0, 1],
  firstSequence: 100,
  start: Date.UTC(2025, 10, 1),
};
/** Bytes of a table in one answer over MEP. */
const ANSWER_BYTES = 465;
const MAX_RATIO = 3;

export function benchHistory(): Row[] {
  const history = Array.from({ length: INTERVALS }, (_, at) => ({
    isRecorded: true,
    common: 0,
    statuses: [0, 0],
    values: [4_000_000 + 118 * at, 12_000 + at],
  }));
  const meter = new RingModel(SETUP, history);
  const [profile] = loadProfilesOf(meter.dims);
  if (profile === undefined) throw new Error('There is no load profile');
  const status = meter.answer({ table: 'BT63', offset: 0, count: 13 }, 13);
  const size = profile.blocks * profile.blockBytes;
  const table = meter.answer({ table: profile.table, offset: 0, count: size }, size);
  const read = (): object[] => {
    const records: object[] = [];
    const steps = readIntervals(profile);
    for (let { value: step } = steps.next(); step;) {
      for (const record of step.records) records.push(record);
      const { request } = step;
      if (request === undefined) break;
      const { offset, count } = request;
      const bytes = request.table === 'BT63' ? status : table.slice(offset, offset + Math.min(count, ANSWER_BYTES));
      step = steps.next(bytes).value;
    }
    return records;
  };
  const records = read();
  if (records.length !== INTERVALS) throw new Error(`read ${records.length} intervals`);
  const json = JSON.stringify(records);
  const { ratio, a } = pairedRatio(
    () => seconds(read),
    () =>
      seconds(() => {
        JSON.parse(json);
      }),
  );
  return [
    {
      what: `${INTERVALS} intervals of two channels to records`,
      figure: `${ratio.toFixed(2)} x JSON.parse of the result (${(a * 1_000).toFixed(1)} ms)`,
      limit: `at most ${MAX_RATIO} x`,
      isWithin: ratio <= MAX_RATIO,
    },
  ];
}
