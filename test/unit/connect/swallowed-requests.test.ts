import assert from 'node:assert/strict';
import { createMeter, type MeterSettings } from '../../../src/connect/index.js';
import { isMeterError } from '../../../src/errors.js';
import type { Meter } from '../../../src/meter/index.js';
import { DEMO_KEY, METER_TIMING, type SimulatorTransport, simulatorTransport } from '../../../src/simulator/index.js';
import type { Transport } from '../../../src/transport/transport.js';
import { FakeClock } from '../../support/fake-clock.js';

/** The bytes of a message that reach the meter. */
type Passed = (message: Uint8Array) => Uint8Array;

const TCP = { transport: 'tcp', host: '127.0.0.1', tcpPort: 2_000, minIntervalMs: 0 } as const;
const MEP: MeterSettings = { ...TCP, protocol: 'mep', security: 'digest', key: DEMO_KEY };
const RC4: MeterSettings = { ...MEP, security: 'rc4' };
const TLS: MeterSettings = { ...MEP, security: 'tls' };

/** Without a byte of flow control in it or near it. */
const FIRST_NUMBER = 0x01020384;

const isFlowControl = (byte: number): boolean => byte === 0x11 || byte === 0x13;
const withoutFlowControl: Passed = (message) => message.filter((byte) => !isFlowControl(byte));

interface Stage {
  readonly clock: FakeClock;
  readonly meter: Meter;
  read(): Promise<string>;
}

interface Bridge {
  readonly clock: FakeClock;
  readonly simulator: SimulatorTransport;
  isOpen: boolean;
  readonly makeTransport: () => Transport;
}

/** @param passed what the bridge does while it is not open for everything */
function bridge(settings: MeterSettings, passed: Passed): Bridge {
  const clock = new FakeClock();
  const { protocol, security } = settings;
  const timing = { ...METER_TIMING, baudRate: 9_600 };
  const simulator = simulatorTransport({ clock, protocol, timing, wantsTls: security === 'tls' });
  const made: Bridge = {
    clock,
    simulator,
    isOpen: false,
    makeTransport: () => ({
      description: simulator.description,
      open: (events, signal) => simulator.open(events, signal),
      close: () => simulator.close(),
      write: (bytes) => simulator.write(made.isOpen ? bytes : passed(bytes)),
    }),
  };
  return made;
}

async function behind(settings: MeterSettings, passed: Passed): Promise<Stage> {
  const made = bridge(settings, passed);
  const { clock, simulator, makeTransport } = made;
  const meter = createMeter(settings, { clock, makeTransport });
  made.isOpen = true;
  meter.open();
  const read = (): Promise<string> => clock.run(codeOf(meter.readTable('BT28')));
  // The first number is random, and the bytes of the next ones follow from it: only after that is each run the same.
  assert.equal(await read(), 'read');
  await clock.run(meter.close());
  made.isOpen = false;
  simulator.meter.port.sequence = FIRST_NUMBER;
  meter.open();
  return { clock, meter, read };
}

async function codesOf(stage: Stage, readings: number): Promise<string[]> {
  const codes: string[] = [];
  for (let turn = 0; turn < readings; turn++) {
    codes.push(await stage.read());
    await stage.clock.advance(1_000);
  }
  await stage.clock.run(stage.meter.close());
  return codes;
}

describe('A bridge that removes XON and XOFF from requests', () => {
  for (const settings of [RC4, TLS]) {
    it(`is named, and readings whose requests hold none go on: ${settings.security}`, async () => {
      const codes = await codesOf(await behind(settings, withoutFlowControl), 150);
      const named = codes.filter((code) => code === 'bridge-flow-control').length;
      assert.ok(named > 0, [...new Set(codes)].join());
      assert.ok(codes.filter((code) => code === 'read').length > 15);
    });
  }
});

describe('A meter that is not answering for other reasons', () => {
  for (const settings of [MEP, RC4, TLS]) {
    it(`is not blamed on the bridge where messages are lost at random: ${settings.security}`, async () => {
      for (const lost of [0.2, 0.5, 0.7]) {
        let state = 99;
        const atRandom: Passed = (message) => {
          state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
          return state / 2 ** 31 < lost ? new Uint8Array(0) : message;
        };
        const codes = await codesOf(await behind(settings, atRandom), 60);
        assert.ok(!codes.includes('bridge-flow-control'), `${lost}`);
      }
    });
  }

  it('is not blamed on the bridge where it is away again and again', async () => {
    let messages = 0;
    const away: Passed = (message) => (messages++ % 40 < 12 ? new Uint8Array(0) : message);
    const codes = await codesOf(await behind(MEP, away), 100);
    assert.ok(codes.includes('no-answer'));
    assert.ok(!codes.includes('bridge-flow-control'));
  });
});

async function codeOf(reading: Promise<unknown>): Promise<string> {
  return reading.then(
    () => 'read',
    (error: unknown) => (isMeterError(error) ? error.code : assert.fail(String(error))),
  );
}
