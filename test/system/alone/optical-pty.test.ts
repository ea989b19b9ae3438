import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMeter, probe, type MeterSettings } from '../../../src/connect/index.js';
import type { Meter } from '../../../src/meter/index.js';
import {
  DEMO_OPTICAL_KEY,
  type OpticalBehaviour,
  opticalBehaviour,
  SimulatedOpticalPort,
  PROCESS_TIMING,
  type ProfileName,
  type ServedMeter,
  servePty,
  SimulatedMeter,
} from '../../../src/simulator/index.js';
import { rejectsWith } from '../../support/assert-error.js';
import { hasSocat } from '../../support/line/pty-pair.js';
import { until } from '../../support/until.js';

const WRONG_KEY = 'NES-DEMO-RK-00000002';

describe('The optical port on a pseudo-terminal', () => {
  let folder: string;
  let path: string;
  let simulated: SimulatedMeter;
  let port: SimulatedOpticalPort;
  let served: ServedMeter | undefined;
  let meter: Meter | undefined;

  before(function () {
    if (!hasSocat) this.skip();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nes-meter-optical-'));
    path = join(folder, 'head');
  });
  afterEach(async () => {
    await meter?.close();
    meter = undefined;
    await served?.close();
    served = undefined;
    rmSync(folder, { recursive: true });
  });

  async function serve(profile: ProfileName, behaviour: Partial<OpticalBehaviour> = {}): Promise<void> {
    simulated = new SimulatedMeter({ profile, speed: 0 });
    port = new SimulatedOpticalPort(simulated, opticalBehaviour(profile, behaviour));
    await plugIn();
  }

  async function plugIn(): Promise<void> {
    const timing = { ...PROCESS_TIMING, baudRate: 9_600 };
    served = await servePty({ meter: simulated, optical: port, timing, path });
  }

  function settings(own: Partial<MeterSettings> = {}): MeterSettings {
    return {
      protocol: 'optical',
      transport: 'serial',
      security: 'digest',
      port: path,
      dtr: 'leave',
      rts: 'leave',
      key: DEMO_OPTICAL_KEY,
      minIntervalMs: 0,
      ...own,
    };
  }

  function open(own: Partial<MeterSettings> = {}): Meter {
    meter = createMeter(settings(own));
    meter.open();
    return meter;
  }

  for (const [profile, own] of [
    ['gen2', {}],
    ['gen3', { packetSize: 128, packetCount: 4 }],
    ['gen4', { packetSize: 512, packetCount: 1, sessionMode: 'kept' }],
  ] as const) {
    it(`reads what a ${profile} meter has, in packets of its size, and ends every session`, async () => {
      await serve(profile);
      const reader = open(own);
      for (const name of ['BT23', 'BT28']) {
        const { bytes, meter: description } = await reader.readTable(name);
        assert.deepEqual(bytes, simulated.image(name));
        assert.equal(description.serial, simulated.serial);
      }
      await reader.close();
      assert.deepEqual(port.counters, { ...port.counters, sessions: 1, terminations: 1, writes: 0, wrongKeys: 0 });
    });
  }

  it('reads beside its own reflection, and knows of it', async () => {
    await serve('gen3', { echoes: true });
    const reader = open();
    assert.deepEqual((await reader.readTable('BT28')).bytes, simulated.image('BT28'));
    assert.ok(reader.counters.echoes > 0);
  });

  it('gives a wrong key once, and never again', async () => {
    await serve('gen3', { lockout: { allowed: 1, minutes: 5 } });
    const reader = open({ key: WRONG_KEY });
    for (let times = 0; times < 3; times++) await rejectsWith(reader.readTable('BT28'), 'key-rejected');
    assert.equal(port.counters.wrongKeys, 1);
    await reader.close();
    const report = await probe(settings());
    assert.equal(report.ok, true, 'the port is not locked, and the session was ended');
  });

  it('names a meter that demands TLS', async () => {
    await serve('gen4', { wantsTls: true });
    assert.equal((await probe(settings())).error?.code, 'optical-tls-required');
  });

  it('goes on by itself when the adapter comes back', async () => {
    await serve('gen3');
    const reader = open();
    assert.equal((await reader.readTable('BT23')).bytes.length, 220);
    const reading = rejectsWith(reader.readTable('BT28'), 'connection-lost');
    await served?.close();
    await reading;
    await rejectsWith(reader.readTable('BT28'), 'connection-lost');
    await plugIn();
    await until(async () => {
      const bytes = await reader.readTable('BT28').then(
        (reading) => reading.bytes,
        () => undefined,
      );
      return bytes?.length === 220;
    }, 'a reading after the adapter came back');
  });
});
