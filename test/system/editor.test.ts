import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import manifest from '../../package.json';
import { serveTcp, type ServedMeter, SimulatedMeter } from '../../src/simulator/index.js';
import { RealNodeRed } from '../support/node-red.js';
import { until } from '../support/until.js';

/** Pictures for people to look at; `PICTURES=docs/images npm run test:system` renews those of the README. */
const images = join(__dirname, '../..', process.env['PICTURES'] ?? '.tmp/pictures');
const KEY = '0123456789abcdefghij';
const TYPES = Object.keys(manifest['node-red'].nodes).filter((type) => type !== 'mep-config');

/** What runs in the page is checked by the page: the editor has no types of its own. */
declare const RED: {
  nodes: { node(id: string): object | null };
  editor: { edit(node: object | null): void; editConfig(name: string, type: string, id: string): void };
  sidebar: { show(id: string): void };
  view: { selection(): object; select(selection: object): void };
};

function flows(host: string, tcpPort: string): object[] {
  const at = (x: number, y: number): object => ({ z: 'tab', x, y });
  return [
    { id: 'tab', type: 'tab', label: 'Meter' },
    {
      id: 'meter',
      type: 'mep-config',
      name: 'Meter in the cellar',
      protocol: 'mep',
      transport: 'tcp',
      host,
      tcpPort,
      baudRate: '9600',
      dtr: 'on',
      rts: 'on',
      security: 'digest',
      keyFormat: 'auto',
      minInterval: '100',
      profile: 'gen3',
      credentials: { key: KEY },
    },
    { id: 'comment', type: 'comment', name: 'Live values of a meter', ...at(170, 60), wires: [] },
    {
      id: 'r28',
      type: 'mep-read-table',
      meter: 'meter',
      table: 'BT28',
      mode: 'full',
      offset: '0',
      count: '8',
      interval: '2',
      ...at(160, 120),
      wires: [['d28']],
    },
    {
      id: 'd28',
      type: 'mep-decode-bt28',
      offset: '0',
      presentDemands: '0',
      timeRemaining: false,
      ...at(370, 120),
      wires: [['ha', 'debug']],
    },
    {
      id: 'r23',
      type: 'mep-read-table',
      meter: 'meter',
      table: 'BT23',
      mode: 'partial',
      offset: '0',
      count: '8',
      interval: '10',
      ...at(160, 200),
      wires: [['d23']],
    },
    {
      id: 'd23',
      type: 'mep-decode-bt23',
      offset: '0',
      summations: '11',
      tiers: '4',
      energyUnit: '1',
      demandResetCounter: false,
      ...at(370, 200),
      wires: [['ha']],
    },
    {
      id: 'ha',
      type: 'mep-ha-discovery',
      prefix: 'homeassistant',
      baseTopic: 'nes-meter',
      expireAfter: '180',
      ...at(590, 160),
      wires: [[]],
    },
    { id: 'debug', type: 'debug', name: 'values', active: true, complete: 'payload', ...at(590, 80), wires: [] },
    {
      id: 'any',
      type: 'mep-read-table',
      meter: 'meter',
      table: '',
      mode: 'full',
      offset: '0',
      count: '8',
      interval: '0',
      ...at(160, 280),
      wires: [['decode']],
    },
    {
      id: 'status',
      type: 'mep-status',
      meter: 'meter',
      staleAfter: '180',
      interval: '0',
      ...at(160, 340),
      wires: [['ha']],
    },
    { id: 'decode', type: 'mep-decode-table', table: 'BT52', offset: '0', ...at(370, 280), wires: [[]] },
  ];
}

describe('The editor of a real Node-RED in a real browser', function () {
  this.timeout(120_000);
  let nodeRed: RealNodeRed;
  let served: ServedMeter;
  let meter: SimulatedMeter;
  let page: Page;
  const complaints: string[] = [];
  const cleanUps: (() => Promise<unknown>)[] = [];

  before(async () => {
    mkdirSync(images, { recursive: true });
    meter = new SimulatedMeter({ mbk: Buffer.from(KEY).subarray(0, 16), isUsed: true });
    served = await serveTcp({ meter, port: 0 });
    cleanUps.push(() => served.close());
    nodeRed = await RealNodeRed.start();
    cleanUps.push(() => nodeRed.stop());
    const [host = '', port = ''] = served.address.split(':');
    await nodeRed.deploy(flows(host, port));
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    cleanUps.push(() => browser.close());
    page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(nodeRed.url, { waitUntil: 'load' });
    await page.waitForFunction(() => RED.nodes.node('ha') !== null);
    // Before the page is laid out, the editor takes no orders and says nothing.
    await page.waitForSelector('#red-ui-loading-progress', { state: 'hidden' });
    await page.waitForSelector('.red-ui-flow-node');
    await page.waitForTimeout(500);
  });

  after(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });

  afterEach(async () => {
    for (const cancel of ['#node-config-dialog-cancel', '#node-dialog-cancel']) {
      if (await page.isVisible(cancel)) {
        await page.click(cancel);
        await page.waitForSelector(cancel, { state: 'detached' });
      }
    }
    // A message about the first visit, or of a change, must not lie on the next picture.
    await page.waitForTimeout(300);
    assert.deepEqual(complaints, []);
  });

  const picture = (name: string): Promise<unknown> => page.screenshot({ path: join(images, `${name}.png`) });

  async function edit(id: string): Promise<void> {
    await page.evaluate((node) => {
      RED.editor.edit(RED.nodes.node(node));
    }, id);
    await page.waitForSelector('#dialog-form #node-input-name');
    await page.waitForTimeout(400);
  }

  async function editMeter(): Promise<void> {
    await edit('r28');
    await page.click('#node-input-lookup-meter, #node-input-btn-meter-edit, .red-ui-button:has(.fa-pencil)');
    await page.waitForSelector('#node-config-input-transport');
    await page.waitForTimeout(400);
  }

  /** Text that nobody translated looks like its key. */
  async function untranslated(selector: string): Promise<string[]> {
    const text = await page.innerText(selector);
    return (
      text.match(/\b(mep-[\w-]+|errors|status|test)\.[a-zA-Z]\w*\.?\w*/g)?.filter((key) => key !== 'msg.table') ?? []
    );
  }

  it('has the nodes in the palette, with their icons, and runs the flow', async () => {
    for (const type of TYPES) {
      await page.waitForSelector(`.red-ui-palette-node[data-palette-type="${type}"]`);
    }
    const icons = await page.$$eval('.red-ui-palette-node[data-palette-type^="mep-"] .red-ui-palette-icon', (found) =>
      found.map((icon) => getComputedStyle(icon).backgroundImage),
    );
    assert.equal(icons.length, TYPES.length);
    for (const icon of icons) {
      const url = /url\("?([^")]+)/.exec(icon)?.[1];
      assert.ok(url, icon);
      const loaded = await page.request.get(url);
      assert.match(loaded.headers()['content-type'] ?? '', /svg/, url);
    }
    await page.evaluate(() => {
      document.querySelector('[data-palette-type="mep-read-table"]')?.scrollIntoView({ block: 'center' });
    });
    await page.waitForFunction(() =>
      document.querySelector('#red-ui-workspace')?.textContent.includes('BT28 220 bytes'),
    );
    await page.evaluate(() => {
      RED.sidebar.show('debug');
    });
    await page.waitForTimeout(2_500);
    await picture('flow');
  });

  for (const [id, type] of [
    ['r28', 'mep-read-table'],
    ['r23', 'mep-read-table'],
    ['d23', 'mep-decode-bt23'],
    ['d28', 'mep-decode-bt28'],
    ['decode', 'mep-decode-table'],
    ['status', 'mep-status'],
    ['ha', 'mep-ha-discovery'],
  ] as const) {
    it(`${type} (${id}): the dialog is translated and has nothing to complain of`, async () => {
      await edit(id);
      assert.deepEqual(await untranslated('.red-ui-tray:last-child'), []);
      assert.equal(await page.locator('#dialog-form .input-error').count(), 0);
      await picture(`${type}${id === 'r23' ? '-part' : ''}`);
    });
  }

  const OFFERED = '.red-ui-autoComplete-container li .nes-meter-table b';
  const offered = (): Promise<string[]> => page.locator(OFFERED).allInnerTexts();
  const note = (): Promise<string> => page.innerText('#nes-meter-table-note');

  /** Opens a dialog and types into its empty table field, as soon as the catalogue is there. */
  async function searchTable(id: string, text: string): Promise<void> {
    const catalogue = page.waitForResponse('**/nes-meter/tables');
    await edit(id);
    await catalogue;
    await page.fill('#node-input-table', '');
    await page.focus('#node-input-table');
    await page.keyboard.type(text);
  }

  it('tells what the chosen table is', async () => {
    await edit('r28');
    assert.equal(await page.inputValue('#node-input-table'), 'BT28');
    await page.waitForFunction(() =>
      /Present/.test(document.querySelector('#nes-meter-table-note')?.textContent ?? ''),
    );
    assert.match(await note(), /^Present Register Data\nInstantaneous values: .* usual key \(MBK\)\.$/);
  });

  for (const id of ['r28', 'decode']) {
    it(`finds a table by a word of its description, chosen with the keys (${id})`, async () => {
      await searchTable(id, 'clock');
      await page.waitForSelector(OFFERED);
      assert.equal((await offered())[0], 'BT52');
      if (id === 'r28') await picture('table-search');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      assert.equal(await page.inputValue('#node-input-table'), 'BT52');
      await until(async () => (await note()).startsWith('UTC Clock'), 'the note');
      assert.equal(await page.locator('.red-ui-autoComplete-container').count(), 0);
      assert.equal(await page.locator('#node-input-table.input-error').count(), 0);
    });
  }

  it('finds a table by its number, chosen with Tab', async () => {
    await searchTable('any', '2051');
    await page.waitForSelector(OFFERED);
    assert.deepEqual(await offered(), ['ET03']);
    await page.keyboard.press('Tab');
    assert.equal(await page.inputValue('#node-input-table'), 'ET03');
    await until(async () => (await note()).includes('without a key'), 'the note');
  });

  it('finds a table with the mouse', async () => {
    await searchTable('any', 'tariff');
    await page.click(`${OFFERED} >> nth=0`);
    const chosen = await page.inputValue('#node-input-table');
    assert.match(chosen, /^BT\d\d$/);
    await until(async () => /tariff/i.test(await note()), 'the note');
  });

  it('shows all tables on the down key, and says what an empty field means', async () => {
    await searchTable('any', '');
    assert.match(await note(), /msg\.table/);
    await page.keyboard.press('ArrowDown');
    await page.waitForSelector(OFFERED);
    assert.ok((await offered()).length > 50);
    await page.keyboard.press('Escape');
    await page.waitForSelector('.red-ui-autoComplete-container', { state: 'detached' });
  });

  it('marks a table that nobody knows', async () => {
    await searchTable('any', 'zebra');
    await page.waitForSelector('#node-input-table.input-error');
    assert.match(await note(), /No table of this name/);
    assert.equal(await page.locator(OFFERED).count(), 0);
  });

  it('stores what was chosen', async () => {
    await searchTable('any', 'tariff calendar');
    await page.waitForSelector(OFFERED);
    const [first] = await offered();
    await page.keyboard.press('Enter');
    await page.selectOption('#node-input-output', 'decoded');
    await page.click('#node-dialog-ok');
    await page.waitForSelector('#node-dialog-ok', { state: 'detached' });
    const stored = await page.evaluate(() => {
      const { table, output } = RED.nodes.node('any') as { table: string; output: string };
      return { table, output };
    });
    assert.deepEqual(stored, { table: first, output: 'decoded' });
  });

  it('refuses a count of 0 only where a part is read', async () => {
    await edit('r23');
    await page.fill('#node-input-count', '0');
    await page.press('#node-input-count', 'Tab');
    await page.waitForSelector('#node-input-count.input-error');
    await page.selectOption('#node-input-mode', 'full');
    assert.equal(await page.isVisible('#node-input-count'), false);
  });

  for (const type of ['mep-config', ...TYPES]) {
    it(`${type}: the help is there`, async () => {
      await page.evaluate(() => {
        RED.sidebar.show('help');
      });
      await page.evaluate((name) => {
        (RED.sidebar as unknown as { help: { show(type: string): void } }).help.show(name);
      }, type);
      await page.waitForTimeout(300);
      const text = await page.locator('.red-ui-help > .red-ui-help:visible').innerText();
      assert.ok(text.length > 400, text);
      assert.ok(!/###|\*\*|^\s*: \w+ \(/m.test(text), `Markdown that is not rendered: ${text}`);
      if (type === 'mep-read-table') await picture('help');
    });
  }

  it('grows with the choice of the transport', async () => {
    await editMeter();
    const visible = async (): Promise<string[]> => {
      const fields = [
        'port',
        'baudRate',
        'dtr',
        'rts',
        'host',
        'tcpPort',
        'profile',
        'key',
        'keyFormat',
        'minInterval',
      ];
      const shown = await Promise.all(fields.map((field) => page.isVisible(`#node-config-input-${field}`)));
      return fields.filter((_, index) => shown[index]);
    };
    assert.deepEqual(await visible(), ['host', 'tcpPort', 'key', 'keyFormat', 'minInterval']);
    assert.equal(await page.getAttribute('#node-config-input-key', 'type'), 'password');
    await page.selectOption('#node-config-input-transport', 'simulator');
    assert.deepEqual(await visible(), ['profile', 'minInterval']);
    await picture('mep-config-simulator');
    await page.selectOption('#node-config-input-transport', 'serial');
    assert.deepEqual(await visible(), ['port', 'baudRate', 'dtr', 'rts', 'key', 'keyFormat', 'minInterval']);
    await page.waitForSelector('#node-config-input-port.input-error');
    assert.deepEqual(await untranslated('.red-ui-tray:last-child'), []);
  });

  it('lists ports to choose from, the lasting names first', async () => {
    await page.route('**/nes-meter/ports', (route) =>
      route.fulfill({
        json: {
          ok: true,
          ports: [
            {
              path: '/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A10K5XYZ-if00-port0',
              label: 'FTDI FT232R USB UART A10K5XYZ (ttyUSB0)',
            },
            { path: '/dev/ttyAMA0', label: '/dev/ttyAMA0' },
          ],
        },
      }),
    );
    await editMeter();
    await page.selectOption('#node-config-input-transport', 'serial');
    await page.click('#nes-meter-find-ports');
    await page.waitForSelector('#nes-meter-ports button');
    await picture('mep-config-serial');
    await page.click('#nes-meter-ports button >> nth=0');
    assert.match(await page.inputValue('#node-config-input-port'), /^\/dev\/serial\/by-id\/usb-FTDI/);
    assert.equal(await page.isVisible('#nes-meter-ports'), false);
    await page.waitForSelector('#node-config-input-port:not(.input-error)');
    await page.unroute('**/nes-meter/ports');
  });

  it('asks the real port list', async () => {
    await editMeter();
    await page.selectOption('#node-config-input-transport', 'serial');
    await page.click('#nes-meter-find-ports');
    await page.waitForFunction(() =>
      /Choose a port|No serial port/.test(document.querySelector('#nes-meter-ports')?.textContent ?? ''),
    );
  });

  it('tests the connection with the stored key: success', async () => {
    await editMeter();
    await page.click('#nes-meter-test');
    await page.waitForSelector('.nes-meter-good');
    const text = await page.innerText('#nes-meter-result');
    assert.ok(text.includes(meter.serial), text);
    await page.locator('#nes-meter-result').scrollIntoViewIfNeeded();
    await picture('mep-config-test-ok');
  });

  it('tests the connection with a wrong key: says so, and what to do', async () => {
    await editMeter();
    await page.fill('#node-config-input-key', 'ABCDEFGHIJ0123456789');
    await page.click('#nes-meter-test');
    await page.waitForSelector('.nes-meter-bad');
    const text = await page.innerText('#nes-meter-result');
    assert.match(text, /rejects the key/);
    await page.locator('#nes-meter-result').scrollIntoViewIfNeeded();
    await picture('mep-config-test-wrong-key');
  });

  it('tests a wrong port: says so', async () => {
    await editMeter();
    await page.fill('#node-config-input-tcpPort', '1');
    await page.click('#nes-meter-test');
    await page.waitForSelector('.nes-meter-bad');
    assert.match(await page.innerText('#nes-meter-result'), /nothing listens/);
  });

  it('keeps what the dialog did not touch, and no key leaves the runtime', async () => {
    await editMeter();
    await page.fill('#node-config-input-name', 'Meter in the attic');
    await page.click('#node-config-dialog-ok');
    await page.waitForSelector('#node-config-input-transport', { state: 'detached' });
    await page.click('#node-dialog-ok');
    await page.waitForTimeout(400);
    await page.click('#red-ui-header-button-deploy');
    let deployed = '';
    await until(async () => {
      const answer = await fetch(`${nodeRed.url}/flows`);
      deployed = await answer.text();
      return deployed.includes('Meter in the attic');
    }, 'the deploy');
    assert.ok(!deployed.includes(KEY));
    assert.ok(!nodeRed.log.includes(KEY));
  });
});
