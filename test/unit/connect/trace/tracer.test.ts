import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMeter } from '../../../../src/connect/create-meter.js';
import type { MeterSettings } from '../../../../src/connect/settings.js';
import { parseTraceLine, TraceFile, Tracer, type TraceSink } from '../../../../src/connect/trace/index.js';
import { type SimulatorTransport, simulatorTransport } from '../../../../src/simulator/index.js';
import type { Transport } from '../../../../src/transport/index.js';
import { rejectsWith, throwsWith } from '../../../support/assert-error.js';
import { FakeClock } from '../../../support/fake-clock.js';

const MEP: MeterSettings = { protocol: 'mep', transport: 'simulator', security: 'digest', minIntervalMs: 0 };

class Lines implements TraceSink {
  readonly lines: string[] = [];
  add(line: string): void {
    this.lines.push(line);
  }
  /** Directions and first words, without times. */
  get shape(): string[] {
    return this.lines.map((text) => {
      const line = parseTraceLine(text);
      assert.ok(line, text);
      return line.direction === '-' ? `${line.word} ${line.rest.replace(/[,:].*/, '')}`.trim() : line.direction;
    });
  }
}

function traced(
  settings: MeterSettings,
  prepare: (transport: SimulatorTransport) => void = () => undefined,
): { sink: Lines; clock: FakeClock; read: (table: string, count: number) => Promise<unknown> } {
  const clock = new FakeClock();
  const sink = new Lines();
  const transport = simulatorTransport({
    clock,
    protocol: settings.protocol,
    wantsTls: settings.security === 'tls',
  });
  prepare(transport);
  const meter = createMeter(settings, { clock, tracer: new Tracer([sink], clock), makeTransport: () => transport });
  const read = async (table: string, count: number): Promise<unknown> => {
    meter.open();
    try {
      return await clock.run(meter.readTable(table, { offset: 0, count }));
    } finally {
      await clock.run(meter.close());
    }
  };
  return { sink, clock, read };
}

describe('A traced connection', () => {
  it('shows bytes, and what the session made of them', async () => {
    const { sink, read } = traced(MEP);
    await read('BT52', 6);
    const { shape } = sink;
    assert.equal(shape[0], 'trace 1 nes-meter 0.1.0 mep digest');
    assert.match(shape[1] ?? '', /^opened simulated meter/);
    assert.deepEqual(shape.slice(2, 11), [
      'request 3F 00 00 00 00 00 00 13',
      '>',
      '<',
      'refused 0C',
      'retry sequence-number',
      '>',
      '<',
      'accepted 00',
      'request 3F 08 04 00 00 74 00 01',
    ]);
    assert.equal(shape.at(-1), 'closed');
  });

  it('shows each timeout and repetition, and why a request failed', async () => {
    const { sink, read } = traced(MEP, ({ meter }) => {
      meter.isStuck = true;
    });
    await rejectsWith(read('BT52', 6), 'no-answer');
    const { shape } = sink;
    const from = shape.findIndex((word) => word.startsWith('request'));
    assert.deepEqual(shape.slice(from + 1, from + 11), [
      '>',
      'timeout',
      'retry timeout',
      '>',
      'timeout',
      'retry timeout',
      '>',
      'timeout',
      'retry timeout',
      '>',
    ]);
    assert.ok(shape.includes('failed no-answer'));
  });

  it('shows why an answer was rejected', async () => {
    const { sink, read } = traced(MEP, ({ faults }) => {
      faults.rates = { corrupt: 1 };
    });
    await assert.rejects(read('BT52', 6));
    assert.ok(sink.shape.some((word) => word === 'rejected digest' || word === 'timeout'));
  });

  for (const security of ['rc4', 'tls'] as const) {
    it(`shows in plain what ${security} hides`, async () => {
      const { sink, read } = traced({ ...MEP, security });
      await read('BT01', 16);
      const accepted = sink.lines.filter((line) => line.includes(' - accepted '));
      assert.ok(
        accepted.some((line) => line.includes(': 00 00 10 4E 45 53 20')),
        accepted.join('\n'),
      );
    });
  }

  it('shows a session of the optical port without its password', async () => {
    const { sink, read } = traced({ ...MEP, protocol: 'optical' });
    await read('BT01', 16);
    const text = sink.lines.join('\n');
    assert.match(text, /> EE 00 .. 00 00 15 51 (\*\* ){21}\*\*$/m);
    assert.match(text, /- request 51 (\*\* ){19}\*\*: security$/m);
    assert.match(text, /- request 21: terminate$/m);
  });

  it('counts times on the monotonic clock and marks a wall clock that was set', async () => {
    const { sink, clock, read } = traced(MEP);
    await read('BT52', 6);
    const before = sink.lines.length;
    clock.setAhead(-3_600_000);
    await read('BT52', 6);
    const times = sink.lines.map((line) => parseTraceLine(line)?.at ?? 0);
    const clockLine = sink.lines[before] ?? '';
    assert.match(clockLine, /- clock set to 2026-11-20T11:00:\S+, clock \d+\.\d{3} ms$/);
    assert.deepEqual(times.slice(0, before), times.slice(0, before).sort());
    assert.deepEqual(times.slice(before + 1), times.slice(before + 1).sort());
  });
});

describe('The file of a trace', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nes-meter-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const fails = (error: Error): void => {
    throw error;
  };

  it('holds each line before the next exchange begins', async () => {
    const path = join(folder, 'meter.trace');
    const clock = new FakeClock();
    const simulator = simulatorTransport({ clock });
    const missing: string[] = [];
    const watched: Transport = {
      description: 'watched',
      open: (events, signal) => simulator.open(events, signal),
      write: (bytes) => {
        const last = readFileSync(path, 'utf8').trimEnd().split('\n').at(-1) ?? '';
        const line = parseTraceLine(last);
        if (line?.direction !== '>' || line.bytes.length !== bytes.length) missing.push(last);
        return simulator.write(bytes);
      },
      close: () => simulator.close(),
    };
    const file = new TraceFile(path, { failed: fails });
    const meter = createMeter(MEP, { clock, tracer: new Tracer([file], clock), makeTransport: () => watched });
    meter.open();
    await clock.run(meter.readTable('BT52', { offset: 0, count: 6 }));
    await clock.run(meter.close());
    file.close();
    assert.deepEqual(missing, []);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('is appended to, and is no other file and no link', () => {
    const path = join(folder, 'meter.trace');
    const line = '2026-03-01T12:00:00.123Z - timeout';
    for (let round = 1; round <= 2; round++) {
      const file = new TraceFile(path, { failed: fails });
      file.add(line);
      file.close();
      assert.equal(readFileSync(path, 'utf8'), `${line}\n`.repeat(round));
    }
    const other = join(folder, 'notes.txt');
    writeFileSync(other, 'not a trace\n');
    symlinkSync(path, join(folder, 'link'));
    for (const wrong of [other, join(folder, 'link'), folder, join(folder, 'missing', 'meter.trace')]) {
      throwsWith(() => new TraceFile(wrong, { failed: fails }), 'bad-setting');
    }
    assert.equal(readFileSync(other, 'utf8'), 'not a trace\n');
  });

  it('begins anew when it is too long, and keeps the one before', () => {
    const path = join(folder, 'meter.trace');
    const file = new TraceFile(path, { maxBytes: 100, failed: fails });
    for (let i = 0; i < 10; i++) file.add(`2026-03-01T12:00:00.00${i}Z - timeout`);
    file.close();
    const sizes = [path, `${path}.1`].map((name) => statSync(name).size);
    assert.ok(sizes.every((size) => size > 0 && size <= 100));
    assert.match(readFileSync(path, 'utf8'), /00\.009Z - timeout\n$/);
  });

  it('ends without an error of the reading when nothing can be written any more', () => {
    const errors: Error[] = [];
    const path = join(folder, 'meter.trace');
    const file = new TraceFile(path, { maxBytes: 40, failed: (error) => errors.push(error) });
    file.add('2026-03-01T12:00:00.123Z - timeout');
    rmSync(path);
    file.add('2026-03-01T12:00:01.123Z - timeout');
    file.add('2026-03-01T12:00:02.123Z - timeout');
    assert.equal(errors.length, 1);
  });
});
