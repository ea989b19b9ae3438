import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page, PageScreenshotOptions } from 'playwright-core';

const FOLDER = process.env['PICTURES'];
const root = join(__dirname, '../../..');

/**
 * Takes a picture for people: `PICTURES=docs/images npm run test:system` renews those of the README. Otherwise none is
 * taken, since drawing them takes as much of the processor as the tests.
 */
export async function takePicture(page: Page, name: string, options: PageScreenshotOptions = {}): Promise<void> {
  if (FOLDER === undefined) return;
  const folder = join(root, FOLDER);
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ ...options, path: join(folder, `${name}.png`) });
}
