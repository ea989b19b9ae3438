import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestSecurity } from '../../../src/mep/security.js';
import { MepSession } from '../../../src/mep/session.js';
import {
  DEMO_KEY,
  DEMO_OPTICAL_KEY,
  type ServedMeter,
  servePty,
  SimulatedMeter,
} from '../../../src/simulator/index.js';
import { serialTransport } from '../../../src/transport/index.js';
import { runCli } from '../../support/cli/recorded-terminal.js';
import { rejectsWith } from '../../support/assert-error.js';
import { PROGRAM } from '../../support/cli/program.js';

const EVENTS = { alert: () => undefined, dimensionsMayHaveChanged: () => undefined, closed: () => undefined };

function sessionTo(path: string): MepSession {
  return new MepSession({
    transport: serialTransport({ path }),
    security: digestSecurity(new TextEncoder().encode(DEMO_KEY)),
  });
}

/** Runs `nes-meter simulate` in another process while `use` runs. */
async function whileServing(words: readonly string[], use: () => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, [...PROGRAM, 'simulate', ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  try {
    while (!output.includes('listening on ')) await once(child.stdout, 'data');
    await use();
  } finally {
    child.kill();
    await once(child, 'close');
  }
}

describe('simulator: on a pseudo terminal', () => {
  let folder: string;
  let served: ServedMeter | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nes-meter-'));
  });
  afterEach(async () => {
    await served?.close();
    served = undefined;
    rmSync(folder, { recursive: true });
  });

  it('is a serial port, again and again', async () => {
    const path = join(folder, 'meter');
    const meter = new SimulatedMeter({ profile: 'gen4' });
    served = await servePty({ meter, path });
    for (let times = 0; times < 3; times++) {
      const session = sessionTo(path);
      await session.open(EVENTS);
      const image = meter.image('BT27')!;
      assert.deepEqual(await session.read(27, 0, image.length), image);
      assert.equal((await session.read(28, 0, 336)).length, 336);
      await session.close();
    }
    await served.close();
    assert.equal(existsSync(path), false, 'nothing is left behind');
  });

  for (const port of ['mep', 'optical']) {
    it(`is the meter of a dump, as a serial port: ${port}`, async () => {
      const [dump, path] = [join(folder, 'dump.json'), join(folder, 'meter')];
      const tables = ['BT00', 'BT01', 'BT20', 'BT21', 'BT22', 'BT23', 'BT27', 'BT28', 'ET03', 'ET11'];
      await runCli(['dump', ...tables, '--simulator', 'gen4', '--redact', '--pace', '0', '--out', dump]);
      const kind = port === 'optical' ? ['--optical'] : [];
      const rawOf = (text: string): unknown =>
        (JSON.parse(text) as { tables: { raw: string }[] }).tables.map(({ raw }) => raw);
      await whileServing(['--from', dump, '--pty', path, ...kind], async () => {
        const key = port === 'optical' ? DEMO_OPTICAL_KEY : DEMO_KEY;
        const { output, errors } = await runCli(['dump', ...tables, '--serial', path, ...kind, '--pace', '0'], {
          env: { NES_METER_KEY: key },
        });
        assert.notEqual(output, '', errors);
        assert.deepEqual(rawOf(output), rawOf(readFileSync(dump, 'utf8')));
      });
    });
  }

  it('is gone for its user when it ends', async () => {
    const path = join(folder, 'meter');
    served = await servePty({ meter: new SimulatedMeter(), path });
    const session = sessionTo(path);
    const lost = new Promise<string>((resolve, reject) => {
      session
        .open({
          ...EVENTS,
          closed: ({ code }) => {
            resolve(code);
          },
        })
        .then(() => served?.close())
        .catch(reject);
    });
    assert.equal(await lost, 'connection-lost');
    await session.close();
  });

  it('reports what is missing', async () => {
    const meter = new SimulatedMeter();
    const nowhere = await rejectsWith(servePty({ meter, path: join(folder, 'no', 'such', 'folder') }), 'port-failed');
    assert.match(nowhere.message, /folder/);
    const path = process.env['PATH'];
    process.env['PATH'] = folder;
    try {
      const without = await rejectsWith(servePty({ meter, path: join(folder, 'meter') }), 'port-failed');
      assert.match(without.message, /apt-get install socat/);
    } finally {
      process.env['PATH'] = path;
    }
  });
});
