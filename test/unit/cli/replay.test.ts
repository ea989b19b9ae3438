import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMeter } from '../../../src/connect/create-meter.js';
import type { MeterSettings } from '../../../src/connect/settings.js';
import { replayTrace } from '../../../src/connect/index.js';
import { parseTraceLine, type ReadLine, redactTrace, Tracer } from '../../../src/connect/trace/index.js';
import { type FaultRates, FAULTS, OPTICAL_FAULTS, simulatorTransport } from '../../../src/simulator/index.js';
import { runCli } from '../../support/cli/recorded-terminal.js';
import { FakeClock } from '../../support/fake-clock.js';
import { replayed as replayOf } from '../../support/replayed.js';
import { PROGRAM } from '../../support/cli/program.js';

const MEP: MeterSettings = { protocol: 'mep', transport: 'simulator', security: 'digest', minIntervalMs: 0 };
const OPTICAL: MeterSettings = { ...MEP, protocol: 'optical' };

let folder: string;

/** A trace of reads from a line with faults, written to a file. */
async function traceOf(settings: MeterSettings, faults: FaultRates, seed: number): Promise<string[]> {
  const clock = new FakeClock();
  const transport = simulatorTransport({
    clock,
    faults,
    seed,
    protocol: settings.protocol,
    wantsTls: settings.security === 'tls',
  });
  const lines: string[] = [];
  const tracer = new Tracer([{ add: (line) => lines.push(line) }], clock);
  const meter = createMeter(settings, { clock, tracer, makeTransport: () => transport });
  meter.open();
  for (const table of ['BT23', 'BT28', 'ET03', 'BT23', 'BT21']) {
    await clock.run(meter.readTable(table)).catch(() => undefined);
    await clock.advance(10_000);
  }
  await clock.run(meter.close());
  return lines;
}

async function replayed(lines: readonly string[]): Promise<{ exitCode: number; output: string; errors: string }> {
  const file = join(folder, 'replayed.trace');
  writeFileSync(file, lines.join('\n'));
  return runCli(['replay', file]);
}

describe('nes-meter replay', () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'nes-meter-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const lines: [string, MeterSettings, FaultRates][] = [
    ['digest', MEP, {}],
    ['rc4', { ...MEP, security: 'rc4' }, {}],
    ['tls', { ...MEP, security: 'tls' }, {}],
    ['optical', OPTICAL, {}],
    ...(['digest', 'rc4', 'tls'] as const).flatMap((security) =>
      FAULTS.map((fault): [string, MeterSettings, FaultRates] => [
        `${security}, ${fault}`,
        { ...MEP, security },
        { [fault]: 0.3 },
      ]),
    ),
    ...OPTICAL_FAULTS.map((fault): [string, MeterSettings, FaultRates] => [
      `optical, ${fault}`,
      OPTICAL,
      { [fault]: 0.1 },
    ]),
  ];
  for (const [name, settings, faults] of lines) {
    it(`finds no difference in what this version has traced: ${name}`, async () => {
      for (const seed of [1, 2, 3]) {
        const { played, skipped, differences } = await replayOf((await traceOf(settings, faults, seed)).join('\n'));
        assert.deepEqual(differences, [], `seed ${seed}`);
        assert.ok(played + skipped > 0);
      }
    });
  }

  it('plays a redacted trace, and the one in a report', async () => {
    for (const settings of [MEP, OPTICAL]) {
      const redacted = redactTrace(await traceOf(settings, {}, 1), { texts: [], dimensions: {} });
      assert.ok(redacted.some((line) => line.includes(' - redacted ')));
      const { exitCode, output } = await replayed(redacted);
      assert.equal(exitCode, 0, output);
    }
    const report = join(folder, 'report.json');
    await runCli(['report', '--simulator', '--out', report, '--yes']);
    const { exitCode, output, errors } = await runCli(['replay', report, '--json']);
    assert.equal(exitCode, 0, output + errors);
    assert.ok((JSON.parse(output) as { played: number }).played >= 15);
  });

  it('names the request that has another outcome now', async () => {
    const trace = await traceOf(MEP, {}, 1);
    const asked = trace.findIndex((line) => line.includes(': read ET03'));
    const accepted = trace.findIndex((line, index) => index > asked && line.includes('- accepted'));
    const then = [...trace];
    then[accepted] = `${trace[accepted]?.slice(0, 24) ?? ''} - failed no-answer`;
    const { exitCode, output } = await replayed(then);
    assert.equal(exitCode, 1);
    assert.match(output, new RegExp(`^Line ${asked + 1}: read ET03`, 'm'));
    assert.match(output, /then {2}failed: no-answer\n +now {3}failed: unreadable-answer/);
  });

  it('names a line that cannot be read, and plays the rest', async () => {
    const trace = await traceOf(MEP, {}, 1);
    const { exitCode, output, errors } = await replayed([...trace.slice(0, 8), 'rubbish', ...trace.slice(8)]);
    assert.equal(exitCode, 2);
    assert.match(errors, /^Line 9 is wrong/m);
    assert.match(output, /requests played: the same/);
  });

  it('plays each connection of a trace of several meters', async () => {
    const optical = await traceOf(OPTICAL, {}, 2);
    const traces = [await traceOf(MEP, {}, 1), optical, await traceOf({ ...MEP, security: 'rc4' }, {}, 3)];
    const counts = await Promise.all(traces.map(async (lines) => (await replayOf(lines.join('\n'))).played));
    const all = traces.flat();
    const { played, differences } = await replayOf(all.join('\n'));
    assert.deepEqual(differences, []);
    assert.equal(
      played,
      counts.reduce((sum, count) => sum + count),
    );
    const lost = traces[0]?.length ?? 0;
    const { exitCode, errors } = await replayed(all.map((line, index) => (index === lost + 2 ? '\u0000\u001b' : line)));
    assert.equal(exitCode, 2);
    assert.match(errors, new RegExp(`^Line ${lost + 3} is wrong`, 'm'));
  });

  it('plays a trace that is cut at either end', async () => {
    for (const settings of [MEP, { ...MEP, security: 'rc4' } as const, OPTICAL]) {
      const lines = await traceOf(settings, {}, 1);
      const text = lines.join('\n');
      const { exitCode, output, errors } = await replayed([text.slice(0, Math.floor(text.length / 2))]);
      assert.equal(exitCode, errors === '' ? 0 : 2, output + errors);
      assert.match(output, /^\d+ requests played: the same/m);
      const second = lines.findIndex((line, index) => index > 40 && line.includes(' - request '));
      const { played } = await replayOf(lines.slice(second).join('\n'));
      assert.ok(played > 0 || settings !== MEP);
    }
  });

  it('plays a long connection while it is read', async () => {
    const lines = await traceOf(MEP, {}, 1);
    const isEdge = (line: string): boolean => / - (?:trace|opened|closed)/.test(line);
    const [first = '', ...others] = lines.filter((line) => !isEdge(line));
    const asked = others.findIndex((line) => line.includes(' - accepted '));
    const failed = `${others[asked]?.slice(0, 24) ?? ''} - failed no-answer`;
    const edited = [first, ...others.map((line, index) => (index === asked ? failed : line))];
    let isFound = false;
    let read = 0;
    let readUntilFound = 0;
    const all = function* (): Generator<ReadLine> {
      for (let round = 0; round < 120; round++) {
        for (const text of round === 0 ? [...lines.slice(0, 2), ...edited] : [first, ...others]) {
          yield { number: ++read, text, line: parseTraceLine(text) };
          if (!isFound) readUntilFound = read;
        }
      }
    };
    const { played, different } = await replayTrace(all(), () => (isFound = true));
    assert.equal(different, 1);
    assert.ok(played > 60);
    assert.ok(readUntilFound < read / 2, `${readUntilFound} of ${read} lines`);
  });

  it('plays a trace of 100 MB in a small memory', async () => {
    const whole = `${(await traceOf(MEP, {}, 1)).join('\n')}\n`;
    const big = join(folder, 'big.trace');
    writeFileSync(big, whole);
    // Lines without end, and many short ones that belong to no trace.
    for (let size = 0; size < 100_000_000; size += 10_000_000)
      writeFileSync(big, `${'\0\u0001'.repeat(4_500_000)}${'rubbish\n'.repeat(125_000)}`, { flag: 'a' });
    writeFileSync(big, whole, { flag: 'a' });
    const words = ['--max-old-space-size=80', ...PROGRAM, 'replay', big];
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (piece) => (output = (output + String(piece)).slice(-2_000)));
    child.stderr.on('data', (piece) => (errors += String(piece)));
    const [exitCode] = (await once(child, 'close')) as [number | null];
    assert.equal(exitCode, 2, errors);
    assert.match(output, /^\d+ requests played: the same/m);
    assert.match(errors, /^Line \d+ is wrong: this is no line of a trace: rubbish$/m);
    assert.match(errors, /^\d+ more lines are wrong\.$/m);
  });

  it('ends with 2 for what is no trace, naming the line', async () => {
    const cases: [string, RegExp][] = [
      ['', /line 1/],
      ['\u0000\u0001\u0002'.repeat(1_000), /Line 1 is wrong/],
      ['{"format":"nes-meter report 1",\n"trace": [\n', /line 3/],
      ['{"format":"nes-meter dump 1"}', /line 1/],
      [
        '2026-03-01T12:00:00.123Z - trace 2 nes-meter 9.0.0 mep digest, clock 1 ms',
        /Line 1 is wrong: this is version 2/,
      ],
    ];
    for (const [text, message] of cases) {
      const file = join(folder, 'wrong');
      writeFileSync(file, text);
      const { exitCode, errors } = await runCli(['replay', file]);
      assert.equal(exitCode, 2, text);
      assert.match(errors, message);
    }
    assert.equal((await runCli(['replay', join(folder, 'missing')])).exitCode, 2);
    assert.ok(readFileSync(join(folder, 'wrong')).length > 0);
  });
});
