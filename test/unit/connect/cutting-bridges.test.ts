import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createMeter, type MeterSettings, probe } from '../../../src/connect/index.js';
import { isMeterError } from '../../../src/errors.js';
import type { Meter } from '../../../src/meter/index.js';
import {
  DEMO_KEY,
  DEMO_OPTICAL_KEY,
  METER_TIMING,
  type SimulatorTransport,
  simulatorTransport,
} from '../../../src/simulator/index.js';
import { Random } from '../../../src/simulator/random.js';
import type { Transport } from '../../../src/transport/transport.js';
import { FakeClock } from '../../support/fake-clock.js';

/** How a bridge changes received bytes, given their position in the answer. */
type Damage = (bytes: Uint8Array, before: number) => Uint8Array;

const cutAfter =
  (most: number): Damage =>
  (bytes, before) =>
    bytes.slice(0, Math.max(0, most - before));
const withoutFlowControl: Damage = (bytes) => bytes.filter((byte) => byte !== 0x11 && byte !== 0x13);

function damaged(transport: Transport, damage: Damage): Transport {
  let before = 0;
  return {
    description: transport.description,
    close: () => transport.close(),
    write: (bytes) => {
      before = 0;
      return transport.write(bytes);
    },
    open: (events, signal) =>
      transport.open(
        {
          closed: events.closed.bind(events),
          data: (bytes) => {
            const left = damage(bytes, before);
            before += bytes.length;
            if (left.length > 0) events.data(left);
          },
        },
        signal,
      ),
  };
}

const whole: Damage = (bytes) => bytes;

/** Noise that loses, cuts and changes bytes; half of the cuts are at one place, as where a whole segment is lost. */
function noisy(
  bytes: Uint8Array,
  before: number,
  { random, rate, place }: { readonly random: Random; readonly rate: number; readonly place: number },
): Uint8Array {
  if (!random.chance(rate / 100)) return bytes;
  if (random.chance(0.5)) return cutAfter(place)(bytes, before);
  if (random.chance(0.5)) return bytes.slice(0, random.integer(0, bytes.length));
  const changed = bytes.slice();
  const at = random.integer(0, changed.length - 1);
  changed[at] = (changed[at] ?? 0) ^ (1 << random.integer(0, 7));
  return changed;
}

const TCP = { transport: 'tcp', host: '127.0.0.1', tcpPort: 2_000, minIntervalMs: 0 } as const;
const MEP: MeterSettings = { ...TCP, protocol: 'mep', security: 'digest', key: DEMO_KEY };
const OPTICAL: MeterSettings = { ...TCP, protocol: 'optical', security: 'digest', key: DEMO_OPTICAL_KEY };
const LONG_OPTICAL: MeterSettings = { ...OPTICAL, packetSize: 512 };

interface Stage {
  readonly clock: FakeClock;
  readonly simulator: SimulatorTransport;
  readonly makeTransport: () => Transport;
}

function behind(damage: Damage, { protocol, security }: MeterSettings): Stage {
  const clock = new FakeClock();
  const timing = { ...METER_TIMING, baudRate: 9_600 };
  const simulator = simulatorTransport({ clock, protocol, timing, profile: 'gen4', wantsTls: security === 'tls' });
  return { clock, simulator, makeTransport: () => damaged(simulator, damage) };
}

function opened({ clock, makeTransport }: Stage, settings: MeterSettings): Meter {
  const meter = createMeter(settings, { clock, makeTransport });
  meter.open();
  return meter;
}

describe('A bridge that does not pass on all bytes of an answer', () => {
  for (const [most, settings, received] of [
    [64, MEP, 64],
    [128, MEP, 128],
    [200, MEP, 200],
    [300, MEP, 300],
    [480, MEP, undefined],
    [128, { ...MEP, security: 'rc4' }, 128],
    [200, { ...MEP, security: 'rc4' }, 200],
    [200, { ...MEP, security: 'tls' }, 200],
    [300, { ...MEP, security: 'tls' }, 300],
    [128, OPTICAL, undefined],
    [100, { ...OPTICAL, packetSize: 256 }, 99],
    [128, { ...OPTICAL, packetSize: 512 }, 127],
  ] as const) {
    const way = [settings.protocol, settings.security, 'packetSize' in settings ? settings.packetSize : ''].join(' ');
    it(`is read through in pieces where ${most} bytes pass: ${way}`, async () => {
      const stage = behind(cutAfter(most), settings);
      const meter = opened(stage, settings);
      const limits = new Set<number | undefined>();
      meter.onStatusChange(() => limits.add(meter.status.answerLimit?.received));
      for (const table of ['BT28', 'BT23', 'BT28']) {
        const { table: extent, bytes } = await stage.clock.run(meter.readTable(table));
        assert.ok(extent.complete && bytes.length > 100, table);
      }
      assert.equal(meter.state, 'online');
      const measured = [...limits].filter((limit) => limit !== undefined);
      assert.deepEqual(measured, received === undefined ? [] : [received], 'it is learnt once');
      const { timeouts } = meter.counters;
      for (let turn = 0; turn < 5; turn++) await stage.clock.run(meter.readTable('BT28'));
      assert.equal(meter.counters.timeouts, timeouts, 'no more is asked for than gets through');
      await stage.clock.run(meter.close());
    });
  }

  for (const settings of [MEP, { ...MEP, security: 'rc4' }] as const) {
    it(`is read through in pieces where a single byte is cut: ${settings.security}`, async () => {
      let longest = 0;
      const measured: Damage = (bytes, before) => {
        longest = Math.max(longest, before + bytes.length);
        return bytes;
      };
      const intact = behind(measured, settings);
      const first = opened(intact, settings);
      await intact.clock.run(first.readTable('BT28'));
      await intact.clock.run(first.close());
      const stage = behind(cutAfter(longest - 1), settings);
      const meter = opened(stage, settings);
      const { bytes } = await stage.clock.run(meter.readTable('BT28'));
      assert.ok(bytes.length > 100);
      assert.equal(meter.status.answerLimit?.received, longest - 1);
      const { timeouts } = meter.counters;
      await stage.clock.run(meter.readTable('BT28'));
      assert.equal(meter.counters.timeouts, timeouts);
      await stage.clock.run(meter.close());
    });
  }

  it('is asked for long answers again after a day, and no reading is lost', async () => {
    let isCutting = true;
    const damage: Damage = (bytes, before) => (isCutting ? cutAfter(128)(bytes, before) : bytes);
    const stage = behind(damage, MEP);
    const meter = opened(stage, MEP);
    const read = async (): Promise<void> => {
      const { bytes } = await stage.clock.run(meter.readTable('BT28'));
      assert.ok(bytes.length > 100);
    };
    const limit = (): number | null => meter.status.answerLimit?.received ?? null;
    await read();
    assert.equal(limit(), 128);
    const { timeouts } = meter.counters;
    for (let hour = 0; hour < 23; hour++) {
      await stage.clock.advance(3_600_000);
      await read();
    }
    assert.equal(meter.counters.timeouts, timeouts);
    await stage.clock.advance(2 * 3_600_000);
    for (let turn = 0; turn < 3; turn++) await read();
    assert.equal(limit(), 128, 'it is still cut');
    isCutting = false;
    await stage.clock.advance(25 * 3_600_000);
    for (let turn = 0; turn < 3; turn++) await read();
    assert.equal(limit(), null);
    await stage.clock.run(meter.close());
  });

  it('is reported by a test of the connection, which reads BT28 whole', async () => {
    const { clock, makeTransport } = behind(cutAfter(128), MEP);
    const report = await clock.run(probe(MEP, { clock, makeTransport }));
    assert.equal(report.ok, true, report.error?.message);
    assert.deepEqual(report.answerLimit?.received, 128);
  });

  it('is named where not even small pieces get through', async () => {
    const stage = behind(cutAfter(26), MEP);
    const meter = opened(stage, MEP);
    const code = await stage.clock.run(codeOf(meter.readTable('BT28')));
    assert.match(code, /^(answer-cut|unreadable-answer)$/);
    await stage.clock.run(meter.close());
  });

  for (const settings of [MEP, { ...MEP, security: 'rc4' }] as const) {
    it(`is detected where it swallows the bytes of XON and XOFF: ${settings.security}`, async () => {
      const stage = behind(withoutFlowControl, settings);
      const meter = opened(stage, settings);
      const codes: string[] = [];
      for (let turn = 0; turn < 6; turn++) codes.push(await stage.clock.run(codeOf(meter.readTable('BT28'))));
      assert.equal(meter.status.answerLimit, null);
      assert.ok(codes.includes('bridge-flow-control'), codes.join());
      await stage.clock.run(meter.close());
    });
  }

  for (const settings of [MEP, OPTICAL, LONG_OPTICAL]) {
    const way = `${settings.protocol} ${settings.packetSize ?? ''}`;
    it(`is named by a connection test where it swallows bytes; no settings are tried: ${way}`, async () => {
      const { clock, makeTransport } = behind(withoutFlowControl, settings);
      const trials: unknown[] = [];
      const onTrial = (changes: unknown): void => void trials.push(changes);
      const report = await clock.run(probe(settings, { clock, makeTransport, onTrial }));
      assert.equal(report.error?.code, 'bridge-flow-control');
      assert.deepEqual(trials, []);
    });
  }

  for (const settings of [MEP, { ...MEP, security: 'rc4' }, { ...MEP, security: 'tls' }, LONG_OPTICAL] as const) {
    const way = `${settings.protocol} ${settings.security}`;

    it(`is doubted where the line is noisy, and tried again within minutes: ${way}`, async () => {
      let [damage, broken] = [whole, 0];
      const stage = behind((bytes, before) => damage(bytes, before), settings);
      const meter = opened(stage, settings);
      await stage.clock.run(meter.readTable('BT28'));
      damage = (bytes, before) => (before === 0 && broken++ === 0 ? bytes.slice(0, 3) : bytes);
      await stage.clock.run(meter.readTable('BT28'));
      damage = cutAfter(200);
      for (let turn = 0; turn < 3; turn++) await stage.clock.run(codeOf(meter.readTable('BT28')));
      assert.notEqual(meter.status.answerLimit, null);
      damage = whole;
      await stage.clock.advance(130_000);
      const { bytes } = await stage.clock.run(meter.readTable('BT28'));
      assert.ok(bytes.length > 100);
      assert.equal(meter.status.answerLimit, null);
      await stage.clock.run(meter.close());
    });

    it(`is not assumed minutes after the noise has ended: ${way}`, async () => {
      const noise = fc.record({
        rate: fc.integer({ min: 5, max: 30 }),
        seed: fc.integer(),
        place: fc.integer({ min: 20, max: 150 }),
      });
      await fc.assert(
        fc.asyncProperty(noise, async ({ rate, seed, place }) => {
          const random = new Random(seed);
          let isNoisy = false;
          const stage = behind(
            (bytes, before) => (isNoisy ? noisy(bytes, before, { random, rate, place }) : bytes),
            settings,
          );
          const meter = opened(stage, settings);
          await stage.clock.run(meter.readTable('BT28'));
          isNoisy = true;
          for (let turn = 0; turn < 30; turn++) await stage.clock.run(codeOf(meter.readTable('BT28')));
          isNoisy = false;
          await stage.clock.advance(180_000);
          for (let turn = 0; turn < 3; turn++) await stage.clock.run(codeOf(meter.readTable('BT28')));
          assert.equal(meter.status.answerLimit, null);
          await stage.clock.run(meter.close());
        }),
        { numRuns: 4, seed: 7 },
      );
    });
  }

  it('is not suspected where noise breaks answers here and there', async () => {
    let seed = 7;
    const noisy: Damage = (bytes) =>
      bytes.filter(() => {
        seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
        return seed % 1_500 > 0;
      });
    const stage = behind(noisy, MEP);
    const meter = opened(stage, MEP);
    for (let turn = 0; turn < 40; turn++) await stage.clock.run(codeOf(meter.readTable('BT28')));
    assert.equal(meter.status.answerLimit, null);
    await stage.clock.run(meter.close());
  });
});

/** The code of the error with which a reading fails; `read` if it does not fail. */
async function codeOf(reading: Promise<unknown>): Promise<string> {
  return reading.then(
    () => 'read',
    (error: unknown) => (isMeterError(error) ? error.code : assert.fail(String(error))),
  );
}
