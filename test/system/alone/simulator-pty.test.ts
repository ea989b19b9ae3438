import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestSecurity } from '../../../src/mep/security.js';
import { MepSession } from '../../../src/mep/session.js';
import { DEMO_KEY, type ServedMeter, servePty, SimulatedMeter } from '../../../src/simulator/index.js';
import { serialTransport } from '../../../src/transport/index.js';
import { rejectsWith } from '../../support/assert-error.js';

const EVENTS = { alert: () => undefined, dimensionsMayHaveChanged: () => undefined, closed: () => undefined };

function sessionTo(path: string): MepSession {
  return new MepSession({
    transport: serialTransport({ path }),
    security: digestSecurity(new TextEncoder().encode(DEMO_KEY)),
  });
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
