import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type EditorStage, withEditorStage } from '../support/editor/editor-stage.js';
import { TYPES } from '../support/editor/editor-flows.js';
import { catalogueOf, LANGUAGES, lookUp } from '../support/node-red/texts.js';

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

  /** Texts of the topmost dialog that are cut off. */
  async function cut(): Promise<string[]> {
    await page.addScriptTag({ path: join(__dirname, '../support/editor/cut-texts.js') });
    return page.evaluate(() => cutTexts('.red-ui-tray:last-child .nes-meter-dialog *'));
  }

  /** Labels of the topmost dialog with more than two lines. */
  const squeezed = (): Promise<(string | null)[]> =>
    page.$$eval('.red-ui-tray:last-child .nes-meter-dialog label', (labels) =>
      labels
        .filter((label) => label.clientHeight > 2.5 * parseFloat(getComputedStyle(label).lineHeight))
        .map((label) => label.textContent),
    );

  /** Rows of the topmost dialog whose field is not in its column, or not at the height of its label. */
  const pushed = (): Promise<string[]> =>
    page.$$eval('.red-ui-tray:last-child .nes-meter-dialog .form-row', (rows) => {
      const found = rows.flatMap((row) => {
        const label = row.querySelector(':scope > label');
        const field = label?.nextElementSibling;
        if (!label || !field || (row as HTMLElement).offsetParent === null || label.clientWidth === 0) return [];
        const [a, b] = [label.getBoundingClientRect(), field.getBoundingClientRect()];
        const distance = Math.abs((a.top + a.bottom) / 2 - (b.top + b.bottom) / 2);
        return [{ text: label.textContent.trim(), left: b.left, isBeside: b.left >= a.right, distance }];
      });
      const [first] = found;
      return found
        .filter(({ left, isBeside, distance }) => !isBeside || distance > 4 || Math.abs(left - (first?.left ?? 0)) > 2)
        .map(({ text, left, distance }) => `${text}: ${distance} px apart, at ${left} px`);
    });

  /** An element of the wiring picture by a selector: its text, if any, and its position. */
  const drawn = (selector: string): Promise<{ text: string | null; box: DOMRect }[]> =>
    page.$$eval(`.nes-meter-picture svg ${selector}`, (elements) =>
      elements.map((element) => ({
        text: element.textContent,
        box: element.getBoundingClientRect().toJSON() as DOMRect,
      })),
    );

  /** Texts of the wiring picture that extend beyond it, or across the edge of a box. */
  async function crossed(): Promise<(string | null)[]> {
    const boxes = (await drawn('rect')).map(({ box }) => box);
    const isApart = (a: DOMRect, b: DOMRect): boolean =>
      a.right <= b.left || a.left >= b.right || a.bottom <= b.top || a.top >= b.bottom;
    const isWithin = (a: DOMRect, b: DOMRect): boolean =>
      a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;
    const words = await drawn('text');
    return words
      .filter(({ box }) => !boxes.every((other) => isApart(box, other) || isWithin(box, other)))
      .map(({ text }) => text);
  }

  /** True if the button of a field is beside it. */
  const isInLine = async (field: string, button: string): Promise<boolean> => {
    const [a, b] = [await page.locator(field).boundingBox(), await page.locator(button).boundingBox()];
    return a !== null && b !== null && b.x >= a.x + a.width && b.y < a.y + a.height;
  };

  for (const language of LANGUAGES) {
    describe(language, () => {
      before(() => editor.speak(language));

      for (const type of TYPES) {
        it(`${type}: is translated, and every text fits`, async () => {
          await editor.edit(nodes.get(type)!);
          assert.deepEqual(await editor.untranslated(), []);
          assert.deepEqual(await cut(), []);
          assert.deepEqual(await squeezed(), []);
          assert.deepEqual(await pushed(), []);
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
            assert.deepEqual(await pushed(), [], `${protocol} ${transport}`);
          }
        }
        await page.selectOption('#node-config-input-transport', 'serial');
        assert.ok(await isInLine('#node-config-input-port', '#nes-meter-find-ports'));
        await editor.picture(`mep-config-${language}`);
      });

      it('notices a label that pushes its field', async () => {
        await editor.editMeter();
        const style = await page.addStyleTag({
          content: '.nes-meter-dialog .form-row > label { vertical-align: top !important; height: 80px; }',
        });
        assert.notDeepEqual(await pushed(), []);
        await style.evaluate((element) => {
          element.parentNode?.removeChild(element);
        });
        assert.deepEqual(await pushed(), []);
      });

      it('mep-config: every word of the wiring pictures fits', async () => {
        await editor.editMeter();
        await page.click('#nes-meter-wiring > summary');
        await page.selectOption('#node-config-input-transport', 'serial');
        for (const [protocol, word] of [
          ['mep', 'header'],
          ['optical', 'foam'],
        ] as const) {
          await page.selectOption('#node-config-input-protocol', protocol);
          const text = lookUp(catalogueOf(language, 'mep-config'), `mep-config.wiring.${word}`) as string;
          await page.waitForSelector(`.nes-meter-picture svg >> text="${text}"`);
          assert.deepEqual(await crossed(), [], protocol);
        }
      });

      it('the palette is translated, and every name fits', async () => {
        for (const type of TYPES) {
          const label = page.locator(`.red-ui-palette-node[data-palette-type="${type}"] .red-ui-palette-label`);
          const name = lookUp(catalogueOf(language, type), `${type}.node.name`);
          // The palette breaks a name at blanks and hyphens, and a word that is too long anywhere.
          assert.equal((await label.innerText()).replaceAll(/\s+/g, ' ').replaceAll(' - ', '-'), name);
          const [width, room] = await label.evaluate((element) => [element.scrollWidth, element.clientWidth] as const);
          assert.ok(width <= room + 1, await label.innerText());
        }
      });
    });
  }
});
