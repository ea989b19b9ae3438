import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { NodeRedProcess } from '../../support/node-red/node-red-process.js';
import { until } from '../../support/until.js';
import { freePort, listening } from '../../support/ports.js';

const LINES = 6_000;
const SINKS: readonly ({ readonly id: string } & Readonly<Record<string, string>>)[] = [
  { id: 'discovery', type: 'mep-ha-discovery' },
  { id: 'alarm', type: 'mep-alarm', powerLimit: '5000' },
  { id: 'guard', type: 'mep-plausibility' },
  { id: 'counter', type: 'mep-consumption' },
  { id: 'json', type: 'mep-format', format: 'json' },
  { id: 'homie', type: 'mep-format', format: 'homie' },
  { id: 'p1', type: 'mep-format', format: 'p1-dsmr5' },
];

/** A decoded reading of the values in a line. */
const MAKE = `const { id, P, tPI } = msg.payload.data;
msg.payload = { activePower: P, activeEnergyImport: tPI };
msg.meter = { serial: id };
return msg;`;

/** Answers on the connection after all its lines were processed. */
const COUNT = `const seen = (context.get('seen') || 0) + 1;
context.set('seen', seen);
return seen % ${LINES} === 0 ? { _session: msg._session, payload: 'done' } : null;`;

/** Lines of another reader, each of another meter. */
const FLOODS: Readonly<Record<string, (line: number) => string>> = {
  'new serial numbers': (line) => `A${line}`,
  'serial numbers that differ in odd characters': (line) =>
    `${String.fromCodePoint(0x1f300 + (line % 999))}/${line}$t(\u0001`,
  'one serial number after the other, again and again': (line) => `B${line % 2}`,
  'serial numbers of 20,000 characters': (line) => `${'x'.repeat(20_000)}${line}`,
};

/** How many times the median of one ordinary meter's flood the median of another flood may be. */
const MAX_RATIO = 5;

describe('Thousands of strange serial numbers', () => {
  let nodeRed: NodeRedProcess;
  let port: number;
  /** The median response time while as many lines of one ordinary meter come: that of this machine, as busy as it is. */
  let ordinaryMs: number;

  before(async () => {
    port = await freePort();
    const file = { module: 'localfilesystem', config: { cache: false } };
    nodeRed = await NodeRedProcess.install({ settings: { contextStorage: { default: { module: 'memory' }, file } } });
    await nodeRed.start();
  });
  after(() => nodeRed.remove());

  const flow = (): object[] => [
    { id: 'tab', type: 'tab', label: 'flood' },
    ...[
      {
        id: 'in',
        type: 'tcp in',
        server: 'server',
        host: '',
        port: String(port),
        datamode: 'stream',
        datatype: 'utf8',
        newline: '\\n',
        topic: '',
        wires: [['parse']],
      },
      { id: 'parse', type: 'json', property: 'payload', action: 'obj', wires: [['decode', 'make']] },
      { id: 'decode', type: 'mep-decode-json', wires: [[]] },
      { id: 'make', type: 'function', func: MAKE, outputs: 1, wires: [SINKS.map(({ id }) => id)] },
      { id: 'through', type: 'complete', scope: ['counter'], wires: [['count']] },
      { id: 'refused', type: 'catch', scope: ['counter'], wires: [['count']] },
      { id: 'count', type: 'function', func: COUNT, outputs: 1, wires: [['answer']] },
      { id: 'answer', type: 'tcp out', host: '', port: '', beserver: 'reply', base64: false, end: false, wires: [] },
      ...SINKS.map((sink) => ({ ...sink, wires: [[]] })),
    ].map((node) => ({ ...node, z: 'tab', x: 100, y: 100 })),
  ];

  async function settingsMs(): Promise<number> {
    const start = performance.now();
    const answer = await fetch(`http://127.0.0.1:${nodeRed.port}/settings`);
    await answer.arrayBuffer();
    return performance.now() - start;
  }

  /** The response times of the admin API while the lines are sent. */
  async function flood(serialOf: (line: number) => string): Promise<number[]> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const latencies: number[] = [];
    let isDone = false;
    socket.once('data', () => {
      isDone = true;
    });
    const sending = (async () => {
      for (let line = 0; line < LINES; line++) {
        const data = { id: serialOf(line), P: 500 + (line % 7), tPI: 100 + line / 1000 };
        if (!socket.write(`${JSON.stringify({ data })}\n`)) await once(socket, 'drain');
        if (line % 100 === 99) await pause(10);
      }
    })();
    const asking: Promise<unknown>[] = [];
    // At a fixed pace: a slow answer must not hide the response times after it.
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- changed by the answer
    while (!isDone || latencies.length < asking.length) {
      if (asking.length < 2_000) asking.push(settingsMs().then((ms) => latencies.push(ms)));
      await pause(20);
    }
    await Promise.all([sending, ...asking]);
    socket.destroy();
    return latencies.sort((one, other) => one - other);
  }

  /** The median response time of the admin API during a flood. */
  async function medianOf(serialOf: (line: number) => string): Promise<number> {
    await nodeRed.deploy(flow());
    await listening(port);
    await settingsMs();
    const latencies = await flood(serialOf);
    const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? Infinity;
    console.log(
      `      ${latencies.length} answers: median ${at(0.5).toFixed(1)} ms, nine in ten ${at(0.9).toFixed(1)} ms, slowest ${(latencies.at(-1) ?? 0).toFixed(0)} ms`,
    );
    return at(0.5);
  }

  before(async () => {
    ordinaryMs = await medianOf(() => 'C1');
  });

  for (const [title, serialOf] of Object.entries(FLOODS)) {
    it(`do not slow the admin API down: ${title}`, async () => {
      const median = await medianOf(serialOf);
      assert.ok(median < MAX_RATIO * ordinaryMs, `${median} ms, ${ordinaryMs} ms of an ordinary meter`);
    });
  }

  it('are reported once, and leave no more than 64 meters behind', async () => {
    const tooMany = nodeRed.log.match(/limit of meters is reached/g) ?? [];
    assert.ok(
      tooMany.length >= 1 && tooMany.length <= SINKS.length * Object.keys(FLOODS).length,
      String(tooMany.length),
    );
    for (const node of ['discovery', 'alarm', 'counter', 'json', 'homie']) {
      await until(async () => (await nodeRed.contextOf('tab', node)) !== '', `what ${node} remembers`);
      const kept = JSON.parse(await nodeRed.contextOf('tab', node)) as Record<string, unknown[]>;
      const meters = Object.values(kept)[0] ?? [];
      assert.ok(meters.length > 0 && meters.length <= 64, `${node}: ${meters.length}`);
    }
  });
});
