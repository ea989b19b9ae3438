import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import {
  DEMO_OPTICAL_KEY,
  opticalBehaviour,
  servePty,
  serveTcp,
  SimulatedMeter,
  SimulatedOpticalPort,
} from '../../src/simulator/index.js';
import { hasMosquitto, Mosquitto } from '../support/brokers/mosquitto.js';
import { Listener } from '../support/brokers/mqtt-listener.js';
import { AssistantRobot } from '../support/editor/assistant-robot.js';
import { closeBrowser, newPage } from '../support/editor/browser.js';
import { hasSocat } from '../support/line/pty-pair.js';
import { NodeRedProcess } from '../support/node-red/node-red-process.js';

const KEY = 'A1B2C3D4E5F60718293A';
const WRONG_KEY = 'B1B2C3D4E5F60718293A';
const SERIAL = '83334000001';
/** Entries of a user from an installed package to values in Home Assistant. */
const MAX_ENTRIES = 9;
const PASSWORD = 'a password of tests';
/** The hash of the password, with the lowest cost that bcrypt allows. */
const HASH = '$2b$04$NSkhACgMADZ1fwgV2r8v.eDsQM5ILx88J/Db0XKQVXJ1L8eeAH0Pe';
/** Of this machine alone: nothing listens there. */
const AWAY = '127.0.0.1:1';

describe('The set-up assistant', () => {
  const cleanUps: (() => Promise<unknown>)[] = [];
  let broker: Mosquitto;
  let listener: Listener;
  let page: Page;

  before(function () {
    if (!hasMosquitto || !hasSocat) this.skip();
  });
  beforeEach(async () => {
    broker = await Mosquitto.start();
    cleanUps.push(() => broker.stop());
    listener = await Listener.connect(`mqtt://127.0.0.1:${broker.port}`, {});
    cleanUps.push(() => listener.close());
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });
  after(() => closeBrowser());

  /** Opens the editor of a new Node-RED, which has no flows. */
  async function open(nodeRed: NodeRedProcess, path: string, locale: string): Promise<AssistantRobot> {
    cleanUps.push(() => nodeRed.remove());
    page = await newPage({ viewport: { width: 1280, height: 800 }, locale });
    cleanUps.push(() => page.close());
    await page.goto(nodeRed.url + path);
    return new AssistantRobot(page);
  }

  /** Nodes that do not fit between palette and sidebar. */
  function hiddenNodes(): Promise<string[]> {
    return page.$$eval('.red-ui-flow-node', (nodes) => {
      const visible = document.querySelector('#red-ui-workspace-chart')!.getBoundingClientRect();
      return nodes
        .filter((node) => {
          const { left, right, top, bottom } = node.getBoundingClientRect();
          return left < visible.left || right > visible.right || top < visible.top || bottom > visible.bottom;
        })
        .map((node) => node.textContent);
    });
  }

  async function inHomeAssistant(): Promise<void> {
    const state = `nes-meter/${SERIAL}/state`;
    await listener.until('values of the meter', (all) => {
      const { payload } = all.last(state) ?? {};
      return (
        payload !== undefined && typeof (JSON.parse(payload) as { activePower?: unknown }).activePower === 'number'
      );
    });
    assert.ok(listener.received.some(({ topic }) => topic.startsWith('homeassistant/device/')));
  }

  it('brings a serial meter into Home Assistant with nine entries', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nes-meter-assistant-'));
    cleanUps.push(() => rm(folder, { recursive: true }));
    const path = join(folder, 'meter');
    const meter = new SimulatedMeter({ profile: 'gen3', serial: SERIAL, mbk: new TextEncoder().encode(KEY) });
    const served = await servePty({ meter, path });
    cleanUps.push(() => served.close());
    const robot = await open(await NodeRedProcess.run({ major: 4, installation: 'packed' }), '', 'en-US');
    const startedAt = Date.now();
    await robot.appeared();
    await robot.type('port', path);
    await robot.proceed();
    assert.match(await robot.found(), /MEP port, 9600 baud/);
    await robot.picture('assistant-find');
    assert.deepEqual(await robot.violations(), []);
    await robot.proceed();
    await robot.reached(2);
    await robot.type('key', KEY);
    await robot.proceed();
    assert.match(await robot.measured(), new RegExp(`${SERIAL}[^]*\\d W[^]*\\d kWh`));
    await robot.picture('assistant-key');
    assert.deepEqual(await robot.violations(), []);
    await robot.proceed();
    await robot.reached(3);
    assert.deepEqual(await robot.violations(), []);
    await robot.picture('assistant-where');
    await robot.type('broker', `127.0.0.1:${broker.port}`);
    await robot.proceed();
    await robot.reached(4);
    assert.deepEqual(await robot.violations(), []);
    await robot.proceed();
    await inHomeAssistant();
    console.log(`      ${robot.entries} entries, ${Math.round((Date.now() - startedAt) / 1000)} s`);
    assert.ok(robot.entries <= MAX_ENTRIES, `${robot.entries} entries`);
    await page.click('#nes-meter-assistant-next');
    assert.deepEqual(await hiddenNodes(), []);
    await robot.picture('assistant-flow');
    assert.equal(meter.counters.rejected, 0);
    await page.reload();
    await page.waitForSelector('.red-ui-flow-node');
    await page.waitForSelector('.nes-meter-assistant-open', { state: 'attached' });
    assert.equal(await page.locator('.nes-meter-assistant-window').count(), 0);
  });

  it('reports each fault at its field, in German, behind a login and a path', async () => {
    const meter = new SimulatedMeter({ profile: 'gen3', serial: SERIAL, speed: 0 });
    const optical = new SimulatedOpticalPort(meter, opticalBehaviour('gen3', {}));
    const served = await serveTcp({ meter, optical, port: 0 });
    cleanUps.push(() => served.close());
    const users = [{ username: 'anna', password: HASH, permissions: '*' }];
    const settings = { httpAdminRoot: '/admin', adminAuth: { type: 'credentials', users } };
    const nodeRed = await NodeRedProcess.run({ major: 5, installation: 'packed', settings });
    const robot = await open(nodeRed, '/admin/', 'de');
    await page.fill('#node-dialog-login-username', 'anna');
    await page.fill('#node-dialog-login-password', PASSWORD);
    await page.click('#node-dialog-login-submit');
    await robot.appeared();

    await robot.type('host', `http://${AWAY}/`);
    await robot.enter();
    assert.match(await robot.refusal('host'), /nicht die Adresse einer Webseite/);
    await robot.type('host', AWAY);
    await robot.enter();
    assert.match(await robot.refusal('host'), /127\.0\.0\.1/);
    assert.equal(await robot.valueOf('host'), AWAY);
    await robot.type('host', served.address);
    await robot.enter();
    assert.match(await robot.found(), new RegExp(`optischer Port.*${SERIAL}`, 's'));
    await robot.proceed();
    await robot.reached(2);

    await robot.type('key', '0123456789abcdef0123456789abcdef0123456');
    await page.waitForSelector('#nes-meter-assistant-key-note.nes-meter-bad');
    await robot.type('key', WRONG_KEY);
    await robot.enter();
    assert.match(await robot.refusal('key'), /abgelehnt/);
    assert.deepEqual(await robot.violations(), []);
    assert.equal(await robot.valueOf('key'), WRONG_KEY);
    await robot.type('key', DEMO_OPTICAL_KEY);
    await robot.enter();
    assert.match(await robot.measured(), new RegExp(SERIAL));
    await robot.proceed();
    await robot.reached(3);

    await robot.type('broker', AWAY);
    await robot.enter();
    assert.match(await robot.refusal('broker'), /nimmt nichts Verbindungen an/);
    assert.deepEqual(await robot.violations(), []);
    await robot.type('broker', `127.0.0.1:${broker.port}`);
    await robot.proceed();
    await robot.reached(4);
    await robot.proceed();
    await inHomeAssistant();
    await page.click('#nes-meter-assistant-next');
    assert.deepEqual(await hiddenNodes(), []);
  });
});
