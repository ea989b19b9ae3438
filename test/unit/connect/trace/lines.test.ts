import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatTraceLine, parseTraceLine, traceHeadOf } from '../../../../src/connect/trace/line.js';
import { readTraceLines } from '../../../../src/connect/trace/read.js';
import { TraceRing } from '../../../../src/connect/trace/ring.js';

async function read(pieces: readonly string[]): Promise<{ number: number; text: string; isLine: boolean }[]> {
  const lines = [];
  for await (const { number, text, line } of readTraceLines(pieces))
    lines.push({ number, text, isLine: line !== undefined });
  return lines;
}

describe('The lines of a trace', () => {
  it('are a wall time, a direction, and hex or words', () => {
    const at = Date.parse('2026-03-01T12:00:00.123Z');
    const sent = { direction: '>', at, bytes: Uint8Array.of(0, 0x14, 0x3f), mask: undefined } as const;
    assert.equal(formatTraceLine(sent), '2026-03-01T12:00:00.123Z > 00 14 3F');
    const masked = { direction: '<', at, bytes: Uint8Array.of(1, 0), mask: Uint8Array.of(0, 1) } as const;
    assert.equal(formatTraceLine(masked), '2026-03-01T12:00:00.123Z < 01 **');
    const event = { direction: '-', at, word: 'not-opened', rest: 'port-missing' } as const;
    assert.equal(formatTraceLine(event), '2026-03-01T12:00:00.123Z - not-opened port-missing');
  });

  it('read back as they were written', () => {
    const bytes = fc.array(fc.record({ byte: fc.integer({ min: 0, max: 255 }), masked: fc.boolean() }), {
      minLength: 1,
    });
    const times = fc.integer({ min: 0, max: 4_000_000_000_000 });
    fc.assert(
      fc.property(bytes, times, fc.constantFrom('>' as const, '<' as const), (pairs, at, direction) => {
        const mask = pairs.some(({ masked }) => masked)
          ? Uint8Array.from(pairs, ({ masked }) => (masked ? 1 : 0))
          : undefined;
        const shown = Uint8Array.from(pairs, ({ byte, masked }) => (masked ? 0 : byte));
        const line = { direction, at, bytes: shown, mask };
        assert.deepEqual(parseTraceLine(formatTraceLine(line)), line);
      }),
    );
  });

  it('are nothing else', () => {
    for (const text of [
      '',
      '2026-03-01T12:00:00.123Z > 0',
      '2026-03-01T12:00:00.123Z > 00 1',
      '2026-13-01T12:00:00.123Z > 00',
      '2026-03-01T12:00:00.123Z ? 00',
      '12:00:00 > 00 14',
      'EE 00 20',
      '\u0000\u0001\u0002',
    ]) {
      assert.equal(parseTraceLine(text), undefined, text);
    }
  });

  it('are counted over empty lines and comments, in pieces of any size', async () => {
    const text = '# a note\r\n\r\n2026-03-01T12:00:00.123Z > 00 14\r\nrubbish\n2026-03-01T12:00:01.123Z - timeout';
    const whole = await read([text]);
    assert.deepEqual(
      whole.map(({ number, isLine }) => [number, isLine]),
      [
        [3, true],
        [4, false],
        [5, true],
      ],
    );
    assert.deepEqual(await read(Array.from(text)), whole);
  });

  it('take no memory for a line that has no end', async () => {
    const endless = function* (): Generator<string> {
      for (let i = 0; i < 2_000; i++) yield 'A5'.repeat(10_000);
    };
    const before = process.memoryUsage().heapUsed;
    const lines: number[] = [];
    for await (const { text, line } of readTraceLines(endless())) {
      assert.equal(line, undefined);
      lines.push(text.length);
    }
    assert.deepEqual(lines, [65_536]);
    assert.ok(process.memoryUsage().heapUsed - before < 30_000_000);
  });

  it('name the version and how the messages are protected', () => {
    assert.deepEqual(traceHeadOf('1 nes-meter 0.1.0 mep rc4, clock 1.000 ms'), {
      version: 1,
      protocol: 'mep',
      security: 'rc4',
    });
    assert.deepEqual(traceHeadOf('2 nes-meter 9.0.0 optical, clock 1 ms'), {
      version: 2,
      protocol: 'optical',
      security: '',
    });
    assert.deepEqual(traceHeadOf('7 something else'), { version: 7, protocol: '', security: '' });
    assert.equal(traceHeadOf('of nothing'), undefined);
  });
});

describe('The ring of a trace', () => {
  it('keeps the last lines within its size', () => {
    const ring = new TraceRing(100, 1_000);
    for (let i = 0; i < 50; i++) ring.add(`line number ${String(i).padStart(2, '0')}`, i);
    const lines = ring.lines(50);
    assert.equal(lines.at(-1), 'line number 49');
    assert.equal(lines.length, Math.floor(100 / 15));
  });

  it('forgets lines of more than its time ago, also when none comes any more', () => {
    const ring = new TraceRing(1_000, 1_000);
    ring.add('old', 0);
    ring.add('newer', 600);
    assert.deepEqual(ring.lines(900), ['old', 'newer']);
    assert.deepEqual(ring.lines(1_100), ['newer']);
    assert.deepEqual(ring.lines(5_000), []);
  });
});
