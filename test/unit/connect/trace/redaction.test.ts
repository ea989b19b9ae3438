import assert from 'node:assert/strict';
import { createMeter } from '../../../../src/connect/create-meter.js';
import type { MeterSettings } from '../../../../src/connect/settings.js';
import { TraceExplainer, isTraceProblem } from '../../../../src/cli/trace-explainer.js';
import { parseTraceLine, redactTrace, Tracer } from '../../../../src/connect/trace/index.js';
import { Conversation, type TracedExchange } from '../../../../src/connect/trace/conversation.js';
import { simulatorTransport } from '../../../../src/simulator/index.js';
import type { Transport } from '../../../../src/transport/index.js';
import { FakeClock } from '../../../support/fake-clock.js';

const SERIAL = '41339801';
const TABLES = ['BT01', 'BT23', 'ET03', 'ET13', 'ET14', 'ET70', 'BT05', 'BT06'];
const MEP: MeterSettings = { protocol: 'mep', transport: 'simulator', security: 'digest', minIntervalMs: 0 };

/** Every form in which a serial number may appear, as hex digits. */
function formsOf(serial: string): string[] {
  const text = Buffer.from(serial);
  const packed = Buffer.from(serial, 'hex');
  const number = Buffer.alloc(4);
  number.writeUInt32BE(Number(serial));
  return [text, packed, number]
    .flatMap((form) => [form, Buffer.from(form).reverse()])
    .concat(Buffer.from(serial, 'utf16le'))
    .map((form) => form.toString('hex').toUpperCase());
}

/** A trace of reads, as it is written; answers come in pieces of `size` bytes. */
async function traceOf(settings: MeterSettings, size: number): Promise<string[]> {
  const clock = new FakeClock();
  const simulator = simulatorTransport({
    clock,
    protocol: settings.protocol,
    wantsTls: settings.security === 'tls',
    serial: SERIAL,
  });
  // The meter repeats its number in a table that any client may write, in several forms.
  const hidden = Buffer.concat([Buffer.from(SERIAL, 'hex'), Buffer.from(SERIAL).reverse()]);
  simulator.meter.write({ service: 'full-write', table: 2061, data: hidden });
  const pieces: Transport = {
    description: `meter ${SERIAL}`,
    open: (events, signal) =>
      simulator.open(
        {
          ...events,
          data: (bytes) => {
            for (let at = 0; at < bytes.length; at += size) events.data(bytes.slice(at, at + size));
          },
        },
        signal,
      ),
    write: (bytes) => simulator.write(bytes),
    close: () => simulator.close(),
  };
  const lines: string[] = [];
  const tracer = new Tracer([{ add: (line) => lines.push(line) }], clock);
  const meter = createMeter(settings, { clock, tracer, makeTransport: () => pieces });
  meter.open();
  for (const table of TABLES) await clock.run(meter.readTable(table)).catch(() => undefined);
  await clock.run(meter.close());
  return lines;
}

function streamsOf(lines: readonly string[]): string {
  return (['>', '<'] as const)
    .map((direction) =>
      lines
        .map((line) => parseTraceLine(line))
        .flatMap((line) => (line?.direction === direction ? [Buffer.from(line.bytes).toString('hex')] : []))
        .join(''),
    )
    .join('\n')
    .toUpperCase();
}

function exchangesOf(lines: readonly string[]): TracedExchange[] {
  const conversation = new Conversation();
  const found = lines.map((text, index) => {
    const line = parseTraceLine(text);
    return line && conversation.next(line, index);
  });
  return [...found, conversation.end()].filter((exchange) => exchange !== undefined);
}

const bytesOf = (exchange: TracedExchange | undefined): string =>
  Buffer.from(exchange?.answer?.bytes ?? []).toString('hex');

describe('A redacted trace', () => {
  for (const [name, settings] of [
    ['mep', MEP],
    ['rc4', { ...MEP, security: 'rc4' }],
    ['optical', { ...MEP, protocol: 'optical' }],
  ] as const) {
    for (const size of [1, 7, 1_000]) {
      it(`holds the serial number in no form: ${name}, pieces of ${size} bytes`, async () => {
        const lines = await traceOf(settings, size);
        const redacted = redactTrace(lines, { texts: [SERIAL], dimensions: {} });
        const text = redacted.join('\n');
        assert.ok(lines.join('\n').includes(SERIAL), 'the test shows something');
        assert.ok(!text.includes(SERIAL));
        const hex = streamsOf(redacted) + text.replace(/ /g, '').toUpperCase();
        for (const form of formsOf(SERIAL)) assert.ok(!hex.includes(form), form);
        for (const { answer } of exchangesOf(redacted)) {
          const whole = Buffer.from(answer?.bytes ?? [])
            .toString('hex')
            .toUpperCase();
          for (const form of formsOf(SERIAL)) assert.ok(!whole.includes(form), form);
        }
      });
    }
  }

  it('is explained without a wrong digest or CRC', async () => {
    for (const settings of [MEP, { ...MEP, protocol: 'optical' }] as const) {
      const redacted = redactTrace(await traceOf(settings, 9), { texts: [], dimensions: {} });
      const explainer = new TraceExplainer({
        key: settings.protocol === 'mep' ? new TextEncoder().encode('NES-DEMO-KEY-0000001') : undefined,
        dimensions: {},
      });
      const found = redacted.flatMap((text, index) =>
        explainer.next({ number: index + 1, text, line: parseTraceLine(text) }),
      );
      assert.deepEqual(
        [...found, ...explainer.flush()].filter(isTraceProblem).map(({ line }) => [line, redacted[line - 1]]),
        [],
      );
    }
  });

  it('has the same replacement everywhere, and leaves the values of registers', async () => {
    const lines = await traceOf(MEP, 5);
    const before = exchangesOf(lines);
    const redacted = exchangesOf(redactTrace(lines, { texts: [], dimensions: {} }));
    assert.equal(redacted.length, before.length);
    const at = (exchanges: TracedExchange[], table: number): string =>
      bytesOf(exchanges.find(({ request }) => request?.table === table));
    assert.ok(at(before, 2051).includes(Buffer.from(SERIAL).toString('hex')));
    assert.ok(at(redacted, 2051).includes(Buffer.from('00000001').toString('hex')));
    assert.equal(at(redacted, 23), at(before, 23));
    assert.notEqual(at(before, 23), '');
  });

  it('marks each message whose digest is no longer valid', async () => {
    const redacted = redactTrace(await traceOf(MEP, 1_000), { texts: [], dimensions: {} });
    const marks = redacted.flatMap((line, index) => (line.includes(' - redacted ') ? [redacted[index - 1] ?? ''] : []));
    assert.ok(marks.length > 0);
    assert.ok(marks.some((line) => line.includes('30 30 30 30 30 30 30 31')));
    assert.ok(marks.every((line) => line.includes(' < ')));
  });
});
