import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../src/cli/program.js';
import {
  DEMO_KEY,
  opticalBehaviour,
  SimulatedOpticalPort,
  type ServedMeter,
  serveTcp,
  SimulatedMeter,
} from '../../../src/simulator/index.js';
import { RecordedTerminal, runCli } from '../../support/cli/recorded-terminal.js';

interface ReadJson {
  meter: { serial: string };
  table: { id: string; length: number; complete: boolean };
  raw: string;
  payload: Record<string, number | null>;
  registers: unknown[];
}
interface DumpJson {
  meter: { serial: string; dimensions: Record<string, unknown> };
  tables: { id: string; raw?: string; refused?: { code: string } }[];
}
const SERIAL = '87654321';

describe('the command line with a simulated meter in its process', () => {
  it('probes', async () => {
    const { output, errors, exitCode } = await runCli(['probe', '--simulator', 'gen4']);
    assert.match(output, /^Port +simulated meter \(gen4\)$/m);
    assert.match(output, /^Key +accepted$/m);
    assert.match(output, /^Firmware +\d+\.\d+\.\d+$/m);
    assert.equal(errors, '');
    assert.equal(exitCode, 0);
  });

  it('probes for programs', async () => {
    const report = JSON.parse((await runCli(['probe', '--simulator', '--json'])).output) as Record<string, unknown>;
    assert.equal(report['ok'], true);
    assert.equal(report['heard'], 'answers');
    assert.equal(report['security'], 'digest');
  });

  it('probes and reads through the optical port', async () => {
    const probed = await runCli(['probe', '--simulator', 'gen4', '--optical']);
    assert.match(probed.output, /^Protocol +optical port \(C12\.18\)$/m);
    assert.match(probed.output, /^Key +accepted$/m);
    const { output, exitCode } = await runCli(['read', 'BT23', '--simulator', 'gen4', '--optical']);
    assert.match(output, /^BT23 Current Register Data, \d+ bytes, meter \d+, 20/);
    assert.equal(exitCode, 0);
    const refused = await runCli(['read', 'ET51', '--simulator', 'gen4', '--optical']);
    assert.match(refused.errors, /no-permission/);
    assert.equal(refused.exitCode, 1);
  });

  it('probes and reads a port that is set to TLS, with the key that it names', async () => {
    const probed = await runCli(['probe', '--simulator', 'gen4', '--security', 'tls']);
    assert.match(probed.output, /^Protocol +MEP, tls security$/m);
    const meter = new SimulatedMeter({ profile: 'gen4', wantsTls: true });
    const served = await serveTcp({ meter, port: 0 });
    const at = ['--tcp', served.address, '--key-format', 'hex'];
    const env = { NES_METER_KEY: '01'.repeat(16) };
    try {
      const read = await runCli(['read', 'BT28', ...at, '--security', 'tls', '--advanced'], { env });
      assert.equal(read.errors, '');
      assert.match(read.output, /^BT28 Present Register Data, \d+ bytes/);
      const plain = await runCli(['probe', ...at], { env });
      assert.match(plain.errors, /session-required/);
      assert.match(plain.errors, /--security tls/);
    } finally {
      await served.close();
    }
  });

  it('reads registers as a table', async () => {
    const { output, exitCode } = await runCli(['read', 'BT28', '--simulator']);
    assert.match(output, /^BT28 Present Register Data, \d+ bytes, meter \d+, 20/);
    assert.match(output, /^Voltage L1 +2[234]\d\.\d{3} +V +1-0:32\.7\.0 +15$/m);
    assert.equal(exitCode, 0);
  });

  it('reads a part, as JSON', async () => {
    const { output } = await runCli(['read', '--simulator', 'BT23', '--offset', '4', '--count', '4', '--json']);
    const { table, payload, registers, raw } = JSON.parse(output) as ReadJson;
    assert.equal(table.complete, false);
    assert.equal(registers.length, 1);
    assert.equal(typeof payload['activeEnergyExport'], 'number');
    assert.equal(payload['activeEnergyImport'], null);
    assert.equal(raw.split(' ').length, 4);
  });

  it('reads a part of any table by its fields', async () => {
    const { output } = await runCli(['read', 'BT01', '--offset', '4', '--count', '8', '--simulator', '--json']);
    const { values } = JSON.parse(output) as { values: Record<string, unknown> };
    assert.equal(values['model'], '83334-3I');
    assert.equal(values['manufacturer'], null);
  });

  it('reads raw bytes', async () => {
    const { output } = await runCli(['read', 'BT01', '--simulator', '--raw', '--count', '4']);
    assert.equal(output, '4E 45 53 20\n');
  });

  it('refuses an offset beyond the end of a table', async () => {
    const { errors, exitCode } = await runCli(['read', 'BT01', '--simulator', '--offset', '4000']);
    assert.match(errors, /beyond the end/);
    assert.equal(exitCode, 2);
  });

  it('takes no key to the simulated meter', async () => {
    const { exitCode } = await runCli(['read', 'BT01', '--simulator'], {
      env: { NES_METER_KEY: 'ANOTHERKEY0123456789' },
    });
    assert.equal(exitCode, 0);
  });

  it('watches with one line of JSON for each reading', async () => {
    const words = ['watch', 'BT23', 'BT28', '--simulator', '--interval', '1', '--rounds', '2'];
    const { output, exitCode } = await runCli(words);
    const lines = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { table: string; payload: Record<string, number> });
    assert.deepEqual(
      lines.map(({ table }) => table),
      ['BT23', 'BT28', 'BT23', 'BT28'],
    );
    assert.equal(typeof lines[1]?.payload['voltageL1'], 'number');
    assert.equal(exitCode, 0);
  });

  it('watches on a screen until Ctrl-C', async () => {
    const terminal = new RecordedTerminal({ isScreen: true });
    const ended = run(['watch', '--simulator', '--interval', '60'], terminal);
    await terminal.until(() => terminal.output.includes('Ctrl-C ends.'), ended);
    assert.match(terminal.output, /Voltage L1 +2[234]\d/);
    terminal.interrupt();
    assert.equal(await ended, 0);
    assert.equal(terminal.errors, '');
  });

  it('dumps tables with their values, and the refusals', async () => {
    const { output, errors, exitCode } = await runCli(['dump', 'BT01', 'BT28', 'ET80', '--simulator', 'gen2']);
    const { tables, meter } = JSON.parse(output) as DumpJson;
    assert.deepEqual(
      tables.map(({ id }) => id),
      ['BT01', 'BT28', 'ET80'],
    );
    assert.match(tables[0]?.raw ?? '', /^454C4F4E/);
    assert.ok(tables[2]?.refused);
    assert.ok(meter.dimensions['BT27']);
    assert.match(errors, /^1\/3 BT01 /);
    assert.match(errors, /2 tables read, 1 refused/);
    assert.equal(exitCode, 0);
  });
});

describe('a dump of tables that have nothing in them', () => {
  it('reports it and continues', async () => {
    const { output, exitCode } = await runCli(['dump', 'BT67', 'BT01', '--simulator', 'gen4']);
    const { tables } = JSON.parse(output) as DumpJson;
    assert.deepEqual(
      tables.map(({ id, raw }) => [id, raw?.length]),
      [
        ['BT67', 0],
        ['BT01', 48],
      ],
    );
    assert.equal(exitCode, 0);
  });
});

describe('the command line with a meter on the network', () => {
  let folder: string;
  let served: ServedMeter;
  let at: string[];
  let meter: SimulatedMeter;
  const env = { NES_METER_KEY: DEMO_KEY };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nes-meter-'));
    meter = new SimulatedMeter({ serial: SERIAL });
    served = await serveTcp({ meter, port: 0 });
    at = ['--tcp', served.address];
  });
  const others: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of others.splice(0)) await close();
  });
  after(async () => {
    await served.close();
    await rm(folder, { recursive: true });
  });

  it('takes the key from the variable, a file, or a person', async () => {
    const keyFile = join(folder, 'key');
    await writeFile(keyFile, `${DEMO_KEY}\n`);
    const ways = [
      { words: [], options: { env } },
      { words: ['--key-file', keyFile], options: { env: { NES_METER_KEY: 'not this one, 123456' } } },
      { words: [], options: { typed: DEMO_KEY } },
    ];
    for (const { words, options } of ways) {
      const { output, errors, exitCode } = await runCli(['probe', ...at, ...words], options);
      assert.equal(exitCode, 0, errors);
      assert.match(output, new RegExp(`^Serial number +${SERIAL}$`, 'm'));
      assert.ok(!`${output}${errors}`.includes(DEMO_KEY));
    }
  });

  it('asks only for a key that was not given, and goes when the person does', async () => {
    assert.deepEqual((await runCli(['probe', ...at], { env, typed: 'x' })).questions, []);
    const { questions, exitCode } = await runCli(['probe', ...at], { typed: null });
    assert.equal(questions.length, 1);
    assert.equal(exitCode, 130);
  });

  const badKeys: [name: string, env: Record<string, string>, code: RegExp][] = [
    ['no key', {}, /key-missing/],
    ['a short key', { NES_METER_KEY: 'SHORTKEY' }, /key-length/],
    ['a key that is not hex', { NES_METER_KEY: 'Z'.repeat(32) }, /key-format/],
    ['another key', { NES_METER_KEY: 'ANOTHERKEY0123456789' }, /key-rejected/],
  ];
  for (const [name, keys, code] of badKeys) {
    it(`ends with 4 for ${name}, without showing it`, async () => {
      const { output, errors, exitCode } = await runCli(['read', 'BT28', ...at], { env: keys });
      assert.equal(exitCode, 4);
      assert.match(errors, code);
      for (const key of Object.values(keys)) assert.ok(!`${output}${errors}`.includes(key));
    });
  }

  it('reports in a probe what works and what does not', async () => {
    const { output, exitCode } = await runCli(['probe', ...at], { env: { NES_METER_KEY: 'ANOTHERKEY0123456789' } });
    assert.match(output, /^Line +the meter responds$/m);
    assert.match(output, /^Key +rejected$/m);
    assert.match(output, /^Note +the key was used as characters/m);
    assert.equal(exitCode, 4);
  });

  it('names the form of the key in a probe, without the meter', async () => {
    const words = ['probe', '--tcp', '127.0.0.1:1', '--key-format', 'hex'];
    const { output, errors, exitCode } = await runCli(words, { env: { NES_METER_KEY: 'ANOTHERKEY0123456789' } });
    assert.match(output, /^Better +--key-format ascii$/m);
    assert.match(errors, /^Try the same with --key-format ascii$/m);
    assert.equal(exitCode, 4);
  });

  it('reports in a probe that it is the other port, and identifies the meter', async () => {
    const optical = new SimulatedOpticalPort(meter, opticalBehaviour('gen3'));
    const head = await serveTcp({ meter, optical, port: 0 });
    others.push(() => head.close());
    const { output, errors, exitCode } = await runCli(['probe', '--tcp', head.address], { env });
    assert.match(errors, /^No valid response; trying --optical \.\.\.$/m);
    assert.match(output, /^Better +--optical$/m);
    assert.match(output, /^Note +each port has keys of its own/m);
    assert.ok(output.includes(SERIAL), output);
    assert.equal(exitCode, 1);
  });

  it('ends with 4 for a key file that cannot be read', async () => {
    const { errors, exitCode } = await runCli(['probe', ...at, '--key-file', join(folder, 'none')]);
    assert.match(errors, /none cannot be read/);
    assert.equal(exitCode, 4);
  });

  it('dumps without serial number and key', async () => {
    const out = join(folder, 'dump.json');
    const words = ['dump', 'ET03', 'ET04', 'BT01', '--redact', '--out', out, '--pace', '0', ...at];
    const { output, errors, exitCode } = await runCli(words, { env });
    assert.equal(exitCode, 0, errors);
    const text = await readFile(out, 'utf8');
    assert.equal(output, '');
    const asHex = (from: string): string => Buffer.from(from).toString('hex').toUpperCase();
    for (const secret of [SERIAL, asHex(SERIAL), DEMO_KEY, asHex(DEMO_KEY)]) assert.ok(!text.includes(secret), secret);
    assert.equal((JSON.parse(text) as DumpJson).tables.length, 3);
    const open = await runCli(['dump', 'ET03', ...at], { env });
    assert.ok(open.output.includes(asHex(SERIAL)));
  });

  it('dumps without the key where a meter shows it, the advanced one as well', async () => {
    const shown = 'KEY0SHOWN0IN0ET3';
    const keys = { mbk: Buffer.from(shown), mak: Buffer.from(shown) };
    const other = await serveTcp({ meter: new SimulatedMeter({ profile: 'gen3', serial: shown, ...keys }), port: 0 });
    others.push(() => other.close());
    for (const option of [[], ['--advanced']]) {
      const words = ['dump', 'ET03', '--tcp', other.address, ...option];
      const { output, errors, exitCode } = await runCli(words, { env: { NES_METER_KEY: shown } });
      assert.equal(exitCode, 0, errors);
      const [dumped] = (JSON.parse(output) as DumpJson).tables;
      assert.match(dumped?.raw ?? '', /^[0-9A-F]+$/);
      assert.ok(!dumped?.raw?.includes(keys.mak.toString('hex').toUpperCase()), option.join());
    }
  });

  it('reports before reading that a file cannot be written', async () => {
    const { reads } = meter.counters;
    const { errors, exitCode } = await runCli(['dump', ...at, '--out', join(folder, 'no', 'file')], { env });
    assert.match(errors, /cannot be written/);
    assert.equal(exitCode, 2);
    assert.equal(meter.counters.reads, reads);
  });

  it('ends with 130 on Ctrl-C, and hangs up', async () => {
    const terminal = new RecordedTerminal({ env });
    const ended = run(['dump', ...at], terminal);
    await terminal.until(() => terminal.errors.includes('BT01'), ended);
    terminal.interrupt();
    assert.equal(await ended, 130);
    assert.equal(terminal.output, '');
  });

  it('keeps what a dump had when the line is lost', async () => {
    const other = await serveTcp({ meter: new SimulatedMeter(), port: 0 });
    others.push(() => other.close());
    const terminal = new RecordedTerminal({ env });
    const ended = run(['dump', '--pace', '100', '--tcp', other.address], terminal);
    await terminal.until(() => terminal.errors.includes('BT03'), ended);
    await other.close();
    assert.equal(await ended, 3);
    const dump = JSON.parse(terminal.output) as DumpJson & { endedBy: { code: string } };
    assert.equal(dump.tables[0]?.id, 'BT00');
    assert.match(dump.endedBy.code, /^(connection-lost|host-refused)$/);
  });

  it('goes on watching when the line was lost for a while', async () => {
    let other = await serveTcp({ meter: new SimulatedMeter(), port: 0 });
    others.push(() => other.close());
    const terminal = new RecordedTerminal({ env });
    const ended = run(['watch', 'BT21', '--interval', '1', '--pace', '0', '--tcp', other.address], terminal);
    const lines = (): number => terminal.output.split('\n').length - 1;
    await terminal.until(() => lines() >= 1, ended);
    await other.close();
    await terminal.until(() => terminal.errors !== '', ended);
    assert.match(terminal.errors, /^BT21: /);
    const before = lines();
    other = await serveTcp({ meter: new SimulatedMeter(), port: Number(other.address.split(':')[1]) });
    await terminal.until(() => lines() > before, ended);
    terminal.interrupt();
    assert.equal(await ended, 0);
  });

  describe('without any response', () => {
    let silent: Server;
    before((done) => {
      silent = createServer().listen(0, '127.0.0.1', done);
    });
    after(() => {
      silent.close();
    });

    it('ends with 1', async () => {
      const address = silent.address();
      assert.ok(typeof address === 'object' && address);
      const { output, errors, exitCode } = await runCli(['probe', '--tcp', `127.0.0.1:${address.port}`], { env });
      assert.match(output, /^Line +no response$/m);
      assert.match(errors, /transmit and receive/);
      assert.equal(exitCode, 1);
    });
  });

  it('ends with 3 where nothing listens, and for a port that is not there', async () => {
    const closed = await serveTcp({ meter, port: 0 });
    await closed.close();
    const refused = await runCli(['read', 'BT28', '--tcp', closed.address], { env });
    assert.match(refused.errors, /host-refused/);
    assert.equal(refused.exitCode, 3);
    const missing = await runCli(['probe', '--serial', join(folder, 'ttyUSB9')], { env });
    assert.match(missing.output, /^Port +serial port .*: failed$/m);
    assert.match(missing.errors, /port-missing/);
    assert.equal(missing.exitCode, 3);
  });
});
