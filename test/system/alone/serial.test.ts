import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialTransport } from '../../../src/transport/index.js';
import { rejectsWith } from '../../support/assert-error.js';
import { FakeClock } from '../../support/fake-clock.js';
import { ascii, EventLog } from '../../support/line/event-log.js';
import { hasSocat, PtyPair } from '../../support/line/pty-pair.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const openFiles = () => readdirSync('/proc/self/fd').length;

/** Waits for handles that are being closed, and returns the number of those left. */
async function leftOver(before: number, count: () => number): Promise<number> {
  for (let i = 0; i < 50 && count() > before; i++) await pause(10);
  return count() - before;
}

describe('serialTransport on real pseudo-terminals', () => {
  let ptys: PtyPair;

  before(function () {
    if (!hasSocat) this.skip();
  });
  beforeEach(async () => {
    ptys = await PtyPair.start();
  });
  afterEach(() => ptys.stop());

  it('carries every byte value both ways, with and without modem lines', async () => {
    const bytes = Uint8Array.from({ length: 1024 }, (_, index) => index & 0xff);
    for (const lines of ['on', 'off', 'leave'] as const) {
      const near = serialTransport({ path: ptys.near, dtr: lines, rts: lines });
      const far = serialTransport({ path: ptys.far, dtr: lines, rts: lines });
      const [nearLog, farLog] = [new EventLog(), new EventLog()];
      await near.open(nearLog);
      await far.open(farLog);
      await near.write(bytes);
      await far.write(bytes);
      await nearLog.until((log) => log.bytes.length >= bytes.length);
      await farLog.until((log) => log.bytes.length >= bytes.length);
      assert.deepEqual([nearLog.bytes, farLog.bytes], [[...bytes], [...bytes]]);
      await near.cyclePower?.(1);
      await near.close();
      await far.close();
      assert.deepEqual([...nearLog.errors, ...farLog.errors], []);
    }
  });

  it('distinguishes busy, missing and no port, and holds no file of them open', async () => {
    const first = serialTransport({ path: ptys.near });
    await first.open(new EventLog());
    const before = openFiles();
    await rejectsWith(serialTransport({ path: ptys.near }).open(new EventLog()), 'port-busy');
    const missing = await rejectsWith(serialTransport({ path: '/dev/ttyUSB99' }).open(new EventLog()), 'port-missing');
    assert.deepEqual(missing.values, { port: '/dev/ttyUSB99' });
    const directory = await mkdtemp(join(tmpdir(), 'no-port-'));
    await writeFile(join(directory, 'file'), '');
    await rejectsWith(serialTransport({ path: join(directory, 'file') }).open(new EventLog()), 'port-not-serial');
    await rejectsWith(serialTransport({ path: join(directory, 'file', 'x') }).open(new EventLog()), 'port-missing');
    await rm(directory, { recursive: true });
    assert.equal(await leftOver(before, openFiles), 0);
    await first.close();
    await first.open(new EventLog());
    await first.close();
  });

  it('notices at the next check at the latest that the port was taken away', async () => {
    const clock = new FakeClock();
    const transport = serialTransport({ path: ptys.near, clock });
    const log = new EventLog();
    await transport.open(log);
    await ptys.stop();
    await clock.advance(2_000);
    await log.until(({ errors }) => errors.length > 0);
    assert.deepEqual(
      log.errors.map(({ code }) => code),
      ['connection-lost'],
    );
    await rejectsWith(transport.write(ascii('x')), 'connection-closed');
    await rejectsWith(transport.open(log), 'port-missing');
    await transport.close();
  });

  it('notices at the next check a port removed during work, and stops the work on it', async () => {
    const clock = new FakeClock();
    const transport = serialTransport({ path: ptys.near, clock });
    const log = new EventLog();
    let isTaken = false;
    await transport.open({
      data: (bytes) => {
        log.data(bytes);
        if (isTaken) return;
        isTaken = true;
        ptys.kill();
        execFileSync('sleep', ['0.2']);
      },
      closed: (error) => {
        log.closed(error);
      },
    });
    const far = openSync(ptys.far, 'r+');
    writeSync(far, 'last words');
    await log.until(({ text }) => text === 'last words');
    await clock.advance(2_000);
    await log.until(({ errors }) => errors.length > 0);
    closeSync(far);
    assert.deepEqual([log.text, log.errors[0]?.code], ['last words', 'connection-lost']);
    await transport.close();
    const before = process.cpuUsage();
    await pause(500);
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < 250_000, `still busy: ${user + system} us`);
  });

  it('ends a blocked write when it is closed', async () => {
    const transport = serialTransport({ path: ptys.near });
    await transport.open(new EventLog());
    const writing = rejectsWith(transport.write(new Uint8Array(1 << 20)), 'connection-closed');
    await pause(100);
    await transport.close();
    await writing;
  });

  it('is opened, used, cancelled and closed 50 times without a handle or file left', async () => {
    const transport = serialTransport({ path: ptys.near });
    await transport.open(new EventLog());
    await transport.close();
    const far = openSync(ptys.far, 'r+');
    await pause(50);
    const before = { files: openFiles(), handles: process.getActiveResourcesInfo().length };
    for (let i = 0; i < 50; i++) {
      const log = new EventLog();
      const controller = new AbortController();
      const opening = transport.open(log, controller.signal);
      if (i % 3 === 0) {
        const rejected = rejectsWith(opening, 'cancelled');
        if (i % 2 === 0) await Promise.resolve().then(() => Promise.resolve());
        controller.abort();
        await rejected;
        continue;
      }
      await opening;
      const sent = ascii(`round ${i}`);
      await transport.write(sent);
      const received = Buffer.alloc(sent.length);
      for (let at = 0; at < received.length;) at += readSync(far, received, at, received.length - at, null);
      assert.deepEqual(new Uint8Array(received), sent);
      writeSync(far, 'ok');
      // The bytes of the last round may have been in transit while the port was closed, and arrive as well.
      if (i % 3 === 1) await log.until(({ text }) => /^(ok)+$/.test(text));
      await transport.close();
      assert.deepEqual(log.errors, []);
    }
    await transport.close();
    assert.equal(await leftOver(before.files, openFiles), 0, 'files');
    assert.equal(await leftOver(before.handles, () => process.getActiveResourcesInfo().length), 0, 'handles');
    closeSync(far);
  });
});
