import assert from 'node:assert/strict';
import type { AxeResults } from 'axe-core';
import { type EditorStage, withEditorStage } from '../../support/editor/editor-stage.js';
import { TYPES } from '../../support/editor/editor-flows.js';
import type { NodeRedMajor } from '../../support/node-red/node-red-home.js';

/** What runs in the page is checked by the page. */
declare const axe: { run(context: object, options: object): Promise<AxeResults> };

const DIALOG = '.red-ui-tray:last-child .nes-meter-dialog';
/** What Node-RED puts into our dialogs by itself is not ours to mend: the buttons beside the choice of a connection. */
const OF_NODE_RED = `${DIALOG} .form-row > div .red-ui-button`;

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
      const wanted = await page.$$eval(`${DIALOG} :is(input, select, button, summary)`, (fields) =>
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
