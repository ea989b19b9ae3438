import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { freePort } from '../support/ports.js';

const ROOT = join(__dirname, '..', '..');

interface Demo {
  readonly process: ChildProcess;
  readonly output: () => string;
  printed(pattern: RegExp): Promise<void>;
}

function startDemo(...options: string[]): Demo {
  const process_ = spawn(process.execPath, [join(ROOT, 'scripts', 'demo', 'start.mjs'), ...options], { cwd: ROOT });
  let text = '';
  for (const stream of [process_.stdout, process_.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return {
    process: process_,
    output: () => text,
    printed: async (pattern) => {
      const end = Date.now() + 60_000;
      while (!pattern.test(text)) {
        if (Date.now() > end) throw new Error(`The demo never printed ${pattern.source}:\n${text}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

describe('npm start', () => {
  let userDir: string;

  before(() => {
    userDir = mkdtempSync(join(tmpdir(), 'nes-meter-demo-'));
  });

  after(() => {
    rmSync(userDir, { recursive: true, force: true });
  });

  it('publishes a meter to the broker, prints where to look, and ends on Ctrl-C', async () => {
    const [port, mqttPort] = [await freePort(), await freePort()];
    const demo = startDemo('--port', String(port), '--mqtt-port', String(mqttPort), '--user-dir', userDir);
    await demo.printed(/http:\/\/localhost:/);
    assert.match(demo.output(), new RegExp(`http://localhost:${port}`));
    assert.match(demo.output(), new RegExp(`mqtt://localhost:${mqttPort}`));

    const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`);
    const received = new Map<string, string>();
    client.on('message', (topic, payload) => received.set(topic.replace(/\d{6,}/, 'SERIAL'), payload.toString()));
    await client.subscribeAsync('#');
    const wanted = [
      'homeassistant/device/nes_SERIAL/config',
      'nes-meter/SERIAL/state',
      'nes-meter/SERIAL/availability',
    ];
    const end = Date.now() + 60_000;
    while (!wanted.every((topic) => received.has(topic)) && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await client.endAsync(true);
    for (const topic of wanted) assert.ok(received.has(topic), `nothing on ${topic}`);
    assert.equal(received.get('nes-meter/SERIAL/availability'), 'online');

    assert.doesNotMatch(demo.output(), /\[(warn|error)\]/);
    const page = await fetch(`http://127.0.0.1:${port}/`);
    assert.ok(page.ok);

    const exited = once(demo.process, 'exit');
    demo.process.kill('SIGINT');
    const [code] = (await exited) as [number | null];
    assert.equal(code, 0);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
    await assert.rejects(connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { reconnectPeriod: 0, connectTimeout: 1000 }));
  });

  it('follows when the broker moves to another port, and takes a relative folder', async () => {
    const relative = join('.tmp', `demo-${process.pid}`);
    try {
      for (const round of [1, 2]) {
        const [port, mqttPort] = [await freePort(), await freePort()];
        const demo = startDemo('--port', String(port), '--mqtt-port', String(mqttPort), '--user-dir', relative);
        await demo.printed(/http:\/\/localhost:/);
        await demo.printed(new RegExp(`Connected to broker: .*:${mqttPort}`));
        const flows = JSON.parse(readFileSync(join(ROOT, relative, 'flows.json'), 'utf8')) as { port?: string }[];
        assert.ok(
          flows.some((node) => node.port === String(mqttPort)),
          `start ${round}`,
        );
        const exited = once(demo.process, 'exit');
        demo.process.kill('SIGINT');
        await exited;
      }
    } finally {
      rmSync(join(ROOT, relative), { recursive: true, force: true });
    }
  });

  it('prints which port is in use and how to choose another', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const taken = (server.address() as { port: number }).port;
    const free = await freePort();
    for (const [options, option] of [
      [['--port', String(taken), '--mqtt-port', String(free)], '--port'],
      [['--port', String(free), '--mqtt-port', String(taken)], '--mqtt-port'],
    ] as const) {
      const demo = startDemo(...options, '--user-dir', userDir);
      const [code] = (await once(demo.process, 'exit')) as [number];
      assert.equal(code, 1);
      assert.match(demo.output(), new RegExp(`Port ${taken}.*${option} N`));
    }
    server.close();
  });

  it('refuses what is no port', async () => {
    const demo = startDemo('--port', '80808');
    const [code] = (await once(demo.process, 'exit')) as [number];
    assert.equal(code, 1);
    assert.match(demo.output(), /--port must be a port number/);
  });
});
