import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMeter, type Meter } from '../../../src/internal.js';
import { DEMO_KEY, type ServedMeter, servePty, SimulatedMeter } from '../../../src/simulator/index.js';
import { hasSocat } from '../../support/line/pty-pair.js';
import { until } from '../../support/until.js';

describe('An adapter that is plugged in again', () => {
  let folder: string;
  let meter: Meter | undefined;
  let served: ServedMeter | undefined;

  before(async function () {
    if (!hasSocat) this.skip();
    folder = await mkdtemp(join(tmpdir(), 'replug-'));
  });
  after(async () => {
    await meter?.close();
    await served?.close();
    if (hasSocat) await rm(folder, { recursive: true });
  });

  it('continues to be read when its /dev/serial/by-id link leads to another tty', async () => {
    const simulated = new SimulatedMeter();
    const byId = join(folder, 'usb-adapter');
    served = await servePty({ meter: simulated, path: join(folder, 'ttyUSB0') });
    await symlink(join(folder, 'ttyUSB0'), byId);
    const settings = { protocol: 'mep', security: 'digest', transport: 'serial', minIntervalMs: 0 } as const;
    meter = createMeter({ ...settings, port: byId, key: DEMO_KEY });
    meter.open();
    const before = await meter.readTable('BT23');
    assert.equal(before.meter.serial, simulated.serial);

    await unlink(byId);
    await served.close();
    await until(() => meter?.state === 'unreachable', 'the loss to be noticed');
    served = await servePty({ meter: simulated, path: join(folder, 'ttyUSB7') });
    await symlink(join(folder, 'ttyUSB7'), byId);

    await until(() => meter?.state === 'online', 'the meter to be back');
    assert.equal((await meter.readTable('BT23')).bytes.length, before.bytes.length);
    assert.equal(meter.status.counters.reconnects, 1);
  });
});
