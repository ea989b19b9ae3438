import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { opticalBehaviour, serveTcp, SimulatedMeter, SimulatedOpticalPort } from '../../../src/simulator/index.js';
import { findTable } from '../../../src/tables/index.js';
import { runCli, type RecordedTerminalOptions } from '../../support/cli/recorded-terminal.js';
import { SecretWatch, TEST_KEYS } from '../../support/secret-watch.js';

const SERIAL = '83620417';
const [KEY] = TEST_KEYS;
const KEY_BYTES = new TextEncoder().encode(KEY);

interface Report {
  readonly format: string;
  readonly versions: Record<string, string>;
  readonly meter?: { readonly model: string };
  readonly test: { readonly ok: boolean; readonly code?: string };
  readonly settings?: { readonly key: unknown; readonly host: string };
  readonly state?: { readonly counters: { readonly requests: number } };
  readonly errors?: { readonly code: string }[];
  readonly trace?: string[];
  readonly tables?: { readonly id: string; readonly raw?: string; readonly refused?: { readonly code: string } }[];
}

let folder: string;

/** A report of a meter over TCP, and whether the key or the serial number is in it or in the output of the command. */
async function reportOf(
  words: readonly string[],
  {
    isOptical = false,
    security = 'digest',
    key = KEY,
    others = [],
    prepare = () => undefined,
    ...options
  }: RecordedTerminalOptions & {
    isOptical?: boolean;
    security?: 'digest' | 'rc4' | 'tls';
    key?: string;
    /** What the tables of the report hold besides key and serial number. */
    others?: readonly Buffer[];
    prepare?: (meter: SimulatedMeter, unplug: () => void) => void;
  } = {},
): Promise<{ report: Report; text: string; exitCode: number; errors: string; questions: readonly string[] }> {
  const meter = new SimulatedMeter({ mbk: KEY_BYTES, serial: SERIAL, wantsTls: security === 'tls' });
  const wide = Buffer.from(SERIAL, 'utf16le');
  const hidden = Buffer.concat([Buffer.from(SERIAL, 'hex'), Buffer.from(SERIAL), KEY_BYTES, wide, ...others]);
  // Whatever a table of the report holds where other things belong.
  for (const table of ['ET21', 'ET42', 'ET66']) {
    const image = meter.image(table) ?? assert.fail(table);
    const bytes = Buffer.alloc(image.length);
    for (let at = 0; at < bytes.length; at += hidden.length) hidden.copy(bytes, at);
    meter.setImage(findTable(table)?.number ?? 0, bytes);
  }
  const behaviour = opticalBehaviour('gen3', { keys: { RK: KEY_BYTES, MK: KEY_BYTES, PK: KEY_BYTES }, echoes: true });
  const optical = isOptical ? new SimulatedOpticalPort(meter, behaviour) : undefined;
  const served = await serveTcp({ meter, optical, port: 0 });
  prepare(meter, () => void served.close());
  const out = join(folder, `${Math.random().toString(36).slice(2)}.json`);
  const place = [
    ...['--tcp', served.address, '--pace', '0'],
    ...(isOptical ? ['--optical'] : ['--security', security]),
  ];
  try {
    const { exitCode, output, errors, questions } = await runCli(['report', ...place, '--out', out, ...words], {
      ...options,
      env: { NES_METER_KEY: key },
    });
    const text = readFileSync(out, 'utf8');
    const watch = new SecretWatch(TEST_KEYS);
    watch.look('report', text);
    watch.look('report without blanks', text.replace(/ /g, ''));
    watch.look('printed', output + errors);
    assert.deepEqual(watch.found, []);
    for (const form of formsOf(SERIAL)) {
      assert.ok(
        !text.includes(form) &&
          !text
            .replace(/[ \n"]/g, '')
            .toUpperCase()
            .includes(form),
        form,
      );
    }
    return { report: JSON.parse(text) as Report, text, exitCode, errors, questions };
  } finally {
    await served.close();
  }
}

function formsOf(serial: string): string[] {
  const number = Buffer.alloc(4);
  number.writeUInt32LE(Number(serial));
  const forms = [Buffer.from(serial), Buffer.from(serial, 'hex'), number, Buffer.from(serial, 'utf16le')];
  return [
    serial,
    ...forms.flatMap((form) => [form, Buffer.from(form).reverse()]).map((form) => form.toString('hex').toUpperCase()),
  ];
}

describe('nes-meter report', () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'nes-meter-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  for (const isOptical of [false, true]) {
    it(`holds what helps, no key and no serial number: ${isOptical ? 'optical port' : 'MEP port'}`, async () => {
      const { report, exitCode } = await reportOf(['--yes'], { isOptical });
      assert.equal(exitCode, 0);
      assert.equal(report.format, 'nes-meter report 1');
      assert.equal(report.test.ok, true);
      assert.equal(report.meter?.model, '83334-3I');
      assert.deepEqual(report.settings?.key, { finding: 'ascii', characters: 20, bytes: 20 });
      assert.equal(report.settings.host, 'IPv4 address');
      assert.ok((report.state?.counters.requests ?? 0) > 10);
      assert.equal(report.tables?.length, 15);
      assert.ok(report.tables.filter(({ raw = '' }) => raw.length > 0).length >= 12);
      assert.ok(report.trace?.some((line) => / - request .*: read BT28/.test(line)));
    });
  }

  for (const security of ['rc4', 'tls'] as const) {
    it(`holds no key and no serial number where the line is encrypted: ${security}`, async () => {
      const { report, exitCode } = await reportOf(['--yes'], { security });
      assert.equal(exitCode, 0);
      assert.equal(report.test.ok, true);
      assert.equal(report.tables?.length, 15);
      assert.ok(report.trace?.some((line) => / - request .*: read BT28/.test(line)));
    });
  }

  it('holds what was read until the meter was gone', async () => {
    const { report, exitCode } = await reportOf(['--yes', '--without', 'state'], {
      prepare: (meter) => {
        meter.onExchange(({ request }) => {
          if (request?.table === 27 && meter.counters.requests > 20) meter.powerOff();
        });
      },
    });
    assert.equal(exitCode, 0);
    const read = report.tables?.filter(({ raw }) => raw !== undefined) ?? [];
    assert.ok(read.length > 0 && read.length < 15, `${read.length} tables`);
    assert.ok(report.errors?.some(({ code }) => code === 'no-answer'));
    assert.ok(report.trace?.some((line) => line.includes(' - timeout')));
  });

  it('holds no key that a table has in another form', async () => {
    const hex = Buffer.from(KEY_BYTES).toString('hex');
    const others = [
      Buffer.from(KEY_BYTES).reverse(),
      ...[hex, hex.toUpperCase(), hex.replace(/(..)(?=.)/g, '$1 '), KEY.toUpperCase()].map((form) => Buffer.from(form)),
    ];
    const { text } = await reportOf(['--yes'], { others });
    const flat = text.replace(/ /g, '').toUpperCase();
    for (const form of others) assert.ok(!flat.includes(form.toString('hex').toUpperCase()), form.toString());
  });

  it('holds neither key nor serial number that the meter gives as its model', async () => {
    const halves = [KEY.slice(0, 8), SERIAL];
    for (const model of halves) {
      const { report } = await reportOf(['--yes'], {
        prepare: (meter) => {
          const image = meter.image('BT01') ?? assert.fail();
          image.set(Buffer.from(model), 4);
          meter.setImage(1, image);
        },
      });
      assert.ok(report.meter);
      for (const half of halves) assert.ok(!JSON.stringify(report).includes(half), half);
    }
  });

  it('is written of a meter that never answers', async () => {
    const { report, exitCode } = await reportOf(['--yes'], {
      prepare: (meter) => {
        meter.powerOff();
      },
    });
    assert.equal(exitCode, 0);
    assert.equal(report.test.code, 'no-answer');
    assert.deepEqual(
      report.errors?.map(({ code }) => code),
      ['no-answer'],
    );
    assert.deepEqual(report.tables, []);
    assert.ok(report.trace?.some((line) => line.includes(' - timeout')));
  });

  it('is written when the line is unplugged while the tables are read', async () => {
    const { report, exitCode } = await reportOf(['--yes', '--without', 'state'], {
      prepare: (meter, unplug) => {
        meter.onExchange(({ request }) => {
          if (request?.table === 27 && meter.counters.requests > 20) unplug();
        });
      },
    });
    assert.equal(exitCode, 0);
    const read = report.tables?.filter(({ raw }) => raw !== undefined) ?? [];
    assert.ok(read.length > 0 && read.length < 15, `${read.length} tables`);
    assert.ok(report.errors?.length === 1, JSON.stringify(report.errors));
    assert.ok(report.trace?.some((line) => line.includes(' - lost')));
  });

  it('is written where the key is wrong, with that error in it', async () => {
    const { report } = await reportOf(['--yes'], { key: 'factory advanced key' });
    assert.equal(report.test.code, 'key-rejected');
    assert.deepEqual(
      report.errors?.map(({ code }) => code),
      ['key-rejected'],
    );
    assert.deepEqual(report.tables, []);
    assert.ok((report.trace?.length ?? 0) > 3);
  });

  it('holds nothing that is left out', async () => {
    const { report, text } = await reportOf(['--yes', '--without', 'trace,errors,tables']);
    assert.deepEqual(Object.keys(report).sort(), [
      'format',
      'madeAt',
      'meter',
      'platform',
      'settings',
      'state',
      'test',
      'versions',
    ]);
    assert.doesNotMatch(text, / > /);
  });

  it('asks before it reads, shows its parts, and leaves out those that are named', async () => {
    const { report, errors, questions } = await reportOf([], { answers: ['no', 'show', 'state errors', 'y'] });
    assert.match(questions[0] ?? '', /15 tables .* About \d+ s/);
    assert.match(errors, /^trace +\d+ +\d+ +bytes on the line/m);
    assert.match(errors, /"format": "nes-meter report 1"/);
    assert.ok(!('tables' in report) && !('state' in report) && !('errors' in report));
    assert.ok('trace' in report);
  });

  it('writes nothing without a terminal, or when the answer is no', async () => {
    const out = join(folder, 'none.json');
    const silent = await runCli(['report', '--simulator', '--out', out]);
    assert.equal(silent.exitCode, 2);
    assert.match(silent.errors, /Use --yes/);
    const refused = await runCli(['report', '--simulator', '--out', out], { answers: ['n', '', 'n'] });
    assert.equal(refused.exitCode, 0);
    assert.throws(() => readFileSync(out));
  });

  it('is written of a port that is not there', async () => {
    const out = join(folder, 'missing.json');
    const { exitCode } = await runCli(
      ['report', '--serial', '/dev/serial/by-id/usb-FTDI_A10K5XYZ-if00', '--out', out, '--yes'],
      {
        env: { NES_METER_KEY: KEY },
      },
    );
    assert.equal(exitCode, 0);
    const text = readFileSync(out, 'utf8');
    assert.equal((JSON.parse(text) as Report).errors?.[0]?.code, 'port-missing');
    assert.doesNotMatch(text, /A10K5XYZ/);
  });
});
