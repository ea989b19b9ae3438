import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { takePicture } from './pictures.js';

/** Checked by the page at run time. */
declare const axe: { run(context: string, options: object): Promise<AxeResults> };

const NEXT = '#nes-meter-assistant-next';

/** Uses the set-up assistant with mouse and keyboard, and counts what a user has to enter: fields, ticks and buttons. */
export class AssistantRobot {
  readonly #page: Page;
  #entries = 0;

  constructor(page: Page) {
    this.#page = page;
  }

  get entries(): number {
    return this.#entries;
  }

  /** Waits until the assistant has opened by itself. */
  async appeared(): Promise<void> {
    await this.#page.waitForSelector('.nes-meter-assistant-window');
    await this.#page.addScriptTag({ path: require.resolve('axe-core/axe.min.js') });
  }

  async type(field: string, text: string): Promise<void> {
    this.#entries++;
    const input = this.#page.locator(`#nes-meter-assistant-${field}`);
    await input.click({ clickCount: 3 });
    await this.#page.keyboard.press('Delete');
    await this.#page.keyboard.type(text);
  }

  async choose(group: string, value: string): Promise<void> {
    this.#entries++;
    await this.#page.click(`#nes-meter-assistant-${group}-${value}`);
  }

  /** Presses the button that continues, whatever its label is now. */
  async proceed(): Promise<void> {
    this.#entries++;
    await this.#page.click(NEXT);
  }

  /** Presses Enter in the field that has the focus. */
  async enter(): Promise<void> {
    this.#entries++;
    await this.#page.keyboard.press('Enter');
  }

  async found(): Promise<string> {
    return this.#textOf('.nes-meter-assistant-results .nes-meter-good');
  }

  /** Model, serial number, power and energy after a test of the key. */
  async measured(): Promise<string> {
    return this.#textOf('.nes-meter-assistant-values');
  }

  /** What is said at a field that was refused. */
  async refusal(field: string): Promise<string> {
    await this.#page.waitForSelector(`#nes-meter-assistant-${field}[aria-invalid="true"]`);
    return this.#textOf(`#nes-meter-assistant-${field}-note`);
  }

  valueOf(field: string): Promise<string> {
    return this.#page.inputValue(`#nes-meter-assistant-${field}`);
  }

  async reached(page: number): Promise<void> {
    await this.#page.waitForSelector(`.nes-meter-assistant-steps li:nth-child(${page})[aria-current="step"]`);
    // The button is there before the page is when its flows are loaded.
    await this.#page.waitForSelector(`${NEXT}:not([disabled])`);
  }

  /** What axe finds in the window, and texts that have no translation. */
  async violations(): Promise<string[]> {
    const { violations } = await this.#page.evaluate(() =>
      axe.run('.nes-meter-assistant-window', { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }),
    );
    const text = await this.#page.innerText('.nes-meter-assistant-window');
    return [
      ...violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
      ),
      ...(text.match(/\b(assistant|mep-config|errors)\.[\w.-]+/g) ?? []),
    ];
  }

  picture(name: string): Promise<void> {
    return takePicture(this.#page, name);
  }

  async #textOf(selector: string): Promise<string> {
    await this.#page.waitForSelector(selector);
    return this.#page.innerText(selector);
  }
}
