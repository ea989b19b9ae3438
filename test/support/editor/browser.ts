import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Timeout of browser actions on a machine that is busy with other tests. */
export const BROWSER_TIMEOUT_MS = 90_000;

let launched: Promise<Browser> | undefined;

/**
 * A page with cookies and storage of its own, in a browser that all test files of a process share: starting one takes
 * seconds. The browser ends with the process.
 */
export async function newPage(options: BrowserContextOptions): Promise<Page> {
  launched ??= chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const browser = await launched;
  const page = await browser.newPage(options);
  page.setDefaultTimeout(BROWSER_TIMEOUT_MS);
  return page;
}

/**
 * Called after the tests of a file. A worker of mocha runs more files and ends by itself; any other process would wait
 * for its browser.
 */
export async function closeBrowser(): Promise<void> {
  if (process.env['MOCHA_WORKER_ID'] !== undefined) return;
  const browser = await launched;
  launched = undefined;
  await browser?.close();
}
