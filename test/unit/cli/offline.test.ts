import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CATALOGUE,
  DEFAULT_DIMENSIONS,
  encodeTable,
  findTable,
  registerLayout,
  tableSize,
  toHex,
  VERSION,
} from '../../../src/internal.js';
import { readFixtures } from '../../support/fixtures/fixtures.js';
import { runCli } from '../../support/cli/recorded-terminal.js';

interface Fixture {
  hex: string;
  values: Record<string, number>;
}
const firstTen = readFixtures<Fixture>('BT28').find(([name]) => name === 'nes-83334-first-ten')?.[1];

describe('nes-meter decode', () => {
  it('shows registers with unit and OBIS code', async () => {
    assert.ok(firstTen);
    const { output, errors, exitCode } = await runCli(['decode', 'bt28', firstTen.hex]);
    assert.match(output, /^Register +Value +Unit +OBIS +Source$/m);
    assert.match(output, /^Voltage L1 +225\.319 +V +1-0:32\.7\.0 +15$/m);
    assert.match(errors, /Gen 3/);
    assert.equal(exitCode, 0);
  });

  it('gives JSON with every key', async () => {
    assert.ok(firstTen);
    const { output, errors } = await runCli(['decode', '28', '--json', ...firstTen.hex.split(' ')]);
    const { payload } = JSON.parse(output) as { payload: Record<string, number | null> };
    for (const [key, value] of Object.entries(firstTen.values)) assert.equal(payload[key], value, key);
    assert.equal(payload['frequency'], null);
    assert.equal(errors, '');
  });

  it('reads the bytes from the input', async () => {
    assert.ok(firstTen);
    for (const words of [[], ['-']]) {
      const { output } = await runCli(['decode', 'BT28', ...words], { input: firstTen.hex });
      assert.match(output, /Voltage L3/);
    }
  });

  it('uses the options that describe the meter', async () => {
    const words = '07 01000000 02000000 03000000 04000000';
    const options = ['--summations', '2', '--tiers', '1', '--energy-unit', '10', '--demand-reset-counter'];
    const { output, errors } = await runCli(['decode', 'BT23', '--json', ...options, words]);
    const { payload } = JSON.parse(output) as { payload: Record<string, number | null> };
    assert.equal(payload['demandResets'], 7);
    assert.equal(payload['activeEnergyExport'], 0.02);
    assert.equal(payload['tier1ActiveEnergyExport'], 0.04);
    assert.equal(errors, '');
  });

  it('places a demand before the values where there is one', async () => {
    const options = ['--demands', '1', '--time-remaining', '--json'];
    const { output } = await runCli(['decode', 'BT28', ...options, '00 05 00 2C 01 00 00 D7 08 00 00']);
    const { payload } = JSON.parse(output) as { payload: Record<string, number | null> };
    assert.equal(payload['presentDemand1'], 300);
    assert.equal(payload['activePowerImport'], 2263);
  });

  it('takes prefixes and separators', async () => {
    for (const words of [['0x27,0x70,0x03,0x00'], ['0x27', '0x70', '0x03', '0x00'], ['27:70:03:00'], ['27700300']]) {
      const { output } = await runCli(['decode', 'BT28', '--offset', '28', '--json', ...words]);
      assert.equal((JSON.parse(output) as { payload: Record<string, number> }).payload['voltageL1'], 225.319);
    }
  });

  it('starts within the table', async () => {
    const { output } = await runCli(['decode', 'BT28', '--offset', '28', '--json', '27 70 03 00']);
    assert.equal((JSON.parse(output) as { payload: Record<string, number> }).payload['voltageL1'], 225.319);
  });

  it('names fields of any table, with unit and meaning', async () => {
    const BT01 = findTable('BT01');
    assert.ok(BT01);
    const hardware = { hardwareMajor: 3, hardwareMinor: 69, hardwareBuild: 1 };
    const firmware = { firmwareMajor: 3, firmwareMinor: 72, firmwareBuild: 14 };
    const number = { manufacturerSerialNumber: '0000606611223344' };
    const values = { manufacturer: 'NES', model: '83334-3I', ...hardware, ...firmware, ...number };
    const hex = toHex(encodeTable(BT01, values, {}), '');
    const { output } = await runCli(['decode', 'BT01', '--json', hex]);
    assert.deepEqual((JSON.parse(output) as { values: unknown }).values, values);
    const text = await runCli(['decode', 'BT01', hex]);
    assert.match(text.output, /^model +83334-3I$/m);
    assert.equal(text.errors, '');
  });

  it('scales and names the registers of any table', async () => {
    const BT24 = findTable('BT24');
    assert.ok(BT24);
    const image = new Uint8Array(tableSize(BT24, DEFAULT_DIMENSIONS));
    const [first] = registerLayout(BT24, DEFAULT_DIMENSIONS).filter(({ role }) => role === 'summation');
    assert.ok(first);
    image.set([26, 11, 1, 0, 0]);
    image.set([0xd2, 0x04], first.offset);
    const { output } = await runCli(['decode', 'BT24', toHex(image)]);
    const row = output.split('\n').find((line) => line.startsWith(`${first.path} `));
    assert.match(row ?? output, / 1\.234 +kWh +Active energy import$/);
  });

  it('names the field in which bytes end', async () => {
    const { errors, exitCode } = await runCli(['decode', 'BT01', '4E 45 53 20 38']);
    assert.match(errors, /table-too-short: BT01 ends within model/);
    assert.equal(exitCode, 1);
  });

  describe('with a file', () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'nes-meter-'));
    });
    after(async () => {
      await rm(folder, { recursive: true });
    });
    const file = async (content: string): Promise<string> => {
      const path = join(folder, 'dimensions.json');
      await writeFile(path, content);
      return path;
    };

    it('takes dimensions alone, of a message, or of a dump', async () => {
      const BT21 = { numberOfPresentDemands: 0, timeRemaining: false, numberOfPresentValues: 1 };
      const dimensions = { BT21, BT27: { presentDemandSources: [], presentValueSources: [19] } };
      for (const content of [dimensions, { dimensions }, { meter: { dimensions } }]) {
        const path = await file(JSON.stringify(content));
        const { output, errors } = await runCli(['decode', 'BT28', '--json', '--dimensions', path, '57 C3 00 00']);
        assert.equal(errors, '');
        assert.equal((JSON.parse(output) as { payload: Record<string, number> }).payload['frequency'], 50.007);
      }
    });

    it('refuses a file that holds none', async () => {
      for (const content of ['no JSON', '{"tables":[]}', '[1]']) {
        const { errors, exitCode } = await runCli(['decode', 'BT28', '--dimensions', await file(content), '00']);
        assert.match(errors, /dimensions\.json/);
        assert.equal(exitCode, 2);
      }
      assert.equal((await runCli(['decode', 'BT28', '--dimensions', join(folder, 'none'), '00'])).exitCode, 2);
    });
  });
});

describe('tables on a screen', () => {
  it('have bold headings where that is wanted', async () => {
    const escape = '\u001b[';
    const words = ['tables', 'clock'];
    assert.ok((await runCli(words, { isScreen: true })).output.includes(escape));
    assert.ok(!(await runCli(words, { isScreen: true, env: { NO_COLOR: '1' } })).output.includes(escape));
    assert.ok(!(await runCli(words)).output.includes(escape));
  });
});

describe('nes-meter tables', () => {
  it('lists all', async () => {
    const { output } = await runCli(['tables', '--json']);
    assert.deepEqual(
      (JSON.parse(output) as { id: string }[]).map(({ id }) => id),
      CATALOGUE.map(({ name }) => name),
    );
  });

  it('finds tables by words', async () => {
    const { output, exitCode } = await runCli(['tables', 'UTC', 'clock']);
    assert.match(output, /^BT52 +MBK +UTC Clock/m);
    assert.ok(!output.includes('BT23'));
    assert.equal(exitCode, 0);
  });

  it('shows the fields of one', async () => {
    for (const words of [['et04'], ['2052']]) {
      const { output } = await runCli(['tables', ...words]);
      assert.match(output, /^Table +ET04 \(2052\)$/m);
      assert.match(output, /^ratedVoltage +V/m);
    }
  });

  it('reports that none is found', async () => {
    const { output, errors, exitCode } = await runCli(['tables', 'xyzzy']);
    assert.equal(output, '');
    assert.match(errors, /No table/);
    assert.equal(exitCode, 1);
  });
});

describe('nes-meter ports', () => {
  it('gives a list, whatever the machine has', async () => {
    const { output, exitCode } = await runCli(['ports', '--json']);
    assert.ok(Array.isArray(JSON.parse(output)));
    assert.equal(exitCode, 0);
  });
});

describe('the nes-meter command line', () => {
  it('has help with examples and exit codes, and a version', async () => {
    const help = await runCli(['--help']);
    assert.match(help.output, /Examples:/);
    assert.match(help.output, /^ {2}4 {4}the key is missing/m);
    assert.equal(help.exitCode, 0);
    const version = await runCli(['--version']);
    assert.equal(version.output, `${VERSION}\n`);
    for (const command of ['probe', 'read', 'dump', 'watch', 'decode', 'explain', 'ports', 'tables']) {
      const { output, exitCode } = await runCli([command, '--help']);
      assert.match(output, new RegExp(`^Usage: nes-meter ${command}`));
      assert.equal(exitCode, 0);
    }
  });

  const wrong: [name: string, words: string[], what: RegExp][] = [
    ['no command', [], /Usage/],
    ['an unknown command', ['raed'], /read/],
    ['an unknown option', ['read', 'BT28', '--simulater'], /--simulator/],
    ['an unknown table', ['read', 'BT99', '--simulator'], /table is not known/],
    ['no meter', ['read', 'BT28'], /--serial PATH/],
    ['two meters', ['read', 'BT28', '--tcp', 'a:1', '--serial', 'b'], /cannot be used with/],
    ['a wrong address', ['read', 'BT28', '--tcp', 'meter'], /HOST:PORT/],
    ['a wrong TCP port', ['read', 'BT28', '--tcp', 'meter:70000'], /HOST:PORT/],
    ['a wrong number', ['read', 'BT28', '--simulator', '--offset', '-1'], /whole number/],
    ['a wrong choice', ['read', 'BT28', '--simulator=gen9'], /gen2/],
  ];
  for (const [name, words, what] of wrong) {
    it(`ends with 2 for ${name} and explains the correct form`, async () => {
      const { output, errors, exitCode } = await runCli(words, { env: { NES_METER_KEY: '0'.repeat(32) } });
      assert.match(errors, what);
      assert.equal(output, '');
      assert.equal(exitCode, 2);
    });
  }

  it('takes no key on the command line, and repeats none', async () => {
    const key = 'SECRETSECRETSECRET00';
    for (const words of [
      ['--key', key],
      [`--key=${key}`],
      [`--mbk=${key}`],
      ['-key', key],
      [`--kee=${key}`],
      [`-k${key}`],
    ]) {
      const { output, errors, exitCode } = await runCli(['read', 'BT28', '--simulator', ...words]);
      assert.ok(!`${output}${errors}`.includes('SECRET'), errors);
      assert.equal(exitCode, 2);
    }
    const { errors } = await runCli(['probe', '--key', key]);
    assert.match(errors, /NES_METER_KEY/);
  });
});
