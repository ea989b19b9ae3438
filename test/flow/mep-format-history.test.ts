import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { csvHeader } from '../../src/publish/rows/index.js';
import { decoded, SERIAL } from '../support/readings/decoded.js';
import { type HistoryMessage, intervals, listOf } from '../support/readings/history.js';
import { HomeAssistantRecorder } from '../support/sinks/home-assistant-recorder.js';
import { Flow, type FlowNode, withNodeRed } from '../support/node-red/flow.js';
import { cloned } from '../support/node-red/util.js';
import { until } from '../support/until.js';

const node = (properties: object): FlowNode => ({
  ...{ id: 'format', type: 'mep-format', expireAfter: '180', wires: [['out']] },
  ...properties,
});
const DAY = intervals('2025-11-30T23:15:00Z', 96);
const event: object = {
  payload: { time: '2025-12-01T00:00:00Z', sequence: 1, event: 48, name: 'Cover removed' },
  history: { kind: 'event', log: 'BT74' },
  meter: { serial: SERIAL },
};

describe('mep-format with history', () => {
  let running: Flow | undefined;
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'history-'));
  });
  after(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  // A deleted node does not hand its state over to the node of the next test.
  afterEach(async () => {
    await running?.redeploy([], 'nodes');
    running = undefined;
  });
  withNodeRed();

  const start = async (properties: object): Promise<Flow> => (running = await Flow.load([node(properties)]));
  async function receive(flow: Flow, ...messages: readonly object[]): Promise<void> {
    const handled = (): number => flow.completed.length + flow.caught.length;
    const target = handled() + messages.length;
    for (const msg of messages) flow.send('format', cloned(msg));
    await until(() => handled() >= target, 'the messages to be handled');
  }
  const codes = (flow: Flow): unknown[] => flow.caught.map(({ error }) => error?.code);

  it('puts live readings and history into one series, and neither changes the other', async () => {
    const flow = await start({ format: 'influx' });
    const live = decoded('BT23', { readAt: '2025-12-02T00:00:03Z' });
    await receive(flow, live, ...DAY.slice(0, 4), decoded('BT28', { readAt: '2025-12-02T00:00:04Z' }), listOf(DAY));
    const lines = flow.out.flatMap(({ payload }) => String(payload).split('\n'));
    assert.equal(lines.length, 1 + 4 + 1 + 96);
    assert.ok(lines.every((line) => line.startsWith(`nes,serial=${SERIAL} `)));
    assert.equal(new Set(lines).size, 98);
    assert.deepEqual(codes(flow), []);
    await receive(flow, live);
    assert.equal(flow.out.length, 7, 'the same reading again is no new one');
  });

  it('refuses history in a list where only live readings are taken', async () => {
    const flow = await start({ format: 'json' });
    await receive(flow, listOf(DAY), DAY[0]!, event);
    assert.deepEqual(codes(flow), ['history-not-live', 'history-not-live', 'history-not-live']);
    assert.deepEqual(flow.out, []);
  });

  it('refuses records without totals, and live readings where history is expected', async () => {
    const flow = await start({ format: 'sql' });
    await receive(flow, event);
    assert.deepEqual(codes(flow), ['history-not-live']);
    await flow.redeploy([node({ format: 'ha-statistics' })]);
    await receive(flow, decoded('BT23'), { payload: 'what is this' });
    assert.deepEqual(codes(flow), ['history-not-live', 'bad-payload', 'bad-payload']);
    assert.deepEqual(flow.out, []);
  });

  it('writes each interval to a CSV file once over deploys, until it is to forget', async () => {
    const flow = await start({ format: 'csv' });
    await receive(flow, ...DAY.slice(0, 10));
    await flow.redeploy([node({ format: 'csv', name: 'renamed' })]);
    await receive(flow, listOf(DAY));
    assert.equal(flow.out.length, 11);
    assert.equal(String(flow.out.at(-1)?.payload).split('\n').length, 86);
    await receive(flow, ...DAY.slice(0, 3), { topic: 'forget' }, ...DAY.slice(0, 3));
    assert.equal(flow.out.length, 14);
  });

  it('begins a file with its header and leaves out what is in it, also after a kill', async () => {
    const file = join(directory, 'nes.csv');
    const properties = { format: 'csv', rows: 'intervals', file };
    const flow = await start(properties);
    /** What the file node behind it does. */
    const append = (from: number): void => {
      for (const { payload } of flow.out.slice(from)) appendFileSync(file, `${String(payload)}\n`);
    };
    await receive(flow, ...DAY.slice(0, 10));
    assert.ok(!existsSync(file));
    // Node-RED ends without a word: only seven of ten messages are in the file, the last one is cut off.
    for (const { payload } of flow.out.slice(0, 7)) appendFileSync(file, `${String(payload)}\n`);
    appendFileSync(file, String(flow.out[7]?.payload).slice(0, 30));
    await flow.redeploy([], 'nodes');
    await flow.redeploy([node(properties)]);
    let from = flow.out.length;
    await receive(flow, ...DAY.slice(0, 20));
    append(from);
    await flow.redeploy([node({ ...properties, name: 'again' })]);
    from = flow.out.length;
    await receive(flow, listOf(DAY));
    append(from);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    assert.equal(lines[0], csvHeader('comma', 'intervals'));
    const whole = lines.slice(1).filter((line) => line.endsWith(',ok'));
    assert.equal(whole.length, 96);
    assert.equal(new Set(whole).size, 96);
    assert.equal(lines.length, 98, 'the piece that was cut off has a line of its own');
  });

  it('begins a file of live readings with a header too', async () => {
    const flow = await start({ format: 'csv', file: join(directory, 'live.csv') });
    await receive(flow, decoded('BT23'), decoded('BT28'));
    assert.deepEqual(
      flow.out.map(({ payload }) => String(payload).split('\n').length),
      [2, 1],
    );
    assert.ok(String(flow.out[0]?.payload).startsWith(`${csvHeader('comma')}\n`));
  });

  it('imports statistics through the API node of Home Assistant and back', async () => {
    const recorder = new HomeAssistantRecorder();
    const flow = await start({ format: 'ha-statistics' });
    let answered = 0;
    /** What the API node does until nothing is to be answered. */
    const answerAll = async (): Promise<void> => {
      for (; answered < flow.out.length; answered++) {
        const answer = recorder.answer(cloned(flow.out[answered]!));
        if (answer !== undefined) await receive(flow, answer);
      }
    };
    const send = async (messages: readonly HistoryMessage[]): Promise<void> => {
      await receive(flow, listOf(messages));
      await answerAll();
    };
    await send(DAY.slice(0, 50));
    await flow.redeploy([node({ format: 'ha-statistics', name: 'renamed' })]);
    await send(DAY.slice(40));
    const statistic = `nes_meter:${SERIAL}_active_energy_import`;
    assert.equal(recorder.sorted(statistic).length, 24);
    assert.ok([...recorder.bars(statistic).values()].slice(1).every((bar) => bar === 0.4));
    await send(DAY);
    assert.equal(recorder.sorted(statistic).length, 24);
    assert.deepEqual(codes(flow), []);
    await send(intervals('2025-11-29T00:15:00Z', 8, { total: 50 }));
    assert.deepEqual(codes(flow), ['statistics-unanchored']);
  });
});
