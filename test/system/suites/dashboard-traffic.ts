import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { DEMO_KEY, type ServedMeter, serveTcp, SimulatedMeter } from '../../../src/simulator/index.js';
import { closeBrowser, newPage } from '../../support/editor/browser.js';
import { type ExampleNode, filledIn, readExample } from '../../support/node-red/examples.js';
import type { NodeRedMajor } from '../../support/node-red/node-red-home.js';
import { NodeRedProcess } from '../../support/node-red/node-red-process.js';
import { until } from '../../support/until.js';

const PHONE = { width: 390, height: 844 };
const MAX_OPENING_BYTES = 200_000;
const MAX_BYTES_PER_MINUTE = 60_000;
/** Separator of messages in Engine.IO. */
const SEPARATOR = '\u001e';
/** Points of each phase; more than the chart keeps. */
const POINTS = 600;

/** Properties of a message that the page does not show, as large as those of a meter. */
const BALLAST = { raw: 'r'.repeat(2_000), registers: ['x'.repeat(10_000)], meter: { dimensions: 'd'.repeat(20_000) } };

/** Path at which the flow answers whether the page has energies (the first reading waits for a second one) and a full chart. */
const READY = '/ready';

/** The example after many hours, with a full chart. */
function afterHours(example: readonly ExampleNode[]): ExampleNode[] {
  const func = `for (let i = 0; i < ${POINTS}; i++) node.send({ ...${JSON.stringify(BALLAST)}, table: { id: 'BT28' }, payload: {
    activePower: -300, activePowerL1: 1000 + i, activePowerL2: -i, activePowerL3: 500, voltageL1: 230 } });
    flow.set('curve', true);`;
  // What is still on its way to the chart would come once more, behind what the page gets when it is opened.
  const isReady = `const hasCurve = flow.get('curve') && Date.now() - flow.get('pointAt') > 2000;
    msg.statusCode = flow.get('energies') && hasCurve ? 200 : 503; msg.payload = ''; return msg;`;
  const own = [
    { id: 'hours', type: 'function', func, wires: [['nes10_slim28']] },
    { id: 'begin', type: 'inject', once: true, onceDelay: 1, wires: [['hours']] },
    { id: 'energies', type: 'function', func: `flow.set('energies', true);`, wires: [] },
    { id: 'point', type: 'function', func: `flow.set('pointAt', Date.now());`, wires: [] },
    { id: 'ask', type: 'http in', url: READY, method: 'get', wires: [['state']] },
    { id: 'state', type: 'function', func: isReady, wires: [['answer']] },
    { id: 'answer', type: 'http response', wires: [] },
  ].map((node) => ({ ...node, z: 'nes10_tab', x: 100, y: 900 }));
  const filled = filledIn(example, {
    function: ({ func: given }) => ({ func: String(given).replace('15000', '0') }),
    nes10_curve: ({ wires = [[]] }) => ({ wires: [[...(wires[0] ?? []), 'point'], ...wires.slice(1)] }),
    nes10_slim23: ({ wires = [[]] }) => ({ wires: [[...(wires[0] ?? []), 'energies']] }),
  });
  return [...filled, ...own];
}

/** The traffic to the page: over the open connection, and over requests before it is open. */
class Traffic {
  bytes = 0;
  connections = 0;
  closed = 0;
  readonly frames: string[] = [];

  static async of(page: Page): Promise<Traffic> {
    const traffic = new Traffic();
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    session.on('Network.webSocketCreated', () => traffic.connections++);
    session.on('Network.webSocketClosed', () => traffic.closed++);
    session.on('Network.webSocketFrameReceived', ({ response }) => {
      traffic.#take(response.payloadData);
    });
    page.on('response', (response) => {
      if (!response.url().includes('/socket.io/') || response.status() !== 200) return;
      void response.text().then(
        (text) => {
          traffic.#take(text);
        },
        () => undefined,
      );
    });
    return traffic;
  }

  #take(text: string): void {
    this.bytes += Buffer.byteLength(text);
    // Before the connection is open, one answer contains several messages.
    this.frames.push(...text.split(SEPARATOR));
  }

  /** The data that the page received for a widget when it was opened. */
  loaded(widget: string): unknown {
    const head = `["widget-load:${widget}",`;
    const frame = this.frames.find((text) => text.includes(head)) ?? '';
    const [, message] = JSON.parse(frame.slice(frame.indexOf('["widget-load'))) as unknown[];
    return message;
  }
}

/** Tests of how much the dashboard example sends on a Node-RED. */
export function dashboardTraffic(major: NodeRedMajor): void {
  describe(`What the dashboard sends to a phone, on Node-RED ${major}`, () => {
    let nodeRed: NodeRedProcess;
    let page: Page;
    let served: ServedMeter;
    let example: ExampleNode[];

    before(async () => {
      // The meter keeps counting while Node-RED is restarted.
      served = await serveTcp({ meter: new SimulatedMeter({ isUsed: true }), port: 0 });
      const [host, tcpPort] = served.address.split(':');
      example = filledIn(readExample('10-dashboard.json'), {
        'mep-config': { transport: 'tcp', host, tcpPort, credentials: { key: DEMO_KEY } },
      });
      nodeRed = await NodeRedProcess.run({
        major,
        installation: 'packed',
        modules: ['@flowfuse/node-red-dashboard'],
        settings: { contextStorage: { default: { module: 'localfilesystem' } } },
      });
    });
    after(async () => {
      await closeBrowser();
      await (nodeRed as NodeRedProcess | undefined)?.remove();
      await (served as ServedMeter | undefined)?.close();
    });
    beforeEach(async () => {
      page = await newPage({ viewport: PHONE, locale: 'en-US' });
    });
    afterEach(() => page.close());

    const text = (): Promise<string> => page.innerText('main');
    const hasEnergies = async (): Promise<boolean> => /Bought today\s+[\d.]+ kWh/.test(await text());

    /** Opens the page; it is empty before the flows run. */
    async function open(): Promise<Traffic> {
      await until(async () => (await fetch(`${nodeRed.url}/dashboard/meter`)).ok, 'the dashboard');
      const traffic = await Traffic.of(page);
      await page.goto(`${nodeRed.url}/dashboard/meter`, { waitUntil: 'load' });
      await page.waitForSelector('.nrdb-ui-chart canvas');
      await page.waitForTimeout(3_000);
      return traffic;
    }

    it('is little when it is opened late, with curve and energies present at once', async () => {
      await nodeRed.deploy(afterHours(example));
      await until(async () => (await fetch(`${nodeRed.url}${READY}`)).ok, 'energies and curve');
      const traffic = await open();
      // Their next reading comes after a minute: what is shown before is what the page got when it was opened.
      await until(hasEnergies, 'the energies', { seen: text });
      assert.ok(traffic.bytes < MAX_OPENING_BYTES, `${traffic.bytes} bytes`);
      const points = traffic.loaded('nes10_chart') as { payload: unknown; _datapoint: Record<string, unknown> }[];
      assert.ok(points.length > 500 && points.length <= 750, `${points.length} points`);
      for (const { _datapoint: point, ...message } of points) {
        assert.deepEqual([typeof point['x'], typeof point['y']], ['number', 'number']);
        assert.deepEqual(Object.keys(point).sort(), ['category', 'x', 'y']);
        assert.deepEqual(Object.keys(message).sort(), ['_msgid', 'payload', 'topic']);
        assert.deepEqual(message.payload, { x: point['x'], y: point['y'] });
      }
      assert.ok(
        points.some(({ _datapoint }) => Number(_datapoint['y']) < 0),
        'what is sold is there as well',
      );
      assert.deepEqual([traffic.connections, traffic.closed], [1, 0]);
    });

    it('is little from then on, over one connection', async () => {
      await nodeRed.deploy(example);
      await new Promise((resolve) => setTimeout(resolve, 8_000));
      const traffic = await open();
      const before = traffic.bytes;
      await page.waitForTimeout(30_000);
      const perMinute = (traffic.bytes - before) * 2;
      assert.ok(perMinute > 1_000 && perMinute < MAX_BYTES_PER_MINUTE, `${perMinute} bytes a minute`);
      assert.deepEqual([traffic.connections, traffic.closed], [1, 0]);
    });

    it('is little after a restart, with the curve of before and the energies', async () => {
      const restarted = Date.now();
      await nodeRed.restart();
      const traffic = await open();
      const kept = traffic.loaded('nes10_chart') as { _datapoint: { x: number } }[];
      assert.ok(
        kept.some(({ _datapoint: { x } }) => x < restarted),
        `${kept.length} points`,
      );
      await until(hasEnergies, 'the energies', { seen: text });
      assert.ok(traffic.bytes < MAX_OPENING_BYTES, `${traffic.bytes} bytes`);
      assert.deepEqual([traffic.connections, traffic.closed], [1, 0]);
    });
  });
}
