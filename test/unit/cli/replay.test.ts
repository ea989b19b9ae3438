import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMeter } from '../../../src/connect/create-meter.js';
import type { MeterSettings } from '../../../src/connect/settings.js';
import { redactTrace, Tracer } from '../../../src/connect/trace/index.js';
import { type FaultRates, FAULTS, OPTICAL_FAULTS, simulatorTransport } from '../../../src/simulator/index.js';
import { runCli } from '../../support/cli/recorded-terminal.js';
import { FakeClock } from '../../support/fake-clock.js';

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

describe('nes-meter replay', function () {
  this.timeout(120_000);
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
    ...FAULTS.map((fault): [string, MeterSettings, FaultRates] => [`digest, ${fault}`, MEP, { [fault]: 0.3 }]),
    ...OPTICAL_FAULTS.map((fault): [string, MeterSettings, FaultRates] => [
      `optical, ${fault}`,
      OPTICAL,
      { [fault]: 0.1 },
    ]),
  ];
  for (const [name, settings, faults] of lines) {
    it(`finds no difference in what this version has traced: ${name}`, async () => {
      for (const seed of [1, 2, 3]) {
        const { exitCode, output, errors } = await replayed(await traceOf(settings, faults, seed));
        assert.equal(exitCode, 0, `seed ${seed}: ${output}${errors}`);
        assert.match(output, /^\d+ requests played: the same/m);
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
