/**
 * `npx tsx scripts/docs/example-pictures.ts [folder or example ...]`: draws the example flows (all, or those given) as the
 * editor shows them, into docs/images/examples. Needs `npm run build` and Chromium. The folders are those of packages with
 * nodes that an example uses and that are not among the development dependencies: node-red-node-sqlite,
 * node-red-contrib-postgresql.
 */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { EXAMPLE_FILES, readExample } from '../../test/support/node-red/examples.js';
import { NodeRedProcess } from '../../test/support/node-red/node-red-process.js';

/** Checked by the page at run time: the editor has no types. */
declare const RED: { workspaces: { show(id: string): void }; sidebar: { toggleSidebar?(): void } };

const folder = join(__dirname, '../../docs/images/examples');
/** Pixels around the nodes. */
const MARGIN = 25;
/** Pixels for an inject node's button and for the status below a node. */
const EXTRA = 20;

async function draw(page: Page, url: string, file: string): Promise<void> {
  const [tab] = readExample(file);
  await page.goto(url, { waitUntil: 'load' });
  await page.waitForSelector('#red-ui-loading-progress', { state: 'hidden' });
  await page.waitForSelector('.red-ui-flow-node');
  await page.evaluate((id) => {
    RED.workspaces.show(id);
  }, tab?.id ?? '');
  // Most running flows show a status below their nodes.
  await page
    .waitForSelector('.red-ui-flow-node-status-group text:not(:empty)', { timeout: 5000 })
    .catch(() => undefined);
  await page.waitForTimeout(1000);
  const boxes = await page.locator('.red-ui-flow-node').evaluateAll((nodes) =>
    nodes.map((node) => {
      const { left, top, right, bottom } = node.getBoundingClientRect();
      return { left, top, right, bottom };
    }),
  );
  const least = (side: 'left' | 'top'): number => Math.min(...boxes.map((box) => box[side])) - MARGIN - EXTRA;
  const most = (side: 'right' | 'bottom'): number => Math.max(...boxes.map((box) => box[side])) + MARGIN + EXTRA;
  const workspace = (await page.locator('#red-ui-workspace-chart').boundingBox())?.x ?? 0;
  const clip = { x: Math.max(least('left'), workspace), y: least('top') + EXTRA, width: 0, height: 0 };
  await page.screenshot({
    path: join(folder, file.replace(/\.json$/, '.png')),
    clip: { ...clip, width: most('right') - clip.x, height: most('bottom') - clip.y },
  });
}

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const given = process.argv.slice(2);
  const chosen = EXAMPLE_FILES.filter((file) => given.includes(file));
  const palette = given.filter((each) => !EXAMPLE_FILES.includes(each)).map((each) => resolve(each));
  // Files that a flow writes without a path go to a temporary folder.
  process.chdir(mkdtempSync(join(tmpdir(), 'pictures-')));
  const nodeRed = await NodeRedProcess.install({ settings: { nodesDir: palette } });
  await nodeRed.start();
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1900, height: 1000 } });
    for (const file of chosen.length > 0 ? chosen : EXAMPLE_FILES) {
      await nodeRed.deploy(readExample(file));
      await draw(page, `http://127.0.0.1:${nodeRed.port}`, file);
      process.stdout.write(`${file}\n`);
    }
  } finally {
    await browser.close();
    await nodeRed.remove();
  }
}

void main();
