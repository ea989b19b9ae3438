import assert from 'node:assert/strict';
import type { AxeResults } from 'axe-core';
import { type EditorStage, withEditorStage } from '../../support/editor/editor-stage.js';
import { TYPES } from '../../support/editor/editor-flows.js';
import type { NodeRedMajor } from '../../support/node-red/node-red-home.js';

/** Checked by the page at run time. */
declare const axe: { run(context: object, options: object): Promise<AxeResults> };

const DIALOG = '.red-ui-tray:last-child .nes-meter-dialog';
/** The buttons that Node-RED adds beside the choice of a connection are not ours to correct. */
const OF_NODE_RED = `${DIALOG} .form-row > div .red-ui-button`;

/** Minimum contrast between text and background. [WCAG 2.1, 1.4.3] */
const MIN_CONTRAST = 4.5;

/** The relative luminance of a colour such as `rgb(102, 102, 102)`. */
function luminanceOf(color: string): number {
  const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map((channel) => {
    const part = Number(channel) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrastOf(one: string, other: string): number {
  const [a, b] = [luminanceOf(one), luminanceOf(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** Tests of labels, contrast and the keyboard in the dialogs of a Node-RED. */
export function dialogsForEverybody(major: NodeRedMajor): void {
  describe(`Dialogs for everybody in Node-RED ${major}`, () => {
    let editor: EditorStage['editor'];
    let page: EditorStage['page'];
    let picture: EditorStage['picture'];
    let nodes: EditorStage['nodes'];

    withEditorStage(major, (stage) => {
      ({ editor, page, picture, nodes } = stage);
    });
    before(async () => {
      await page.addScriptTag({ path: require.resolve('axe-core/axe.min.js') });
    });

    afterEach(() => editor.tidy());

    async function violations(): Promise<string[]> {
      const { violations: found } = await page.evaluate(
        ([include, exclude]) =>
          axe.run(
            { include: [[include]], exclude: [[exclude]] },
            { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] },
          ),
        [DIALOG, OF_NODE_RED] as const,
      );
      return found.flatMap(({ id, nodes: where }) =>
        where.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary ?? ''}`),
      );
    }

    for (const theme of major === 4 ? (['light'] as const) : (['light', 'dark'] as const)) {
      for (const type of TYPES) {
        it(`${type} has labels and contrast (${theme})`, async () => {
          await editor.dress(theme);
          await editor.edit(nodes.get(type)!);
          assert.deepEqual(await violations(), []);
        });
      }

      it(`mep-config has labels and contrast with everything open (${theme})`, async () => {
        await editor.dress(theme);
        await editor.editMeter();
        for (const details of ['wiring', 'keys', 'expert']) await page.click(`#nes-meter-${details} > summary`);
        for (const [transport, protocol] of [
          ['serial', 'mep'],
          ['tcp', 'optical'],
          ['simulator', 'mep'],
        ] as const) {
          await page.selectOption('#node-config-input-transport', transport);
          await page.selectOption('#node-config-input-protocol', protocol);
          assert.deepEqual(await violations(), []);
          if (protocol === 'optical') await picture(`mep-config-open-${theme}`);
        }
      });
    }

    /**
     * Texts and placeholders with too little contrast. axe does not check placeholders, and reports texts in a dialog above
     * another element as uncertain.
     */
    async function faintTexts(within = DIALOG): Promise<string[]> {
      const texts = await page.$$eval(`${within} :is(input[placeholder], p, small, dt, dd, li, summary)`, (elements) =>
        elements
          .filter((element) => (element as HTMLElement).offsetParent !== null)
          .map((element) => {
            const { color, opacity } = getComputedStyle(
              element,
              element.tagName === 'INPUT' ? '::placeholder' : undefined,
            );
            let behind = element;
            while (getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)' && behind.parentElement) {
              behind = behind.parentElement;
            }
            const name = element.id || element.textContent.slice(0, 40);
            return { name, color, opacity, background: getComputedStyle(behind).backgroundColor };
          }),
      );
      assert.ok(texts.length > 0);
      return texts
        .map((text) => ({ ...text, contrast: contrastOf(text.color, text.background) }))
        .filter(({ opacity, contrast }) => opacity !== '1' || contrast < MIN_CONTRAST)
        .map(({ name, color, background, contrast }) => `${name}: ${contrast} (${color} on ${background})`);
    }

    for (const theme of major === 4 ? (['light'] as const) : (['light', 'dark'] as const)) {
      it(`hints, results and lists have contrast (${theme})`, async () => {
        await editor.dress(theme);
        for (const type of TYPES) {
          await editor.edit(nodes.get(type)!);
          assert.deepEqual(await faintTexts(), [], type);
          await editor.tidy();
        }
        await editor.editMeter();
        for (const details of ['keys', 'expert']) await page.click(`#nes-meter-${details} > summary`);
        assert.deepEqual(await faintTexts(), []);
        await page.click('#nes-meter-test');
        await page.waitForSelector('.nes-meter-good');
        assert.deepEqual(await violations(), []);
        assert.deepEqual(await faintTexts('#nes-meter-result'), []);
        await page.fill('#node-config-input-key', 'ABCDEFGHIJ');
        await page.waitForSelector('#nes-meter-key-note.nes-meter-bad');
        await page.fill('#node-config-input-tcpPort', '1');
        await page.click('#nes-meter-test');
        await page.waitForSelector('#nes-meter-result.nes-meter-bad');
        assert.deepEqual(await violations(), []);
        await picture(`mep-config-bad-${theme}`);
        await editor.tidy();
        await editor.edit(nodes.get('mep-read-table')!);
        await page.fill('#node-input-table', '');
        await page.focus('#node-input-table');
        await page.keyboard.press('ArrowDown');
        await page.waitForSelector('.nes-meter-table');
        assert.deepEqual(await faintTexts('.nes-meter-table'), []);
        await picture(`tables-${theme}`);
        await page.keyboard.press('Escape');
      });
    }

    it('notices a faint hint', async () => {
      await editor.dress('light');
      await editor.edit(nodes.get('mep-alarm')!);
      assert.equal(contrastOf('rgb(255, 255, 255)', 'rgb(0, 0, 0)'), 21);
      const style = await page.addStyleTag({
        content: '.nes-meter-dialog input::placeholder { color: #aaa !important; }',
      });
      assert.notDeepEqual(await faintTexts(), []);
      await style.evaluate((element) => {
        element.parentNode?.removeChild(element);
      });
      assert.deepEqual(await faintTexts(), []);
    });

    it('describes each field by the note below it', async () => {
      const undescribed = (): Promise<string[]> =>
        page.$$eval(`${DIALOG} .form-row + .nes-meter-note`, (notes) =>
          notes.flatMap((note) => {
            // Node-RED's own elements beside the choice of a connection are not checked.
            const fields = [...note.previousElementSibling!.querySelectorAll(':scope > input, :scope > select')];
            return fields
              .filter((field) => {
                const id = field.getAttribute('aria-describedby') ?? '';
                return id !== note.id || document.querySelectorAll(`[id="${id}"]`).length !== 1;
              })
              .map((field) => field.id);
          }),
        );
      let described = 0;
      for (const type of TYPES) {
        await editor.edit(nodes.get(type)!);
        assert.deepEqual(await undescribed(), [], type);
        described += await page.locator(`${DIALOG} [aria-describedby]`).count();
        await editor.tidy();
      }
      assert.ok(described > 10, `${described} fields`);
      await editor.editMeter();
      assert.deepEqual(await undescribed(), []);
    });

    it('notices a field without a label', async () => {
      await editor.edit(nodes.get('mep-status')!);
      await page.$eval(DIALOG, (dialog) => {
        dialog.append(document.createElement('input'));
      });
      assert.match((await violations()).join(), /^label: <input>/);
    });

    it('mep-config can be filled in with the keyboard alone', async () => {
      await editor.editMeter();
      await page.selectOption('#node-config-input-transport', 'serial');
      await page.click('#nes-meter-expert > summary');
      const wanted = await page.$$eval(`${DIALOG} :is(input, select, button, summary):not(:disabled)`, (fields) =>
        fields
          .filter((field) => (field as HTMLElement).offsetParent !== null)
          .map((field) => field.id || field.textContent),
      );
      await page.focus('#node-config-input-name');
      const reached = ['node-config-input-name'];
      for (let presses = 0; presses < wanted.length + 5; presses++) {
        await page.keyboard.press('Tab');
        reached.push(
          await page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent || ''),
        );
      }
      assert.deepEqual(
        wanted.filter((field) => !reached.includes(field)),
        [],
      );
    });
  });
}
