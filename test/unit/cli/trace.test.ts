import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEST_KEYS, SecretWatch } from '../../support/secret-watch.js';
import { runCli } from '../../support/cli/recorded-terminal.js';
import { PROGRAM } from '../../support/cli/program.js';

const [KEY] = TEST_KEYS;
const LINE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [<>-] \S/;

interface Finding {
  readonly line: number;
  readonly kind: string;
  readonly direction?: string;
  readonly table?: string;
  readonly digest?: string;
  readonly text?: string;
  readonly problems?: readonly string[];
}

let folder: string;
const path = (name: string): string => join(folder, name);

/** `nes-meter simulate` in another process, with the test key. */
async function simulator(...words: string[]): Promise<{ process: ChildProcess; address: string }> {
  const child = spawn(process.execPath, [...PROGRAM, 'simulate', '--tcp', '127.0.0.1:0', ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NES_METER_KEY: KEY },
  });
  let output = '';
  for await (const piece of child.stdout) {
    output += String(piece);
    const address = /^listening on (.+)$/m.exec(output)?.[1];
    if (address !== undefined) return { process: child, address };
  }
  throw new Error(`It has ended: ${output}`);
}

async function explained(
  file: string,
  env: Record<string, string> = {},
): Promise<{ exitCode: number; found: Finding[] }> {
  const { exitCode, output } = await runCli(['explain', file, '--json'], { env });
  return { exitCode, found: JSON.parse(output) as Finding[] };
}

describe('A trace of the command line', () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'nes-meter-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const ports = [
    { name: 'mep', simulate: [], read: [] },
    { name: 'rc4', simulate: [], read: ['--security', 'rc4'] },
    { name: 'tls', simulate: ['--security', 'tls'], read: ['--security', 'tls'] },
    { name: 'optical', simulate: ['--optical', '--echo'], read: ['--optical'] },
  ];
  for (const { name, simulate, read } of ports) {
    it(`is written without the key by every command, and explained: ${name}`, async () => {
      const { process: child, address } = await simulator(...simulate);
      const trace = path(`${name}.trace`);
      const env = { NES_METER_KEY: KEY };
      try {
        for (const command of [
          ['probe'],
          ['read', 'BT28'],
          ['dump', 'BT01', 'BT23', 'ET13'],
          ['watch', 'BT28', '--rounds', '1', '--pace', '0'],
        ]) {
          const { errors } = await runCli([...command, '--tcp', address, ...read, '--trace', trace], { env });
          assert.doesNotMatch(errors, /went wrong/);
        }
      } finally {
        child.kill();
        await once(child, 'close');
      }
      const text = readFileSync(trace, 'utf8');
      const watch = new SecretWatch(TEST_KEYS);
      watch.look('trace', text);
      assert.deepEqual(watch.found, []);
      const lines = text.trimEnd().split('\n');
      assert.ok(lines.every((line) => LINE.test(line)));
      assert.ok(lines.filter((line) => line.includes(' - trace 1 ')).length >= 4, 'a head for each command');
      const { found } = await explained(trace, name === 'optical' ? {} : env);
      assert.deepEqual(
        found.filter(({ problems = [] }) => problems.length > 0).map(({ line, problems }) => [line, problems]),
        [],
      );
      assert.ok(found.some(({ table, text: words }) => table === 'BT28' || words?.includes('read BT28') === true));
      if (name === 'mep') assert.ok(found.some(({ digest }) => digest === 'right'));
    });
  }

  it('is explained as far as it goes, naming each wrong line', async () => {
    const good = readFileSync(path('mep.trace'), 'utf8').split('\n').slice(0, 30);
    const edited = [
      ...good.slice(0, 5),
      'I have taken out my address here',
      '\u0000\u0001\u0002\u001b[31m\ufffd',
      ...good.slice(5),
      '2026-03-01T12:00:00.000Z - trace 2 nes-meter 9.0.0 optical, clock 1.000 ms',
      '2026-03-01T12:00:00.000Z < 06',
      '2026-03-01T12:00:00.100Z > 00 14 3F 00 1',
    ];
    writeFileSync(path('edited.trace'), edited.join('\r\n'));
    const { exitCode, found } = await explained(path('edited.trace'));
    assert.equal(exitCode, 1);
    const wrong = found.filter(({ kind }) => kind === 'wrong').map(({ line }) => line);
    assert.deepEqual(wrong, [6, 7, good.length + 3, good.length + 5]);
    assert.ok(found.some(({ table, line }) => table !== undefined && line > 7));
    const { output } = await runCli(['explain', path('edited.trace')]);
    assert.match(output, /^Line 6 is wrong: this is no line of a trace$/m);
    assert.doesNotMatch(output, /\u001b/);
  });

  it('is explained without its beginning', async () => {
    const cut = readFileSync(path('mep.trace'), 'utf8').split('\n').slice(10, 30);
    writeFileSync(path('cut.trace'), cut.join('\n'));
    const { found } = await explained(path('cut.trace'));
    assert.deepEqual(
      found.filter(({ kind }) => kind === 'wrong'),
      [],
    );
    assert.ok(found.some(({ table }) => table !== undefined));
  });

  it('invalidates the digest of a message that is marked as redacted', async () => {
    const lines = readFileSync(path('mep.trace'), 'utf8').split('\n');
    const answer = lines.findIndex((line) => line.includes(': read ET03')) + 2;
    const redacted = lines[answer]?.replace(/< 00 29 00 00 1E 3\d/, '< 00 29 00 00 1E 39') ?? '';
    assert.notEqual(redacted, lines[answer]);
    const marked = [
      ...lines.slice(0, answer),
      redacted,
      '2026-03-01T12:00:00.000Z - redacted digest no longer valid',
      ...lines.slice(answer + 1),
    ];
    for (const [name, text, verdict] of [
      ['changed', [...lines.slice(0, answer), redacted, ...lines.slice(answer + 1)], 'wrong'],
      ['marked', marked, 'invalidated'],
    ] as const) {
      writeFileSync(path(`${name}.trace`), text.join('\n'));
      const { found } = await explained(path(`${name}.trace`), { NES_METER_KEY: KEY });
      assert.equal(found.find(({ line, kind }) => line === answer + 1 && kind === 'answer')?.digest, verdict, name);
    }
  });

  it('of 60 MB is explained in a small memory', async () => {
    const trace = readFileSync(path('mep.trace'), 'utf8');
    const rubbish = `${'\u0000\u00ff'.repeat(40_000)}\n`;
    const big = path('big.trace');
    const block = (trace + rubbish).repeat(20);
    writeFileSync(big, block);
    for (let size = block.length; size < 60_000_000; size += block.length)
      writeFileSync(big, '\0'.repeat(block.length), { flag: 'a' });
    writeFileSync(big, `\n${trace}`, { flag: 'a' });
    const words = ['--max-old-space-size=80', ...PROGRAM, 'explain', big];
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    let last = '';
    for await (const piece of child.stdout) last = (last + String(piece)).slice(-2_000);
    const [exitCode] = child.exitCode === null ? ((await once(child, 'close')) as [number]) : [child.exitCode];
    assert.equal(exitCode, 1);
    assert.match(last, /- closed$/m);
  });

  it('is refused together with a redacted dump', async () => {
    const words = [
      'dump',
      'ET03',
      '--simulator',
      '--redact',
      '--out',
      path('redacted.json'),
      '--trace',
      path('new.trace'),
    ];
    const { exitCode, errors } = await runCli(words);
    assert.equal(exitCode, 2);
    assert.match(errors, /A trace is not redacted/);
    assert.equal(existsSync(path('new.trace')), false);
    assert.equal(existsSync(path('redacted.json')), false);
  });

  it('is not appended to a file that holds something else', async () => {
    writeFileSync(path('notes.txt'), 'my notes\n');
    const { exitCode, errors } = await runCli(['read', 'BT52', '--simulator', '--trace', path('notes.txt')]);
    assert.equal(exitCode, 2);
    assert.match(errors, /holds something else/);
    assert.equal(readFileSync(path('notes.txt'), 'utf8'), 'my notes\n');
  });
});
