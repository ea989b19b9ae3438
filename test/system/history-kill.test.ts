import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { csvHeader } from '../../src/publish/rows/index.js';
import { NodeRedProcess } from '../support/node-red/node-red-process.js';
import { serveTestedMeter, TESTED_KEY, type TestedMeter } from '../support/node-red/tested-meter.js';
import { until } from '../support/until.js';

const PROFILE_TABLE = 64;
const DAYS = 4;
/** An answer of the meter holds at most this many intervals of 10 bytes. */
const PER_ANSWER = 47;
/** After which answer of the load profile, and how many ms later, Node-RED is killed. */
const KILLS = [
  [1, 0],
  [2, 25],
  [2, 4],
] as const;

describe('mep-history in a Node-RED that is killed', () => {
  const directory = mkdtempSync(join(tmpdir(), 'killed-'));
  const [csv, all] = [join(directory, 'once.csv'), join(directory, 'all.txt')];
  let tested: TestedMeter;
  let nodeRed: NodeRedProcess;

  before(async () => {
    tested = await serveTestedMeter();
    nodeRed = await NodeRedProcess.install();
  });
  after(async () => {
    await (nodeRed as NodeRedProcess | undefined)?.remove();
    await (tested as TestedMeter | undefined)?.served.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const linesOf = (path: string): string[] => {
    try {
      return readFileSync(path, 'utf8').trimEnd().split('\n');
    } catch {
      return [];
    }
  };

  function flow(): object[] {
    const z = 'tab';
    const at = { z, x: 0, y: 0 };
    const file = (id: string, filename: string): object => ({
      ...{ id, type: 'file', ...at, filename, filenameType: 'str', wires: [[]] },
      ...{ appendNewline: true, createDir: true, overwriteFile: 'false', encoding: 'utf8' },
    });
    return [
      { id: z, type: 'tab', label: 'history' },
      { id: 'meter', type: 'mep-config', name: '', ...tested.tcp, minInterval: 0, credentials: { key: TESTED_KEY } },
      {
        ...{ id: 'load', type: 'mep-history', ...at, meter: 'meter', what: 'intervals', dataSet: 'auto', from: 'days' },
        ...{ days: DAYS, interval: 900, send: 'each', wires: [['fmt', 'end'], []] },
      },
      {
        id: 'fmt',
        type: 'mep-format',
        ...at,
        format: 'csv',
        rows: 'intervals',
        file: csv,
        allowSimulated: true,
        wires: [['csv']],
      },
      file('csv', csv),
      {
        id: 'end',
        type: 'change',
        ...at,
        rules: [{ t: 'set', p: 'payload', pt: 'msg', to: 'history.end', tot: 'msg' }],
        wires: [['all']],
      },
      file('all', all),
    ];
  }

  /** Resolves when the meter has answered with a number of pieces of the load profile. */
  function answered(pieces: number): Promise<void> {
    let count = 0;
    return new Promise((resolve) => {
      tested.meter.onExchange(({ request, data }) => {
        const table = request && 'table' in request ? request.table : undefined;
        if (table === PROFILE_TABLE && data && data.length > PER_ANSWER && ++count === pieces) resolve();
      });
    });
  }

  it('misses no interval, repeats one answer at most, and writes each to CSV once', async () => {
    let kill = answered(KILLS[0][0]);
    await nodeRed.start();
    await nodeRed.deploy(flow());
    for (const [index, [, delayMs]] of KILLS.entries()) {
      await kill;
      await pause(delayMs);
      await nodeRed.kill();
      kill = answered(KILLS[index + 1]?.[0] ?? Infinity);
      await nodeRed.start();
    }
    const seen = (): unknown => [linesOf(all).length, linesOf(csv).length, nodeRed.log.slice(-2_000)];
    const newest = (): number => Math.max(...linesOf(all).map((line) => Date.parse(line)));
    await until(() => Date.now() - newest() < 2 * 900_000, 'the newest interval', { seen });
    await until(() => linesOf(csv).length > new Set(linesOf(all)).size, 'its row', { seen });

    const ends = [...new Set(linesOf(all))].map((line) => Date.parse(line));
    assert.ok(ends.length >= DAYS * 96 - 1, String(ends.length));
    for (const [index, end] of ends.entries()) {
      if (index > 0) assert.equal(end - (ends[index - 1] ?? 0), 900_000, 'no hole, in order');
    }
    const repeated = linesOf(all).length - ends.length;
    assert.ok(repeated <= KILLS.length * PER_ANSWER, `${repeated} repeated`);
    const [header, ...rows] = linesOf(csv);
    assert.equal(header, csvHeader('comma', 'intervals'));
    const rowEnds = rows.map((row) => Date.parse(`${(row.split(',')[1] ?? '').replace(' ', 'T')}Z`));
    assert.deepEqual(rowEnds, ends);
  });
});
