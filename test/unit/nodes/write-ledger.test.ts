import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileLedger } from '../../../nodes/lib/write-ledger.js';
import type { LedgerTime } from '../../../nodes/lib/write-ledger-file.js';
import { UNKNOWN_METER, withManufacturersNames, type WriteLedger, type WriteTimes } from '../../../src/internal.js';
import { rejectsWith } from '../../support/assert-error.js';
import { TYPESCRIPT } from '../../support/cli/program.js';

const HOUR = 3_600_000;
const METER = '4711';

describe('The file that keeps the budget for writes', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'nes-meter-writes-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  /** A user directory with such a file, which this process has not read yet. */
  function left(text: string): string {
    const userDir = mkdtempSync(join(directory, 'user-'));
    mkdirSync(join(userDir, 'nes-meter'));
    writeFileSync(join(userDir, 'nes-meter', 'writes.json'), text);
    return userDir;
  }
  const fileIn = (userDir: string): string => join(userDir, 'nes-meter', 'writes.json');
  const add = (ledger: WriteLedger, ...times: number[]): Promise<unknown> =>
    ledger.update((writes) => new Map([...writes, [METER, [...(writes.get(METER) ?? []), ...times]]]));
  const timesIn = async (ledger: WriteLedger, meter = METER): Promise<WriteTimes> =>
    (await ledger.read()).get(meter) ?? [];

  it('holds what another process goes on with', async () => {
    const now = Date.now();
    await add(fileLedger(directory), now);
    const text = readFileSync(fileIn(directory), 'utf8');
    assert.deepEqual((await timesIn(fileLedger(left(text)))).map(Math.round), [now]);
  });

  it("keeps the manufacturer's names beside the writes", async () => {
    const names = new Map([[METER, 'NES 83334 0000606611223344']]);
    const kept = withManufacturersNames(new Map([[METER, [Date.now()]]]), names);
    await fileLedger(directory).update(() => kept);
    const read = await fileLedger(left(readFileSync(fileIn(directory), 'utf8'))).read();
    assert.deepEqual([...read.keys()], [METER]);
    assert.deepEqual(read.manufacturersNames, names);
  });

  it('goes on with what 0.1.0 kept, and counts writes to an address for every meter', async () => {
    const old = JSON.stringify({ [METER]: [1, 2], '/dev/ttyUSB0 (9600 baud)': [3], 'bridge:2000': [4] });
    const writes = await fileLedger(left(old)).read();
    assert.deepEqual(
      [...writes],
      [
        [METER, [1, 2]],
        [UNKNOWN_METER, [3, 4]],
      ],
    );
  });

  for (const text of [
    '',
    '{',
    '[]',
    'null',
    '5',
    '{"4711": "x"}',
    '{"4711": ["x", null]}',
    '{"4711": {}}',
    '{"version": 1}',
    '{"version": 1, "meters": {}}',
    '{"version": 1, "clock": {}, "meters": {}}',
    '{"version": 1, "clock": {"now": 1, "uptimeMs": 1, "boot": ""}, "meters": {}, "manufacturersNames": {"4711": 1}}',
    '{"version": 2, "meters": {}}',
    '{"version": "1", "meters": {}}',
  ]) {
    it(`lets nothing be counted where it is damaged or newer: ${text}`, async () => {
      const userDir = left(text);
      const ledger = fileLedger(userDir);
      const error = await rejectsWith(ledger.read(), 'write-budget-unknown');
      assert.ok(error.message.includes(fileIn(userDir)), error.message);
      await rejectsWith(add(ledger, Date.now()), 'write-budget-unknown');
      assert.equal(readFileSync(fileIn(userDir), 'utf8'), text, 'it is left as it was');
    });
  }

  it('lets nothing be counted where it cannot be read or kept', async () => {
    const taken = mkdtempSync(join(directory, 'taken-'));
    mkdirSync(fileIn(taken), { recursive: true });
    const noDirectory = mkdtempSync(join(directory, 'none-'));
    writeFileSync(join(noDirectory, 'nes-meter'), '');
    for (const userDir of [taken, noDirectory, '/dev/null']) {
      await rejectsWith(add(fileLedger(userDir), Date.now()), 'write-budget-unknown');
      await rejectsWith(fileLedger(userDir).read(), 'write-budget-unknown');
    }
  });

  it('is not needed where Node-RED has no directory', async () => {
    await add(fileLedger(undefined), 1);
    assert.deepEqual(await timesIn(fileLedger(undefined)), [1]);
  });

  it('may be mended while the process runs', async () => {
    const userDir = left('spoilt');
    await rejectsWith(add(fileLedger(userDir), 1), 'write-budget-unknown');
    rmSync(fileIn(userDir));
    const now = Date.now();
    await add(fileLedger(userDir), now);
    assert.deepEqual((await timesIn(fileLedger(userDir))).map(Math.round), [now]);
  });

  it('gives no writes back when it is deleted under a running process', async () => {
    const ledger = fileLedger(directory);
    await add(ledger, 1, 2, 3);
    rmSync(fileIn(directory));
    await add(ledger, 4);
    assert.equal((await timesIn(ledger)).length, 4);
  });

  it('does not lose what several change at once', async () => {
    const ledger = fileLedger(directory);
    await Promise.all(Array.from({ length: 20 }, (_, index) => add(ledger, index)));
    assert.equal((await timesIn(ledger)).length, 20);
  });

  it('is one for two processes', async () => {
    const script = join(__dirname, '../../support/node-red/spending-process.ts');
    const run = promisify(execFile);
    const spenders = Array.from({ length: 3 }, () =>
      run(process.execPath, [...TYPESCRIPT, script, directory, METER, '6']),
    );
    const made = (await Promise.all(spenders)).map(({ stdout }) => Number(stdout));
    assert.equal(
      made.reduce((sum, count) => sum + count),
      4,
      `${made.join(' + ')} writes`,
    );
  });

  it('goes by the time that passes, whichever clock is set', async () => {
    let time: LedgerTime = { now: 1_000 * HOUR, uptimeMs: 10 * HOUR, boot: 'a' };
    const userDir = mkdtempSync(join(directory, 'clock-'));
    await add(
      fileLedger(userDir, () => time),
      time.now,
    );
    for (const set of [5 * HOUR, -30 * HOUR, 480 * HOUR]) {
      time = { ...time, now: 1_000 * HOUR + set + HOUR, uptimeMs: 11 * HOUR };
      const [at = Number.NaN] = await timesIn(fileLedger(userDir));
      assert.equal((time.now - at) / HOUR, 1, `set by ${set / HOUR} h`);
    }
  });

  it('takes the clock as it is after a restart of the machine', async () => {
    let time: LedgerTime = { now: 1_000 * HOUR, uptimeMs: 10 * HOUR, boot: 'a' };
    const userDir = mkdtempSync(join(directory, 'boot-'));
    await add(
      fileLedger(userDir, () => time),
      time.now,
    );
    time = { now: 1_090 * HOUR, uptimeMs: 20 * HOUR, boot: 'b' };
    assert.deepEqual(await timesIn(fileLedger(userDir)), [1_000 * HOUR]);
  });

  it('is not shut by a lock that a process left behind', async () => {
    const lock = `${fileIn(directory)}.lock`;
    mkdirSync(join(directory, 'nes-meter'));
    const past = new Date(Date.now() - 5_000);
    for (const [text, at] of [
      [JSON.stringify({ id: 'x', pid: 2 ** 22 + 1, host: hostname() }), past],
      ['half writ', new Date(Date.now() - 60_000)],
    ] as const) {
      writeFileSync(lock, text);
      utimesSync(lock, at, at);
      await add(fileLedger(directory), 1);
    }
    assert.equal((await timesIn(fileLedger(directory))).length, 2);
  });
});
