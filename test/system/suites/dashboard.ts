import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { type Clock, systemClock } from '../../../src/clock.js';
import { DEMO_KEY, serveTcp, SimulatedMeter } from '../../../src/simulator/index.js';
import { closeBrowser, newPage } from '../../support/editor/browser.js';
import { type ExampleNode, filledIn, readExample } from '../../support/node-red/examples.js';
import type { NodeRedMajor } from '../../support/node-red/node-red-home.js';
import { NodeRedProcess } from '../../support/node-red/node-red-process.js';
import { takePicture } from '../../support/editor/pictures.js';
import { until } from '../../support/until.js';

/** Screen sizes that the dashboard supports. */
const SCREENS = {
  tablet: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
} as const;

/** Factor by which the household of the pictures runs faster than its clock. */
const EVENING_SPEED = 120;

/** Hides the notice of a deploy from the pictures. */
const NO_NEWS = '.v-snackbar, .v-overlay-container { visibility: hidden !important }';

/** The example, with the history and the energy that a user would have to wait for. */
function hurried(): ExampleNode[] {
  return filledIn(readExample('10-dashboard.json'), { 'mep-read-table': { interval: 2 } });
}

/** Tests of the page of the dashboard example on a Node-RED. */
export function dashboard(major: NodeRedMajor): void {
  describe(`The dashboard on Node-RED ${major}`, () => {
    let nodeRed: NodeRedProcess;
    let page: Page;
    const complaints: string[] = [];

    before(async () => {
      nodeRed = await NodeRedProcess.run({ major, installation: 'packed', modules: ['@flowfuse/node-red-dashboard'] });
      page = await newPage({ viewport: SCREENS.tablet, locale: 'en-US' });
      page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
      await nodeRed.deploy(hurried());
      await open();
    });

    /** Opens the page, which exists a moment after the flows have started. */
    async function open(): Promise<void> {
      await until(async () => {
        await page.goto(`${nodeRed.url}/dashboard/meter`, { waitUntil: 'load' });
        return page.waitForSelector('main', { timeout: 5_000 }).then(
          () => true,
          () => false,
        );
      }, 'the dashboard');
    }

    after(async () => {
      await (page as Page | undefined)?.close();
      await closeBrowser();
      await (nodeRed as NodeRedProcess | undefined)?.remove();
    });

    /** Rows whose texts are cut off. */
    const cutTexts = (): Promise<(string | null)[]> =>
      page.$$eval('.nrdb-ui-text', (rows) =>
        rows
          .filter((row) => row.scrollWidth > row.clientWidth + 1 || row.scrollHeight > row.clientHeight + 1)
          .map((row) => row.textContent),
      );

    /** True if the last row of the chart's pixels is not empty, as with a label that is cut off. */
    const isChartCut = (): Promise<boolean> =>
      page.$eval('.nrdb-ui-chart canvas', (element) => {
        const canvas = element as HTMLCanvasElement;
        const pencil = canvas.getContext('2d');
        if (pencil === null) throw new Error('The chart is not a drawing');
        const { data } = pencil.getImageData(0, canvas.height - 1, canvas.width, 1);
        return data.some((value) => value > 0);
      });

    const text = (): Promise<string> => page.innerText('main');

    it('shows power, energy, voltages and the link', async () => {
      // Each of them is a separate message to the browser.
      for (const words of [
        /responses are verified/,
        /House\s+-?\d+ W/,
        /Bought today\s+[\d.,]+ kWh/,
        /Bought yesterday\s+–/,
        /L1\s+2[0-4]\d\.\d V/,
        /Frequency\s+(49|50)\.\d\d Hz/,
        /Response time\s+\d+ ms/,
      ]) {
        await until(async () => words.test(await text()), String(words), { seen: text });
      }
      assert.doesNotMatch(await text(), /null|undefined|NaN|\[object/);
      assert.equal(await page.locator('.nrdb-ui-gauge svg').count(), 3);
      assert.equal(await page.locator('.nrdb-ui-chart canvas').count(), 1);
    });

    for (const [screen, size] of Object.entries(SCREENS)) {
      it(`fits a ${screen}`, async () => {
        await page.setViewportSize(size);
        await page.waitForTimeout(1_000);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${overflow} px too wide`);
        assert.deepEqual(await cutTexts(), []);
        assert.equal(await isChartCut(), false, 'the times below the chart are cut off');
      });
    }

    it('shows a house in the evening, where energy is used', async function () {
      // The test is slow, and concerns only the picture.
      if (major !== 4) this.skip();
      const evening = new Date(new Date().setHours(16, 30, 0, 0));
      const clock: Clock = { ...systemClock, date: () => evening };
      const meter = new SimulatedMeter({ clock, speed: EVENING_SPEED, isUsed: true, serial: '41339802' });
      const served = await serveTcp({ meter, port: 0 });
      try {
        const [host = '', tcpPort = ''] = served.address.split(':');
        await nodeRed.deploy(
          filledIn(hurried(), {
            // In this household two hours pass in a minute: the energy would exceed any fuse.
            'mep-plausibility': { fuse: '10000' },
            'mep-config': { transport: 'tcp', host, tcpPort, credentials: { key: DEMO_KEY } },
          }),
        );
        await page.setViewportSize(SCREENS.tablet);
        await open();
        await until(async () => /Bought today\s+[1-9]\d*\.\d kWh/.test(await text()), 'energy');
        await until(async () => /L1\s+2[0-4]\d\.\d V/.test(await text()), 'the voltages');
        for (const [screen, size] of Object.entries(SCREENS)) {
          await page.setViewportSize(size);
          await page.waitForTimeout(1_000);
          assert.deepEqual(await cutTexts(), []);
          await takePicture(page, `dashboard-${screen}`, { fullPage: screen === 'phone', style: NO_NEWS });
        }
      } finally {
        await served.close();
      }
    });

    it('hides the live values of a meter that went away, and gives the reason', async () => {
      await page.setViewportSize(SCREENS.tablet);
      const gone = { transport: 'tcp', host: '127.0.0.1', tcpPort: '1', credentials: { key: '0123456789abcdefghij' } };
      await nodeRed.deploy(filledIn(hurried(), { 'mep-config': gone }));
      await open();
      await until(async () => /nothing listens/.test(await text()), 'the reason', { seen: text });
      assert.deepEqual(await cutTexts(), []);
      await until(async () => !/Power now|Voltage/.test(await text()), 'hidden values');
    });

    it('has nothing to complain of', () => {
      assert.deepEqual(complaints, []);
    });
  });
}
