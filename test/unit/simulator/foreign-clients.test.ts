import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { concatBytes, toHex } from '../../../src/bytes/hex.js';
import { packetsIn } from '../../../src/connect/trace/conversation.js';
import { parseTraceLine, type TraceLine } from '../../../src/connect/trace/index.js';
import { opticalBehaviour, SimulatedMeter, SimulatedOpticalPort } from '../../../src/simulator/index.js';
import { FaultInjector } from '../../../src/simulator/faults.js';
import { lineServer } from '../../../src/simulator/line-server.js';
import { PROCESS_TIMING } from '../../../src/simulator/serve.js';
import { runCli } from '../../support/cli/recorded-terminal.js';
import { FakeClock } from '../../support/fake-clock.js';

const FOLDER = join(__dirname, '..', '..', 'fixtures', 'client-traces');
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.trace'));
const DEMO_KEY = 'NES-DEMO-KEY-0000001';
/** What belongs to no message: this client wakes the optical head with four bytes. */
const PROBLEMS: Readonly<Record<string, readonly [line: number, problems: readonly string[]][]>> = {
  'esphome-osgp-meter.trace': [[3, ['no packet of the optical port: it does not begin as one']]],
};
const START = Date.parse('2026-12-01T12:00:00Z');

type Chunk = Extract<TraceLine, { direction: '>' | '<' }>;

interface ClientTrace {
  readonly chunks: readonly Chunk[];
  readonly profile: 'gen2' | 'gen3' | 'gen4';
  readonly isOptical: boolean;
}

function readTrace(file: string): ClientTrace {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const lines = text.split('\n').flatMap((line) => parseTraceLine(line) ?? []);
  return {
    chunks: lines.flatMap((line) => (line.direction === '-' ? [] : [line])),
    profile: /^# .*simulated meter (gen[234])$/m.exec(text)?.[1] as ClientTrace['profile'],
    isOptical: / - trace 1 .* optical,/.test(text),
  };
}

const received = (chunks: readonly Chunk[]): Uint8Array =>
  concatBytes(...chunks.flatMap(({ direction, bytes }) => (direction === '<' ? [bytes] : [])));

/** The bytes that a simulated meter sends to these requests, at their times. */
async function answersTo({ chunks, profile, isOptical }: ClientTrace, isAlertRaised: boolean): Promise<Uint8Array> {
  const clock = new FakeClock(new Date(START).toISOString());
  const meter = new SimulatedMeter({ clock, profile });
  meter.setAlert(isAlertRaised);
  const [refused] = mepMessages(received(chunks));
  if (!isOptical && refused) meter.port.sequence = Number.parseInt(toHex(refused.subarray(1, 5), ''), 16);
  const sent: Uint8Array[] = [];
  const server = lineServer({
    meter,
    optical: isOptical ? new SimulatedOpticalPort(meter, opticalBehaviour(profile)) : undefined,
    clock,
    timing: PROCESS_TIMING,
    faults: new FaultInjector(),
    send: (bytes) => sent.push(bytes),
  });
  const from = chunks[0]?.at ?? 0;
  for (const { direction, at, bytes } of chunks) {
    if (direction === '<') continue;
    await clock.advance(at - from - clock.now());
    server.receive(bytes);
  }
  await clock.advance(500);
  server.stop();
  return concatBytes(...sent);
}

/** The bodies of messages, without alerts. */
function mepMessages(bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const length = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    if (length > 0) found.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return found;
}

/** What does not depend on the meter's values: acknowledgements, response codes and lengths. */
function shapeOf(bytes: Uint8Array, isOptical: boolean): string[] {
  if (!isOptical) return mepMessages(bytes).map((body) => `${toHex(body.subarray(0, 1))}, ${body.length}`);
  const shape: string[] = [];
  let at = 0;
  for (const { start, end, isFirst } of packetsIn(bytes)) {
    shape.push(toHex(bytes.subarray(at, start)));
    shape.push(`${isFirst ? toHex(bytes.subarray(start + 6, start + 7)) : 'next'}, ${end - start}`);
    at = end;
  }
  return [...shape, toHex(bytes.subarray(at))].filter((entry) => entry !== '');
}

describe('simulator: the requests of other clients', function () {
  this.timeout(60_000);

  it('are those of five programs', () => {
    assert.deepEqual(files.sort(), [
      'esphome-osgp-meter.trace',
      'mep-sw-esp32-alert.trace',
      'mep-sw-esp32.trace',
      'nes-mep-reader.trace',
      'termineter-gen2.trace',
      'termineter.trace',
    ]);
  });

  for (const file of files) {
    it(`are answered as they were when the client understood it: ${file}`, async () => {
      const trace = readTrace(file);
      const shape = shapeOf(received(trace.chunks), trace.isOptical);
      const now = shapeOf(await answersTo(trace, file.includes('alert')), trace.isOptical);
      assert.ok(shape.length >= 10);
      assert.deepEqual(now.slice(0, shape.length), shape);
    });

    it(`are explained, every byte of them: ${file}`, async () => {
      const { output } = await runCli(['explain', join(FOLDER, file), '--json'], { env: { NES_METER_KEY: DEMO_KEY } });
      const found = JSON.parse(output) as { line: number; problems?: string[]; digest?: string; kind: string }[];
      assert.deepEqual(
        found.flatMap(({ line, problems = [] }) => (problems.length > 0 ? [[line, problems]] : [])),
        PROBLEMS[file] ?? [],
      );
      assert.ok(found.length >= 10);
      assert.ok(found.every(({ digest = 'right' }) => digest === 'right'));
    });
  }
});
