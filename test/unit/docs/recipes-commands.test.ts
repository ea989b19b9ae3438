import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import manifest from '../../../package.json';
import { run } from '../../../src/cli/program.js';
import { DEMO_KEY, serveTcp, type ServedMeter, SimulatedMeter } from '../../../src/simulator/index.js';
import { RecordedTerminal } from '../../support/cli/recorded-terminal.js';
import { recipe } from '../../support/docs/recipes.js';

/** Files that commands of the pages write or read. */
const FILES = ['report.json', 'my-meter.json', 'meter.trace'];
/** Commands that go on until Ctrl-C, and the output by which they work. */
const ENDLESS: Readonly<Record<string, RegExp>> = { watch: /\n/, simulate: /^listening on /m };
const EXCHANGE = '> 00 14 3F 00 17 00 00 00 00 08 55 38 0A 7D 30 3F 1F D8 5F 66 76 DE\n';

/** The commands of a block, without the comments behind them. */
const commandsOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '');

describe('Commands of the pages', () => {
  let folder: string;
  let served: ServedMeter;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nes-meter-'));
    served = await serveTcp({ meter: new SimulatedMeter(), port: 0 });
  });
  after(async () => {
    await served.close();
    rmSync(folder, { recursive: true });
  });

  /** A command with the places of this test in place of the user's: a simulated meter, and files of its own. */
  function here(command: string): string[] {
    const [, ...words] = command.replace(/^npx @nes-meter\/node-red-nes-meter/, 'nes-meter').split(' < ')[0]!.split(/ +/);
    const isServed = words[0] === 'simulate';
    const text = words
      .map((word) => (FILES.includes(word) ? join(folder, word) : word))
      .join(' ')
      .replace('--serial /dev/ttyUSB0', '--simulator')
      .replace('--tcp 192.168.1.20:2000', `--tcp ${served.address}`)
      .replace('--tcp 2000', '--tcp 127.0.0.1:0')
      // A pseudo terminal needs a program that is not everywhere; tests of the system have it.
      .replace('--pty /tmp/meter', '--tcp 127.0.0.1:0');
    const extra = { report: ['--yes', '--force'], dump: ['--force'] }[words[0] ?? ''] ?? [];
    return [...text.split(' '), ...(isServed ? [] : extra)];
  }

  /** What several pages show is run once. */
  const begun = new Map<string, Promise<void>>();
  async function runs(command: string): Promise<void> {
    const words = here(command);
    const key = words.join(' ');
    const running = begun.get(key) ?? execute(command, words);
    begun.set(key, running);
    await running;
  }

  async function execute(command: string, words: readonly string[]): Promise<void> {
    const [name = ''] = words;
    const isFromHost = words.some((word) => word === served.address);
    const env = isFromHost ? { NES_METER_KEY: DEMO_KEY } : {};
    const terminal = new RecordedTerminal({ env, ...(command.includes(' < ') && { input: EXCHANGE }) });
    const ended = run(words, terminal);
    const works = ENDLESS[name];
    if (works) {
      await terminal.until(() => works.test(terminal.output), ended);
      terminal.interrupt();
    }
    const exitCode = await ended;
    assert.equal(exitCode, 0, `${words.join(' ')}\n${terminal.output.slice(-1_000)}${terminal.errors}`);
  }

  async function runAll(text: string): Promise<void> {
    const commands = commandsOf(text).filter((command) => /^(nes-meter|npx @nes-meter\/\S+) /.test(command));
    assert.ok(commands.length > 0);
    for (const command of commands) await runs(command);
  }

  it('work: those of the README', async () => {
    const text = recipe('README.md', 'Command line');
    const [, ...rest] = commandsOf(text).filter((command) => !command.startsWith('nes-meter '));
    assert.deepEqual(rest, ['export NES_METER_KEY=...', `alias nes-meter='npx ${manifest.name}'`]);
    await runAll(text);
  });

  it('work: those of the page about traces', async () => {
    await runs('nes-meter dump --serial /dev/ttyUSB0 --redact --out my-meter.json');
    await runAll(recipe('docs/TRACE.md', 'Trace and report'));
    await runAll(recipe('docs/TRACE.md', 'A report, for an issue'));
    await runAll(recipe('docs/TRACE.md', 'Replay'));
    await runAll(recipe('docs/TRACE.md', 'A meter made of a capture'));
  });

  it('work: those for contributors', async () => {
    await runAll(recipe('CONTRIBUTING.md', 'Your meter does not read'));
    await runAll(recipe('CONTRIBUTING.md', 'Your meter does not read', 2));
  });

  it('explain the trace that the page shows', async () => {
    const file = join(folder, 'shown.trace');
    writeFileSync(file, recipe('docs/TRACE.md', 'The format'));
    const terminal = new RecordedTerminal();
    assert.equal(await run(['explain', file], terminal), 0);
    assert.match(terminal.output, /BT23/);
    assert.doesNotMatch(terminal.output + terminal.errors, /not understood/i);
  });

  it('name scripts, a package and a repository that there are', () => {
    const scripts = [
      recipe('README.md', 'For developers'),
      recipe('README.md', 'Try it without Node-RED and without a meter'),
      recipe('CONTRIBUTING.md', 'Contributing'),
      recipe('CONTRIBUTING.md', 'Your meter does not read', 2),
    ].flatMap((text) => commandsOf(text).flatMap((line) => line.split(' && ')));
    const named = scripts.flatMap((command) => /^npm (?:run )?([\w:-]+)/.exec(command)?.[1] ?? []);
    assert.ok(named.length > 10);
    assert.deepEqual(
      named.filter((name) => name !== 'ci' && !(name in manifest.scripts)),
      [],
    );
    const others = scripts.filter((command) => !/^(npm|nes-meter) /.test(command));
    const repository = manifest.repository.url.replace(/^git\+/, '');
    assert.deepEqual(others, [`git clone ${repository}`, 'cd node-red-nes-meter']);
    assert.equal(recipe('README.md', 'node-red-nes-meter').split('#')[0]!.trim(), `cd ~/.node-red && npm install ${manifest.name}`);
  });
});
