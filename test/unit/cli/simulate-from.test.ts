import assert from 'node:assert/strict';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../support/cli/recorded-terminal.js';
import { PROGRAM } from '../../support/cli/program.js';

const OPTICAL_KEY = '0123456789ABCDEF0123';

interface Entry {
  readonly id: string;
  readonly raw?: string;
  readonly refused?: { readonly code: string };
}

let folder: string;
const path = (name: string): string => join(folder, name);

/** Serves a capture in another process while `use` runs. */
async function whileServing<T>(
  words: readonly string[],
  env: Record<string, string>,
  use: (address: string) => Promise<T>,
): Promise<T> {
  const args = [...PROGRAM, 'simulate', '--tcp', '127.0.0.1:0', ...words];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  try {
    while (!/^listening on .+$/m.test(output)) await once(child.stdout, 'data');
    return await use(/^listening on (.+)$/m.exec(output)?.[1] ?? '');
  } finally {
    child.kill();
    await once(child, 'close');
  }
}

async function dumpOf(words: readonly string[], env: Record<string, string> = {}): Promise<Entry[]> {
  const { output, errors } = await runCli(['dump', '--pace', '0', ...words], { env });
  assert.notEqual(output, '', errors);
  return (JSON.parse(output) as { tables: Entry[] }).tables;
}

const rawOf = (entries: readonly Entry[], id: string): string | undefined =>
  entries.find((entry) => entry.id === id)?.raw;

describe('nes-meter simulate --from', () => {
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nes-meter-'));
    const { errors } = await runCli([
      'dump',
      '--simulator',
      'gen4',
      '--pace',
      '0',
      '--redact',
      '--out',
      path('dump.json'),
    ]);
    assert.match(errors, /tables read/);
    await runCli(['report', '--simulator', 'gen4', '--out', path('report.json'), '--yes']);
    await runCli(['read', 'BT28', '--simulator', 'gen4', '--trace', path('meter.trace')]);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  for (const security of ['digest', 'tls']) {
    it(`serves each table of a dump as it was, and refuses the others: ${security}`, async () => {
      const original = (JSON.parse(readFileSync(path('dump.json'), 'utf8')) as { tables: Entry[] }).tables;
      const tables = ['BT00', 'BT01', 'BT21', 'BT22', 'BT23', 'BT27', 'BT28', 'ET03', 'ET42', 'BT64'];
      const again = await whileServing(['--from', path('dump.json'), '--security', security], {}, (address) =>
        dumpOf([...tables, '--tcp', address, '--security', security], { NES_METER_KEY: 'NES-DEMO-KEY-0000001' }),
      );
      for (const table of tables) assert.equal(rawOf(again, table), rawOf(original, table), table);
    });
  }

  it('serves the tables of a report at the optical port, with the key that is given', async () => {
    const report = JSON.parse(readFileSync(path('report.json'), 'utf8')) as { tables: Entry[] };
    const again = await whileServing(
      ['--from', path('report.json'), '--optical'],
      { NES_METER_KEY: OPTICAL_KEY },
      (address) =>
        dumpOf(['BT23', 'BT28', 'ET42', 'BT30', '--tcp', address, '--optical'], { NES_METER_KEY: OPTICAL_KEY }),
    );
    assert.equal(rawOf(again, 'BT23')?.toUpperCase(), rawOf(report.tables, 'BT23'));
    assert.equal(rawOf(again, 'BT28')?.toUpperCase(), rawOf(report.tables, 'BT28'));
    assert.equal(again.find(({ id }) => id === 'BT30')?.refused?.code, 'table-not-available');
  });

  it('serves what a trace holds', async () => {
    const { exitCode, output } = await whileServing(['--from', path('meter.trace')], {}, (address) =>
      runCli(['read', 'BT28', '--raw', '--tcp', address], { env: { NES_METER_KEY: 'NES-DEMO-KEY-0000001' } }),
    );
    assert.equal(exitCode, 0);
    assert.ok(output.trim().split(' ').length > 200);
  });

  it('ends with 2 for a file without tables, naming the line', async () => {
    for (const [text, message] of [
      ['{"format": "something else"}', /line 1/],
      ['{"format":\n\n', /line 3/],
      ['one\ntwo\n', /line 1/],
      ['', /holds no table/],
    ] as const) {
      writeFileSync(path('wrong'), text);
      const { exitCode, errors } = await runCli(['simulate', '--from', path('wrong')]);
      assert.equal(exitCode, 2, text);
      assert.match(errors, message);
    }
    assert.equal((await runCli(['simulate', '--from', path('missing')])).exitCode, 2);
  });
});
