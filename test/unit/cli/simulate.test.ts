import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { fromHex, toHex } from '../../../src/bytes/hex.js';
import { run } from '../../../src/cli/program.js';
import { addSimulateOptions, simulationSettings, type SimulateOptions } from '../../../src/cli/simulate-options.js';
import type { SimulationSettings } from '../../../src/internal.js';
import { DEMO_KEY, DEMO_OPTICAL_KEY } from '../../../src/simulator/index.js';
import { RecordedTerminal, type RecordedTerminalOptions, runCli } from '../../support/cli/recorded-terminal.js';

const OPTICAL = {
  rk: 'ABCDEFGHIJKLMNOPQRST',
  mk: 'TSRQPONMLKJIHGFEDCBA',
  packets: '64x2',
  'first-packet': 'silence',
  session: '60/30',
  lockout: '3/10',
};
const words = (options: Record<string, string>): string[] =>
  Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The settings of a command line. */
function settingsOf(...args: string[]): SimulationSettings {
  const command = addSimulateOptions(new Command('simulate')).parse(args, { from: 'user' });
  return simulationSettings(command.opts<SimulateOptions>());
}

/** Runs the command while `use` runs, with the address that it prints last. */
async function whileSimulating(
  args: readonly string[],
  options: RecordedTerminalOptions,
  use: (address: string, terminal: RecordedTerminal) => Promise<void>,
): Promise<void> {
  const terminal = new RecordedTerminal(options);
  const ended = run(['simulate', ...args], terminal);
  const listening = /^listening on (.+)$/m;
  await terminal.until(() => listening.test(terminal.output), ended);
  try {
    await use(listening.exec(terminal.output)![1]!, terminal);
  } finally {
    terminal.interrupt();
  }
  assert.equal(await ended, 0);
}

describe('nes-meter simulate', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nes-meter-'));
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });

  it('serves a Gen 3 meter on TCP port 2000 of this machine by default', () => {
    const { profile, tcp, pty } = settingsOf();
    assert.deepEqual([profile, tcp, pty], ['gen3', { host: '127.0.0.1', port: 2000 }, undefined]);
    assert.equal(settingsOf('--pty', '/tmp/x').tcp, undefined);
  });

  it('takes the address of its TCP port in both forms', () => {
    assert.deepEqual(settingsOf('--tcp', '0.0.0.0:4059').tcp, { host: '0.0.0.0', port: 4059 });
    assert.deepEqual(settingsOf('--tcp', '[::1]:0').tcp, { host: '::1', port: 0 });
    assert.deepEqual(settingsOf('--host', '0.0.0.0', '--tcp', '7').tcp, { host: '0.0.0.0', port: 7 });
  });

  it('takes the settings of the meter', () => {
    const mak = '11111111111111111111';
    const given = { profile: 'gen4', serial: '123', seed: '-7', speed: '0.5', baud: '9600', mbk: OPTICAL.rk, mak };
    const { tcp, pty, optical, ...meter } = settingsOf(
      ...words({ ...given, faults: 'drop=0.05, late-answer=1' }),
      '--alert',
      '--wants-tls',
    );
    assert.deepEqual(meter, {
      profile: 'gen4',
      serial: '123',
      seed: -7,
      speed: 0.5,
      baudRate: 9600,
      isAlertRaised: true,
      wantsTls: true,
      faults: { drop: 0.05, 'late-answer': 1 },
      mbk: bytesOf(OPTICAL.rk),
      mak: bytesOf(mak),
    });
    assert.deepEqual([tcp?.port, pty, optical], [2000, undefined, undefined]);
    assert.equal(settingsOf('--serial-number', '123').serial, '123');
    assert.equal(settingsOf('--security', 'tls').wantsTls, true);
    assert.equal(settingsOf('--security', 'rc4').wantsTls, false);
  });

  it('takes the settings of the optical port', () => {
    const { optical, faults } = settingsOf(
      '--optical',
      ...words(OPTICAL),
      '--echo',
      '--wants-tls',
      '--faults',
      'busy=0.1',
    );
    assert.deepEqual(optical, {
      keys: { RK: bytesOf(OPTICAL.rk), PK: bytesOf('NES-DEMO-PK-00000001'), MK: bytesOf(OPTICAL.mk) },
      negotiation: { packetSize: 64, packetCount: 2 },
      firstPacket: 'silence',
      denialOfService: { sessionMs: 60_000, holdOffMs: 30_000 },
      lockout: { allowed: 3, minutes: 10 },
      echoes: true,
      wantsTls: true,
    });
    assert.deepEqual(faults, { busy: 0.1 });
    const none = settingsOf('--optical', ...words({ packets: 'none', session: 'none', lockout: 'none' })).optical!;
    assert.deepEqual([none.negotiation, none.denialOfService, none.lockout], [null, null, null]);
    assert.ok(!('negotiation' in settingsOf('--optical').optical!), 'as its generation');
  });

  const wrong: [string[], RegExp][] = [
    [['--echo'], /--echo needs --optical/],
    [['--optical', '--packets', '64'], /--packets must be a number from 1 to 255/],
    [['--optical', '--packets', '32x2'], /--packets must be a number from 64/],
    [['--optical', '--first-packet', 'lost'], /--first-packet.*answered, nak, silence/],
    [['--optical', '--faults', 'wrong-digest=1'], /accepts drop.*not wrong-digest/],
    [['--profile', 'gen9'], /gen2, gen3, gen4/],
    [['--tcp', '70000'], /--tcp must be a number from 0 to 65535/],
    [['--tcp', 'here'], /--tcp must be a number/],
    [['--tcp', '0.0.0.0:7', '--host', '::1'], /once/],
    [['--seed', 'x'], /--seed/],
    [['--seed', ''], /--seed/],
    [['--faults', 'noise=0.1'], /accepts drop.*not noise/],
    [['--faults', 'drop=2'], /--faults drop must be a number from 0 to 1/],
    [['--faults', 'drop'], /--faults drop/],
    [['--nonsense'], /nonsense/],
  ];
  for (const [args, message] of wrong) {
    it(`refuses ${args.join(' ')} with one sentence`, async () => {
      const { exitCode, output, errors } = await runCli(['simulate', ...args]);
      assert.equal(exitCode, 2);
      assert.equal(output, '');
      assert.match(errors, message);
    });
  }

  it('names model, demo key and address, and is read by the other commands', async () => {
    await whileSimulating(['--tcp', '0', '--serial-number', '83334000001'], {}, async (address, terminal) => {
      assert.match(terminal.output, /^Simulated meter 83334000001: NES 83334/m);
      assert.ok(terminal.output.includes(DEMO_KEY));
      const read = await runCli(['read', 'BT28', '--tcp', address], { env: { NES_METER_KEY: DEMO_KEY } });
      assert.equal(read.exitCode, 0, read.errors);
    });
  });

  it('takes the key from the variable, a file, or an option, and never prints it', async () => {
    const key = 'abcdefghijklmnopqrst';
    const keyFile = join(folder, 'key');
    await writeFile(keyFile, `${key}\n`, { mode: 0o600 });
    const ways: [string[], RecordedTerminalOptions][] = [
      [[], { env: { NES_METER_KEY: key } }],
      [['--key-file', keyFile], {}],
      [['--mbk', key], { env: { NES_METER_KEY: DEMO_KEY } }],
    ];
    for (const [args, options] of ways) {
      await whileSimulating(['--tcp', '0', ...args], options, async (address, terminal) => {
        const read = await runCli(['read', 'BT01', '--tcp', address], { env: { NES_METER_KEY: key } });
        assert.equal(read.exitCode, 0, read.errors);
        assert.ok(!`${terminal.output}${terminal.errors}`.includes(key));
      });
    }
  });

  it('takes the key of the optical port from the variable', async () => {
    const env = { NES_METER_KEY: 'abcdefghijklmnopqrst' };
    await whileSimulating(['--tcp', '0', '--optical'], { env }, async (address, terminal) => {
      assert.match(terminal.output, /^ {2}protocol optical$/m);
      assert.ok(!terminal.output.includes(DEMO_OPTICAL_KEY));
      const read = await runCli(['read', 'BT01', '--optical', '--tcp', address], { env });
      assert.equal(read.exitCode, 0, read.errors);
    });
  });

  it('serves the optical port instead of the MEP port', async () => {
    await whileSimulating(['--tcp', '0', '--optical', '--profile', 'gen4'], {}, async (address) => {
      const socket = connect(Number(address.split(':')[1]), '127.0.0.1');
      socket.write(fromHex('EE 00 00 00 00 01 20 13 10')!);
      const received: number[] = [];
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        received.push(...chunk);
        if (received.length >= 14) break;
      }
      assert.equal(toHex(Uint8Array.from(received)), '06 EE 00 00 00 00 05 00 00 01 00 00 C6 B5');
    });
  });

  it('ends with 3 when its TCP port is taken', async () => {
    await whileSimulating(['--tcp', '0'], {}, async (address) => {
      const { exitCode, errors } = await runCli(['simulate', '--tcp', address]);
      assert.equal(exitCode, 3);
      assert.match(errors, /port-busy/);
    });
  });

  it('refuses options that look like the key of a real meter', async () => {
    for (const args of [
      ['--key', DEMO_KEY],
      ['--advanced-key', DEMO_KEY],
    ]) {
      const { exitCode, errors } = await runCli(['simulate', ...args]);
      assert.equal(exitCode, 2);
      assert.ok(!errors.includes(DEMO_KEY));
    }
    assert.equal((await runCli(['read', 'BT28', '--mbk', DEMO_KEY])).exitCode, 2);
  });
});
