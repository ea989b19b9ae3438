import assert from 'node:assert/strict';
import { run } from '../../../src/cli/program.js';
import { RecordedTerminal, runCli } from '../../support/cli/recorded-terminal.js';

type RecordJson = Record<'payload' | 'history' | 'meter' | 'table', Record<string, unknown>> & { topic: string };

describe('nes-meter history', () => {
  it('prints a row for each interval, oldest first', async () => {
    const { output, errors, exitCode } = await runCli(['history', '--days', '1', '--simulator']);
    const [head, ...rows] = output.trimEnd().split('\n');
    assert.match(head ?? '', /^start +end +quality +activeEnergyImport .*usedActiveEnergyImport/);
    assert.equal(rows.length, 96);
    assert.deepEqual(rows, rows.slice().sort());
    assert.match(errors, /^Data set 1: intervals of 15 minutes, [\d.]+ days, 20\S+Z to 20\S+Z\n$/);
    assert.equal(exitCode, 0);
  });

  it('prints CSV with as many cells in each line', async () => {
    const { output } = await runCli(['history', 'intervals', '--days', '2', '--csv', '--simulator', 'gen4']);
    const lines = output.trimEnd().split('\n');
    assert.equal(
      lines[0],
      'start,end,quality,flags,activeEnergyImport,activeEnergyExport,usedActiveEnergyImport,usedActiveEnergyExport',
    );
    assert.equal(lines.length, 1 + 2 * 96);
    assert.ok(lines.every((line) => line.split(',').length === 8));
    assert.match(lines[5] ?? '', /^20[\d-]+T[\d:]+Z,20[\d-]+T[\d:]+Z,ok,,[\d.]+,[\d.]+,[\d.]+,[\d.]+$/);
  });

  for (const [what, topic] of [
    ['billing', 'billing'],
    ['events', 'event'],
    ['outages', 'outage'],
    ['mbus', 'mbus'],
  ] as const) {
    it(`prints ${what} as one JSON document, and as CSV`, async () => {
      const { output, exitCode } = await runCli(['history', what, '--json', '--simulator', 'gen4']);
      const records = JSON.parse(output) as RecordJson[];
      assert.ok(records.length > 0);
      assert.ok(records.every((record) => record.topic === topic && record.history['kind'] === topic));
      assert.equal(exitCode, 0);
      const printed = await runCli(['history', what, '--csv', '--simulator', 'gen4']);
      assert.ok(printed.output.split('\n').length > records.length, printed.output);
    });
  }

  it('shows a bar on a screen while it reads, and clears it', async () => {
    const terminal = new RecordedTerminal({ isErrorScreen: true });
    assert.equal(await run(['history', '--days', '3', '--csv', '--simulator'], terminal), 0);
    const bars = terminal.errors.match(/\[#*\.*\] \d+ of \d+ intervals/g) ?? [];
    assert.ok(bars.length > 3, terminal.errors);
    assert.match(bars.at(-1) ?? '', /^\[#{30}\] 288 of 288 intervals$/);
    assert.ok(terminal.errors.endsWith('\r\u001b[K'));
  });

  it('refuses what it cannot print', async () => {
    for (const words of [['weather'], ['--days', '0'], ['--csv', '--json'], ['--data-set', '5']]) {
      const { output, exitCode } = await runCli(['history', ...words, '--simulator']);
      assert.deepEqual([output, exitCode], ['', 2], words.join(' '));
    }
  });

  it('prints a reason and no value where a data set does not exist', async () => {
    const { output, errors, exitCode } = await runCli(['history', '--data-set', '4', '--csv', '--simulator']);
    assert.deepEqual([output, exitCode], ['', 1]);
    assert.match(errors, /records no load profile/);
  });
});
