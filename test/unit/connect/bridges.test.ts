import assert from 'node:assert/strict';
import { createMeter, type MeterSettings, probe } from '../../../src/connect/index.js';
import type { Meter } from '../../../src/meter/index.js';
import {
  DEMO_KEY,
  DEMO_OPTICAL_KEY,
  METER_TIMING,
  type SimulatorTransport,
  simulatorTransport,
} from '../../../src/simulator/index.js';
import { rejectsWith } from '../../support/assert-error.js';
import { bridged, type BridgeBehaviour } from '../../support/line/bridge.js';
import { FakeClock } from '../../support/fake-clock.js';

const TCP = { transport: 'tcp', host: '127.0.0.1', tcpPort: 2_000, minIntervalMs: 0 } as const;
const MEP = { ...TCP, protocol: 'mep', key: DEMO_KEY } as const;
const WAYS: Record<string, MeterSettings> = {
  digest: { ...MEP, security: 'digest' },
  rc4: { ...MEP, security: 'rc4' },
  tls: { ...MEP, security: 'tls' },
  optical: { ...TCP, protocol: 'optical', security: 'digest', key: DEMO_OPTICAL_KEY },
};

interface Stage {
  readonly clock: FakeClock;
  readonly meter: Meter;
  readonly simulator: SimulatorTransport;
}

function far(
  settings: MeterSettings,
  behaviour: BridgeBehaviour,
): Stage & { makeTransport: () => ReturnType<typeof bridged> } {
  const clock = new FakeClock();
  const { protocol, security } = settings;
  const timing = { ...METER_TIMING, baudRate: 9_600 };
  const simulator = simulatorTransport({ clock, protocol, timing, profile: 'gen4', wantsTls: security === 'tls' });
  const makeTransport = () => bridged(simulator, clock, behaviour);
  return { clock, simulator, makeTransport, meter: createMeter(settings, { clock, makeTransport }) };
}

/** Alternates reads of BT28 and BT23; each answer must be one that the meter gave during the read. */
async function readTurns({ clock, meter, simulator }: Stage, turns: number): Promise<void> {
  const served: string[] = [];
  const note = ({ data }: { readonly data: Uint8Array | undefined }): void => {
    if (data) served.push(Buffer.from(data).toString('hex'));
  };
  simulator.meter.onExchange(note);
  simulator.optical.onExchange(note);
  meter.open();
  for (let turn = 0; turn < turns; turn++) {
    served.length = 0;
    const { bytes, table } = await clock.run(meter.readTable(turn % 2 === 0 ? 'BT28' : 'BT23'));
    assert.equal(table.complete, true);
    const hex = Buffer.from(bytes).toString('hex');
    assert.ok(isMadeOf(hex, served), `${table.id} of turn ${turn} is not what the meter sent`);
  }
}

/** True if a text consists of the pieces, in any order, each used any number of times. */
function isMadeOf(text: string, pieces: readonly string[]): boolean {
  if (text === '') return true;
  return pieces.some((piece) => piece !== '' && text.startsWith(piece) && isMadeOf(text.slice(piece.length), pieces));
}

describe('A meter behind a network bridge', () => {
  for (const [way, settings] of Object.entries(WAYS)) {
    // A meter ends a session at the optical port after 6 s without a packet, which limits the delay.
    for (const latencyMs of [50, 600, 1_500, settings.protocol === 'optical' ? 2_000 : 3_000]) {
      it(`is read over ${way} though each way takes ${latencyMs} ms`, async () => {
        const stage = far(settings, { latencyMs });
        await readTurns(stage, 4);
        assert.equal(stage.meter.state, 'online');
        await stage.clock.run(stage.meter.close());
      });
    }
    for (const [gapMs, gapAfter] of [
      [400, 5],
      [2_000, 5],
      // Four bytes of the answer to a read of BT01 are late.
      [1_000, 25],
    ] as const) {
      it(`is read over ${way} though each answer has a gap of ${gapMs} ms after ${gapAfter} bytes`, async () => {
        const stage = far(settings, { latencyMs: 20, gapMs, gapAfter });
        await readTurns(stage, 4);
        await stage.clock.run(stage.meter.close());
      });
    }

    it(`names telnet, not a rejected key, over ${way} when the bridge speaks telnet`, async () => {
      const { clock, makeTransport, meter } = far(settings, { latencyMs: 20, isTelnet: true });
      const states: string[] = [];
      meter.onStateChange((state) => states.push(state));
      meter.open();
      const error = await rejectsWith(clock.run(untilItFails(meter)), 'bridge-telnet');
      assert.ok(error.cause, 'the cause is kept');
      assert.ok(states.includes('silent'), states.join());
      assert.ok(!states.includes('key-rejected'), states.join());
      await clock.run(meter.close());
      const trials: unknown[] = [];
      const report = await clock.run(probe(settings, { clock, makeTransport, onTrial: (trial) => trials.push(trial) }));
      if (!report.ok) assert.deepEqual([report.error?.code, report.received], ['bridge-telnet', 'rubbish']);
      assert.deepEqual(trials, [], 'no other settings help');
    });
  }

  it('is asked at most once more when the duration of its responses is known', async () => {
    for (const settings of [WAYS['digest']!, WAYS['tls']!]) {
      const stage = far(settings, { latencyMs: 1_500 });
      await readTurns(stage, 4);
      const { retries } = stage.meter.counters;
      await readTurns({ ...stage, meter: stage.meter }, 10);
      assert.equal(stage.meter.counters.retries, retries);
      await stage.clock.run(stage.meter.close());
    }
  });

  it('is given up as soon as on a cable where it is silent: within a few seconds', async () => {
    const stage = far(WAYS['digest']!, { latencyMs: 20 });
    await readTurns(stage, 2);
    stage.simulator.meter.isStuck = true;
    const begun = stage.clock.now();
    await rejectsWith(stage.clock.run(stage.meter.readTable('BT28')), 'no-answer');
    assert.ok(stage.clock.now() - begun < 8_000, `${stage.clock.now() - begun} ms`);
    await stage.clock.run(stage.meter.close());
  });
});

/** Reads until a read fails: some answers contain no byte that telnet changes. */
async function untilItFails(meter: Meter): Promise<void> {
  for (let read = 0; read < 200; read++) await meter.readTable(read % 2 === 0 ? 'BT28' : 'BT23');
}
