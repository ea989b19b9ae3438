import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { PROGRAM } from '../../support/cli/program.js';

type Cli = ChildProcessByStdio<Writable, Readable, Readable>;

function start(...words: string[]): Cli {
  return spawn(process.execPath, [...PROGRAM, ...words], { stdio: 'pipe' });
}

async function end(cli: Cli): Promise<{ output: string; errors: string; exitCode: number | null }> {
  let output = '';
  let errors = '';
  cli.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  cli.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [exitCode] = (await once(cli, 'close')) as [number | null];
  return { output, errors, exitCode };
}

describe('nes-meter as a process', () => {
  it('reads piped input and returns its exit code', async () => {
    const cli = start('explain', '--json');
    cli.stdin.end('00 0D 0C 77 63 5B 90 35 86 3C 1D F5 B9 14 82\n');
    const { output, errors, exitCode } = await end(cli);
    assert.equal((JSON.parse(output) as { sequenceNumber: number }[])[0]?.sequenceNumber, 0x77635b90);
    assert.equal(errors, '');
    assert.equal(exitCode, 0);
  });

  it('ends in order on SIGINT, with the port closed', async () => {
    const cli = start('watch', '--simulator', '--interval', '60');
    const ended = end(cli);
    await once(cli.stdout, 'data');
    cli.kill('SIGINT');
    const { errors, exitCode } = await ended;
    assert.equal(errors, '');
    assert.equal(exitCode, 0);
  });

  it('ends when its output is no longer read', async () => {
    const cli = start('watch', 'BT21', '--simulator', '--interval', '1');
    const ended = once(cli, 'exit');
    await once(cli.stdout, 'data');
    cli.stdout.destroy();
    assert.deepEqual(await ended, [0, null]);
  });
});
