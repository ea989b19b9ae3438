import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type EditorStage, withEditorStage } from '../support/editor-stage.js';
import { TYPES } from '../support/editor-flows.js';
import { catalogueOf, LANGUAGES, lookUp } from '../support/texts.js';

/** Defined by the script that runs in the page. */
declare function cutTexts(selector: string): string[];

const MAJOR = 5;

describe('Dialogs in every language', () => {
  let editor: EditorStage['editor'];
  let page: EditorStage['page'];
  let nodes: EditorStage['nodes'];
  withEditorStage(MAJOR, (stage) => {
    ({ editor, page, nodes } = stage);
  });
  afterEach(() => editor.tidy());

  /** Texts of the topmost dialog that do not fit their place. */
  async function cut(): Promise<string[]> {
    await page.addScriptTag({ path: join(__dirname, '../support/cut-texts.js') });
    return page.evaluate(() => cutTexts('.red-ui-tray:last-child .nes-meter-dialog *'));
  }

  /** Labels of the topmost dialog that stand in more than two lines. */
  const squeezed = (): Promise<(string | null)[]> =>
    page.$$eval('.red-ui-tray:last-child .nes-meter-dialog label', (labels) =>
      labels
        .filter((label) => label.clientHeight > 2.5 * parseFloat(getComputedStyle(label).lineHeight))
        .map((label) => label.textContent),
    );

  for (const language of LANGUAGES) {
    describe(language, () => {
      before(() => editor.speak(language));

      for (const type of TYPES) {
        it(`${type}: is translated, and every text fits`, async () => {
          await editor.edit(nodes.get(type)!);
          assert.deepEqual(await editor.untranslated(), []);
          assert.deepEqual(await cut(), []);
          assert.deepEqual(await squeezed(), []);
          if (language !== 'en-US') await editor.picture(`${type}-${language}`);
        });
      }

      it('mep-config: is translated, and every text fits, with everything open', async () => {
        await editor.editMeter();
        for (const details of ['wiring', 'keys', 'expert']) await page.click(`#nes-meter-${details} > summary`);
        for (const protocol of ['mep', 'optical']) {
          for (const transport of ['serial', 'tcp', 'simulator']) {
            await page.selectOption('#node-config-input-transport', transport);
            await page.selectOption('#node-config-input-protocol', protocol);
            assert.deepEqual(await editor.untranslated(), []);
            assert.deepEqual(await cut(), [], `${protocol} ${transport}`);
          }
        }
        await page.selectOption('#node-config-input-transport', 'serial');
        await editor.picture(`mep-config-${language}`);
      });

      it('the palette is translated, and every name fits', async () => {
        for (const type of TYPES) {
          const label = page.locator(`.red-ui-palette-node[data-palette-type="${type}"] .red-ui-palette-label`);
          const name = lookUp(catalogueOf(language, type), `${type}.node.name`);
          // The palette breaks a name at blanks and hyphens; a word too long for it is broken anywhere.
          assert.equal((await label.innerText()).replaceAll(/\s+/g, ' ').replaceAll(' - ', '-'), name);
          const [width, room] = await label.evaluate((element) => [element.scrollWidth, element.clientWidth] as const);
          assert.ok(width <= room + 1, await label.innerText());
        }
      });
    });
  }
});
