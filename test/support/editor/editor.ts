import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { NodeRedMajor } from '../node-red/node-red-home.js';
import { NodeRedProcess } from '../node-red/node-red-process.js';
import { until } from '../until.js';
import { closeBrowser, newPage, BROWSER_TIMEOUT_MS } from './browser.js';
import { takePicture } from './pictures.js';

/** Checked by the page at run time: the editor has no types. */
declare const jQuery: { fx: { off: boolean } };
declare const RED: {
  nodes: { node(id: string): object | null };
  editor: { edit(node: object | null): void };
};

/** A message of a script of Node-RED 5 while it loads on a busy machine; messages of our scripts are reported. */
function isOfNodeRed(complaint: string): boolean {
  return complaint.includes("(reading 'html')") && !/nes-meter|mep-/.test(complaint);
}

/**
 * Runs in the page before its scripts. Each frame of a dialog that slides in is drawn by the processor: two seconds of
 * it for a dialog.
 */
function withoutAnimations(): void {
  addEventListener('DOMContentLoaded', () => {
    const style = document.createElement('style');
    style.textContent = '*, *::before, *::after { transition: none !important; animation: none !important; }';
    document.head.append(style);
    jQuery.fx.off = true;
  });
}

export type Theme = 'light' | 'dark';

/** The editor of a real Node-RED in a real browser, with a flow deployed. */
export class Editor {
  readonly nodeRed: NodeRedProcess;
  readonly page: Page;
  readonly #complaints: string[];

  /**
   * @param options.major 4 or 5
   * @param options.language language that the browser requests
   * @param options.theme `dark` needs Node-RED 5
   */
  static async open(options: {
    readonly flows: readonly object[];
    readonly major?: NodeRedMajor;
    readonly language?: string;
    readonly theme?: Theme;
  }): Promise<Editor> {
    const { flows, major = 4, language = 'en-US', theme = 'light' } = options;
    const nodeRed = await NodeRedProcess.run({ major, installation: 'packed' });
    try {
      await nodeRed.deploy(flows);
      const viewport = { width: 1280, height: 800 };
      const page = await newPage({ viewport, colorScheme: theme, locale: language });
      await page.addInitScript(withoutAnimations);
      const editor = new Editor(nodeRed, page);
      await editor.#load();
      return editor;
    } catch (error) {
      await nodeRed.remove();
      throw error;
    }
  }

  private constructor(nodeRed: NodeRedProcess, page: Page) {
    this.nodeRed = nodeRed;
    this.page = page;
    const complaints: string[] = [];
    page.on('pageerror', (error) => {
      const text = error.stack ?? error.message;
      if (!isOfNodeRed(text)) complaints.push(text);
    });
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    this.#complaints = complaints;
  }

  async close(): Promise<void> {
    await this.page.close();
    await closeBrowser();
    await this.nodeRed.remove();
  }

  async #load(): Promise<void> {
    await this.page.goto(this.nodeRed.url, { waitUntil: 'load' });
    await this.page.waitForFunction(() => typeof RED === 'object' && RED.nodes.node('meter') !== null);
    // Before the page is laid out the editor ignores input.
    await this.page.waitForSelector('#red-ui-loading-progress', { state: 'hidden' });
    await this.page.waitForSelector('.red-ui-flow-node');
    await this.page.waitForTimeout(500);
  }

  /** Sets the language of the editor from now on. */
  async speak(language: string): Promise<void> {
    await this.page.evaluate((name) => {
      localStorage.setItem('editor-language', name);
    }, language);
    await this.#load();
  }

  async dress(theme: Theme): Promise<void> {
    await this.page.emulateMedia({ colorScheme: theme });
    await this.page.evaluate((isDark) => {
      document.documentElement.classList.toggle('nr-theme-dark', isDark);
    }, theme === 'dark');
  }

  /** Closes all dialogs and asserts that the browser reported no errors. */
  async tidy(): Promise<void> {
    for (const cancel of ['#node-config-dialog-cancel', '#node-dialog-cancel']) {
      if (await this.page.isVisible(cancel)) await this.#close(cancel);
    }
    assert.deepEqual(this.#complaints, []);
  }

  /** Clicks again if the dialog is still open: a click is lost while a dialog slides. */
  async #close(cancel: string): Promise<void> {
    await until(
      async () => {
        if (await this.#isOpened()) await this.page.click(cancel, { timeout: 5_000 }).catch(() => undefined);
        return this.page.waitForSelector(cancel, { state: 'detached', timeout: 2_000 }).then(
          () => true,
          () => false,
        );
      },
      `the end of ${cancel}`,
      { limitMs: BROWSER_TIMEOUT_MS },
    );
  }

  picture(name: string): Promise<void> {
    return takePicture(this.page, name);
  }

  async edit(id: string): Promise<void> {
    await this.page.evaluate((node) => {
      RED.editor.edit(RED.nodes.node(node));
    }, id);
    await this.page.waitForSelector('#dialog-form #node-input-name');
    await this.#untilOpened();
  }

  /** Opens the dialog of the connection that the node `id` uses. */
  async editMeter(id = 'r28'): Promise<void> {
    await this.edit(id);
    await this.page.click('#node-input-lookup-meter, #node-input-btn-meter-edit, .red-ui-button:has(.fa-pencil)');
    await this.page.waitForSelector('#node-config-input-transport');
    await this.#untilOpened();
  }

  /** Waits until the dialog has slid in: clicks before that are lost. */
  async #untilOpened(): Promise<void> {
    await until(() => this.#isOpened(), 'the dialog', { limitMs: BROWSER_TIMEOUT_MS });
    await this.page.waitForTimeout(100);
  }

  #isOpened(): Promise<boolean> {
    return this.page.evaluate(() => {
      const tray = [...document.querySelectorAll<HTMLElement>('#red-ui-editor-stack .red-ui-tray')].at(-1);
      return tray !== undefined && getComputedStyle(tray).right === '0px';
    });
  }

  /** Untranslated text looks like its key. */
  async untranslated(selector = '.red-ui-tray:last-child'): Promise<string[]> {
    const text = await this.page.innerText(selector);
    const keys = text.match(/\b(mep-[\w-]+|errors|status|test)\.[a-zA-Z]\w*\.?\w*/g) ?? [];
    return keys.filter((key) => key !== 'msg.table');
  }
}
