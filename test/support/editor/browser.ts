import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** For a browser that has to wait for its turn on a machine that is busy with other tests. */
export const PATIENCE_MS = 90_000;

let launched: Promise<Browser> | undefined;

/**
 * A page with cookies and storage of its own, in a browser that all files of tests of a process share: starting one takes
 * seconds. It ends with the process.
 */
export async function newPage(options: BrowserContextOptions): Promise<Page> {
  launched ??= chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const browser = await launched;
  const page = await browser.newPage(options);
  page.setDefaultTimeout(PATIENCE_MS);
  return page;
}

/**
 * Behind the tests of a file: a worker of mocha has a next file, and ends by itself; any other process would wait for its
 * browser.
 */
export async function closeBrowser(): Promise<void> {
  if (process.env['MOCHA_WORKER_ID'] !== undefined) return;
  const browser = await launched;
  launched = undefined;
  await browser?.close();
}
