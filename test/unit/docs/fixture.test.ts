import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { metersMarkdown } from '../../../scripts/docs/meters-markdown.js';
import { tableFixtures } from '../../../scripts/docs/table-fixtures.js';
import { makeFixtures, makeReplay } from '../../../scripts/fixture/make-fixtures.js';
import { fromHex } from '../../../src/bytes/hex.js';
import {
  createMeter,
  makeReport,
  readReportTables,
  type Report,
  Tracer,
  TraceRing,
} from '../../../src/connect/index.js';
import type { MeterSettings } from '../../../src/connect/settings.js';
import { decodeReading } from '../../../src/readings/index.js';
import { simulatorTransport } from '../../../src/simulator/index.js';
import { replayed } from '../../support/replayed.js';
import { type Dimensions, decodeTable, findTable } from '../../../src/tables/index.js';
import { FakeClock } from '../../support/fake-clock.js';

interface Made {
  readonly table: string;
  readonly origin: string;
  readonly hex: string;
  readonly dimensions: Dimensions;
  readonly values: Record<string, unknown>;
  readonly meter: Record<string, unknown>;
}

const SETTINGS: MeterSettings = {
  protocol: 'mep',
  transport: 'tcp',
  host: '192.168.1.20',
  tcpPort: 2000,
  security: 'digest',
  key: 'NES-DEMO-KEY-0000001',
  minIntervalMs: 0,
};

const OPTIONS = { country: null, exists: () => false };

async function report(settings = SETTINGS): Promise<Report> {
  return (await recorded(settings)).report;
}

/** The report of a meter behind a bridge, and the trace that it was made of. */
async function recorded(settings = SETTINGS): Promise<{ report: Report; trace: string }> {
  const clock = new FakeClock();
  const ring = new TraceRing(2_000_000, Infinity);
  const transport = simulatorTransport({ clock });
  const meter = createMeter(settings, { clock, tracer: new Tracer([ring], clock), makeTransport: () => transport });
  meter.open();
  const reading = readReportTables(
    (name, options) => meter.readTable(name, options),
    () => undefined,
    (error) => {
      throw error;
    },
  );
  const tables = await clock.run(reading);
  await clock.run(meter.close());
  const lines = ring.lines(0);
  const trace = lines.join('\n').replace('opened simulated meter 41339801', 'opened 192.168.1.20:2000');
  const { status, identity } = meter;
  return { report: makeReport({ settings, status, meter: identity, errors: [], trace: lines, tables }), trace };
}

describe('A fixture from a report', () => {
  it('holds the values that are decoded from its bytes, and the meter', async () => {
    const { files, left } = makeFixtures(await report(), { country: 'DK', exists: () => false });
    const fixtures = files.filter(({ path }) => path.startsWith('fixtures/'));
    assert.ok(fixtures.length >= 10, left.join());
    for (const { path, text } of fixtures) {
      const made = JSON.parse(text) as Made;
      assert.equal(path, `fixtures/${made.table}/83334-3i-3.72.14.json`);
      assert.deepEqual(made.meter, { model: '83334-3I', firmware: '3.72.14', country: 'DK', port: 'mep', source: 'report' });
      assert.match(made.origin, /Report of a user's meter: 83334-3I, firmware 3\.72\.14, DK, mep/);
      const bytes = fromHex(made.hex) ?? assert.fail();
      if (made.table === 'BT23' || made.table === 'BT28') {
        const { registers } = decodeReading(made.table, bytes, { dimensions: made.dimensions, complete: true });
        assert.deepEqual(Object.fromEntries(registers.map(({ key, value }) => [key, value])), made.values);
      } else {
        assert.deepEqual(decodeTable(findTable(made.table) ?? assert.fail(), bytes, made.dimensions), made.values);
      }
    }
  });

  it('comes with a trace that replays', async () => {
    const { files } = makeFixtures(await report(), { country: null, exists: () => false });
    const trace = files.find(({ path }) => path === 'replays/83334-3i-3.72.14.trace');
    const { played, differences } = await replayed(trace?.text ?? '');
    assert.ok(played >= 15);
    assert.deepEqual(differences, []);
  });

  it('is made of tables that were read whole, not of parts in the trace', async () => {
    const { files, left } = makeFixtures(await report(), OPTIONS);
    const folders = files.map(({ path }) => path.split('/')[1]);
    // Of ET54 and ET07 the connection reads a part.
    assert.deepEqual(folders.filter((folder) => folder === 'ET54' || folder === 'ET07'), []);
    assert.deepEqual(left, []);
    const { tables, ...rest } = await report();
    assert.ok(tables);
    assert.deepEqual(
      makeFixtures(rest as Report, OPTIONS).files.map(({ path }) => path),
      ['replays/83334-3i-3.72.14.trace'],
    );
  });

  it('can be a replay of a trace alone, without serial number and address', async () => {
    const { trace } = await recorded();
    assert.match(trace, /192\.168\.1\.20/);
    assert.match(trace, /34 31 33 33 39 38 30 31/);
    const { path, text } = makeReplay(trace, { ...OPTIONS, country: 'DK' });
    assert.equal(path, 'replays/unknown-unknown.trace');
    assert.match(text, /^# Report of a user's meter: model unknown, firmware unknown, DK, mep\./);
    assert.doesNotMatch(text, /192\.168\.1\.20|41339801|34 31 33 33 39 38 30 31/);
    const { played, differences } = await replayed(text);
    assert.ok(played >= 15);
    assert.deepEqual(differences, []);
  });

  it('is not made of a dump with the serial number', () => {
    const dump = (serial: string | null): Report => ({
      format: 'nes-meter dump 1',
      meter: { serial, model: '83334', firmware: '3.72.14', protocol: 'optical' },
      tables: [{ number: 20, raw: '3F0EFD0F08100104081A' }],
    });
    assert.throws(() => makeFixtures(dump('41339801'), OPTIONS), /not redacted/);
    for (const serial of ['redacted', null]) {
      const [file] = makeFixtures(dump(serial), OPTIONS).files;
      const { meter } = JSON.parse(file?.text ?? '') as Made;
      assert.deepEqual(meter, { model: '83334', firmware: '3.72.14', country: null, port: 'optical', source: 'report' });
    }
  });

  it('takes the next name where one is taken', async () => {
    const taken = new Set(['replays/83334-3i-3.72.14.trace', 'fixtures/BT01/83334-3i-3.72.14.json']);
    const { files } = makeFixtures(await report(), { country: null, exists: (path) => taken.has(path) });
    assert.ok(files.some(({ path }) => path === 'replays/83334-3i-3.72.14-2.trace'));
    assert.ok(files.some(({ path }) => path === 'fixtures/BT01/83334-3i-3.72.14-2.json'));
  });

  it('is not made of a simulated meter, nor of anything else', async () => {
    const simulated = await report({ ...SETTINGS, transport: 'simulator' });
    assert.throws(() => makeFixtures(simulated, OPTIONS), /simulated meter/);
    assert.throws(() => makeFixtures({ format: 'another' }, OPTIONS), /neither/);
    const opened = '2026-12-01T10:55:20.607Z - opened simulated meter 41339801';
    assert.throws(() => makeReplay(opened, OPTIONS), /simulated meter/);
    assert.throws(() => makeReplay('notes of a user', OPTIONS), /neither/);
  });
});

describe('docs/METERS.md', () => {
  it('equals the fixtures (else: npm run docs)', () => {
    const page = readFileSync(join(__dirname, '../../../docs/METERS.md'), 'utf8');
    assert.equal(page, metersMarkdown(tableFixtures()), 'docs/METERS.md is not current: run npm run docs');
  });

  it('has one row for each meter and source, with its tables', () => {
    const meter = { model: '83332|x', firmware: '4.10', country: 'AT', port: 'optical', source: 'report' } as const;
    const page = metersMarkdown([
      { table: 'BT28', origin: 'Report', meter },
      { table: 'BT23', origin: 'Report', meter },
      { table: 'BT01', origin: 'Made by hand', },
    ]);
    assert.match(page, /^\| 83332\\\|x \| 4\.10 \| AT \| optical \| a report \| BT23, BT28 \|$/m);
    assert.match(page, /^Made by hand .*: BT01\.$/m);
  });
});
