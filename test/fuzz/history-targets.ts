/** What the meter remembers, read from a meter that answers anything: load profile, logs, outages, M-Bus reads. */
import assert from 'node:assert/strict';
import { fromHex, toHex } from '../../src/bytes/hex.js';
import {
  deviceReadOf,
  type HistoryRequest,
  type IntervalCursor,
  type LoadProfile,
  loadProfilesOf,
  mergeOutages,
  momentsIn,
  type NextInterval,
  readBilling,
  readEvents,
  readIntervals,
} from '../../src/history/index.js';
import { decodeFixedTelegram, decodeRecords, decodeTelegram, recordOfHeader } from '../../src/mbus/index.js';
import { SimulatedMeter } from '../../src/simulator/index.js';
import { decodeTable, type Dimensions, findTable, type TableValues } from '../../src/tables/index.js';
import { type Target, target } from './engine.js';
import { isFields, mutateBytes, oneOf, type Random, someBytes } from './inputs.js';

const meter = new SimulatedMeter({
  seed: 7,
  profile: 'gen4',
  loadProfile: { dataSets: [{ blocks: 3, intervals: 24, minutes: 60, channels: [0, 1, 15, { device: 0, mdt: 1 }] }] },
});
const TABLES = ['BT61', 'BT62', 'BT63', 'BT64', 'ET57', 'ET66', 'ET16', 'BT74', 'BT26'];
const images = new Map(TABLES.map((name) => [name, meter.image(name) ?? new Uint8Array(0)]));
const imageOf = (name: string): Uint8Array => images.get(name) ?? new Uint8Array(0);
const momentsOf = momentsIn('Europe/Copenhagen');

/** Answers of a hostile meter: the true bytes, or the bytes of the case, in turn. */
interface Hostile {
  readonly tables: Readonly<Record<string, Uint8Array>>;
  /** Replace an answer where they are; each is used once for each 16 requests. */
  readonly answers: readonly Uint8Array[];
  readonly pieceBytes: number;
}

const hostile = (random: Random, names: readonly string[]): Hostile => ({
  tables: Object.fromEntries(
    names.map((name) => [name, random.chance(0.5) ? mutateBytes(random, imageOf(name)) : imageOf(name)]),
  ),
  answers: Array.from({ length: random.integer(0, 3) }, () => someBytes(random, 40)),
  pieceBytes: oneOf(random, [13, 52, 104, 465]),
});

/** More requests than any look of these small tables takes. */
const MAX_REQUESTS = 3_000;
const ANSWERS = 16;

/** Answers requests until the reader has ended, with as many bytes as were asked for at most. */
function drain<S extends { readonly request: HistoryRequest | undefined }>(
  steps: Generator<S, void, Uint8Array>,
  { tables, answers, pieceBytes }: Hostile,
  note: (step: S) => void,
): void {
  let { value: step } = steps.next();
  for (let requests = 0; step; requests++) {
    note(step);
    const { request } = step;
    if (request === undefined) return;
    assert.ok(requests < MAX_REQUESTS, 'no end');
    assert.ok(Number.isSafeInteger(request.offset) && request.offset >= 0, `offset ${request.offset}`);
    assert.ok(Number.isSafeInteger(request.count) && request.count > 0, `count ${request.count}`);
    const count = Math.min(request.count, pieceBytes);
    const table = tables[request.table] ?? imageOf(request.table);
    const answer = answers[requests % ANSWERS];
    // A link hands on as many bytes as were asked for at most; beyond the end some meters answer zeros.
    const bytes = new Uint8Array(answer ? Math.min(count, answer.length) : count);
    bytes.set((answer ?? table.subarray(request.offset)).subarray(0, bytes.length));
    step = steps.next(bytes).value;
  }
}

function dimensionsOf(tables: Readonly<Record<string, Uint8Array>>): Dimensions {
  const dims: Record<string, TableValues | undefined> = { ...meter.dimensions };
  for (const name of ['BT61', 'BT62', 'ET57', 'ET66']) {
    const table = findTable(name);
    if (table) dims[name] = decodeTable(table, tables[name] ?? imageOf(name), dims);
  }
  return dims;
}

const isTime = (text: string): boolean => !Number.isNaN(Date.parse(text));

function checkInterval({ history, registers, payload }: NextInterval): void {
  assert.ok(isTime(history.start) && isTime(history.end) && history.start < history.end, 'not an interval');
  assert.ok(history.minutes > 0 && history.block >= 0 && history.interval >= 0);
  for (const energy of Object.values(history.used)) assert.ok(energy === null || (energy >= 0 && energy < 1e9));
  for (const energy of Object.values(history.gap?.used ?? {})) assert.ok(energy >= 0);
  for (const { status, value } of registers) {
    assert.ok(value === null || Number.isFinite(value));
    // Statuses without a value. [MEP p.240-241]
    if ([1, 4, 5, 8, 10, 11, 12, 15].includes(status)) assert.equal(value, null);
  }
  assert.deepEqual(JSON.parse(JSON.stringify(payload)), payload);
}

function lookAt(profile: LoadProfile, input: Hostile, cursor: IntervalCursor | undefined): IntervalCursor | undefined {
  let [last, records, place] = [cursor, 0, -1];
  drain(readIntervals(profile, { cursor }), input, (step) => {
    for (const record of step.records) {
      checkInterval(record);
      const { block, interval } = record.history;
      assert.ok(block * profile.intervals + interval > place, 'an interval twice, or out of order');
      place = block * profile.intervals + interval;
      records++;
    }
    last = JSON.parse(JSON.stringify(step.cursor)) as IntervalCursor;
  });
  assert.ok(records <= MAX_REQUESTS * profile.intervals);
  return last;
}

const isHostile = (input: unknown): input is Hostile =>
  isFields(input) && isFields(input['tables']) && Array.isArray(input['answers']) && Number(input['pieceBytes']) > 0;

const LOGS = ['BT74', 'ET79'] as const;

export const HISTORY_TARGETS: readonly Target[] = [
  target(
    'load profile',
    6,
    (random) => hostile(random, ['BT61', 'BT62', 'BT63', 'BT64', 'ET57', 'ET66']),
    (input) => {
      if (!isHostile(input)) return;
      for (const profile of loadProfilesOf(dimensionsOf(input.tables))) {
        // Sets that are larger than the tables of this meter take too many requests.
        if (profile.blocks * profile.intervals > 2_000) continue;
        const cursor = lookAt(profile, input, undefined);
        lookAt(profile, { ...input, tables: {} }, cursor);
      }
    },
  ),
  target(
    'event log',
    3,
    (random) => ({
      ...hostile(random, ['BT74']),
      entries: oneOf(random, [0, 1, 100]),
      argument: random.integer(0, 6),
    }),
    (input) => {
      if (!isHostile(input)) return;
      const { entries = 100, argument = 2 } = input as { entries?: number; argument?: number };
      for (const table of LOGS) {
        const tables = { [table]: input.tables['BT74'] ?? imageOf('BT74') };
        drain(readEvents({ table, entries, argumentBytes: argument }, 7), { ...input, tables }, ({ events }) => {
          assert.ok(events.length <= entries);
          for (const { time, event, sequence } of events) {
            assert.ok(time === null || isTime(time));
            assert.ok(event >= 0 && event < 4_096 && Number.isSafeInteger(sequence));
          }
        });
      }
    },
  ),
  target(
    'self-reads',
    2,
    (random) => hostile(random, ['BT26']),
    (input) => {
      if (!isHostile(input)) return;
      drain(readBilling(meter.dimensions, { momentsOf, known: 3 }), input, ({ reads }) => {
        for (const { at, sequence } of reads) {
          assert.ok(at === null || isTime(at));
          assert.ok(sequence >= 0 && sequence < 65_536);
        }
      });
    },
  ),
  target(
    'M-Bus read',
    5,
    (random) => {
      const read = imageOf('ET16').slice(0, 120);
      return { bytes: random.chance(0.7) ? mutateBytes(random, read) : someBytes(random, 300) };
    },
    (input) => {
      if (!isFields(input) || !(input['bytes'] instanceof Uint8Array)) return;
      const { bytes } = input;
      const read = deviceReadOf(bytes, momentsOf);
      for (const { value } of read?.records ?? []) assert.ok(typeof value !== 'number' || Number.isFinite(value));
      if (read?.isEncrypted) assert.deepEqual(Object.keys(read.payload), []);
      assert.deepEqual(JSON.parse(JSON.stringify(read ?? null)), read ?? null);
    },
  ),
  target(
    'M-Bus records',
    5,
    (random) => ({
      bytes: random.chance(0.5)
        ? mutateBytes(random, imageOf('ET16').subarray(8, 60))
        : Uint8Array.from([oneOf(random, [0x04, 0x0c, 0x0d, 0x84, 0x8d, 0x2f, 0x0f]), ...someBytes(random, 80)]),
      isMsbFirst: random.chance(0.3),
    }),
    (input) => {
      if (!isFields(input) || !(input['bytes'] instanceof Uint8Array)) return;
      const bytes = input['bytes'];
      const options = { isMsbFirst: input['isMsbFirst'] };
      const { records, rest } = decodeRecords(bytes, options);
      // Each byte is in one record or in the rest: nothing is read twice, and nothing is made up.
      const used = records.reduce((sum, { dif, vif, raw }) => sum + lengthOf(dif) + lengthOf(vif) + lengthOf(raw), 0);
      assert.ok(used + lengthOf(rest) <= bytes.length);
      for (const { value, quantity, raw } of records) {
        if (quantity === null) assert.equal(value, null);
        assert.ok(typeof value !== 'number' || (Number.isFinite(value) && raw !== ''));
      }
      decodeTelegram(bytes, options);
      decodeFixedTelegram(bytes, options);
      recordOfHeader(bytes.subarray(0, 4), bytes.subarray(4), options);
      assert.equal(toHex(fromHex(toHex(bytes)) ?? bytes), toHex(bytes));
    },
  ),
  target(
    'outage lists',
    2,
    (random) => {
      const time = (): string =>
        oneOf(random, [
          '2026-10-25T02:30:00',
          '2026-03-29T02:30:00',
          '',
          'x',
          '0000-00-00T00:00:00',
          '2026-01-01T00:00:00',
        ]);
      const list = (): TableValues[] =>
        Array.from({ length: random.integer(0, 6) }, () => ({
          powerOffDateTime: time(),
          powerOnDateTime: time(),
          startTimestamp: time(),
          endTimestamp: time(),
          resetCause: random.integer(0, 9),
        }));
      return { et09: list(), et81: list() };
    },
    (input) => {
      if (!isFields(input)) return;
      const { et09, et81 } = input;
      if (!Array.isArray(et09) || !Array.isArray(et81)) return;
      for (const { start, end, seconds } of mergeOutages({ et09, et81, momentsOf })) {
        assert.ok(isTime(start) && isTime(end) && seconds >= 0 && start <= end);
      }
    },
  ),
];

function lengthOf(hex: string | null): number {
  return fromHex(hex ?? '')?.length ?? 0;
}
