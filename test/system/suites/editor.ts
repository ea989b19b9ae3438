import assert from 'node:assert/strict';
import { FORMAT_SETTINGS, HTTP_FORMATS } from '../../../src/publish/index.js';
import { type EditorStage, withEditorStage } from '../../support/editor/editor-stage.js';
import { TYPES } from '../../support/editor/editor-flows.js';
import type { NodeRedMajor } from '../../support/node-red/node-red-home.js';
import { until } from '../../support/until.js';

/** Checked by the page at run time: the editor has no types. */
declare const RED: {
  nodes: { node(id: string): object | null };
  sidebar: { show(id: string): void };
};

/** Tests of palette, dialogs and help in the editor of a Node-RED. */
export function editorOf(major: NodeRedMajor): void {
  describe(`The editor of Node-RED ${major} in a real browser`, () => {
    let editor: EditorStage['editor'];
    let page: EditorStage['page'];
    let picture: EditorStage['picture'];
    let nodes: EditorStage['nodes'];

    withEditorStage(major, (stage) => {
      ({ editor, page, picture, nodes } = stage);
    });

    afterEach(() => editor.tidy());

    it('has the nodes in the palette, with their icons, and runs the flow', async () => {
      for (const type of TYPES) {
        await page.waitForSelector(`.red-ui-palette-node[data-palette-type="${type}"]`);
      }
      const icons = await page.$$eval('.red-ui-palette-node[data-palette-type^="mep-"] .red-ui-palette-icon', (found) =>
        found.map((icon) => getComputedStyle(icon).backgroundImage),
      );
      assert.equal(icons.length, TYPES.length);
      for (const icon of icons) {
        const url = /url\("?([^")]+)/.exec(icon)?.[1];
        assert.ok(url, icon);
        const loaded = await page.request.get(url);
        assert.match(loaded.headers()['content-type'] ?? '', /svg/, url);
      }
      await page.evaluate(() => {
        document.querySelector('[data-palette-type="mep-read-table"]')?.scrollIntoView({ block: 'center' });
      });
      await page.waitForFunction(() =>
        document.querySelector('#red-ui-workspace')?.textContent.includes('BT28 220 bytes'),
      );
      await page.evaluate(() => {
        RED.sidebar.show('debug');
      });
      await page.waitForTimeout(2_500);
      await page.waitForFunction(() => document.querySelector('#red-ui-notifications')?.children.length === 0);
      await picture('flow');
    });

    for (const type of TYPES) {
      it(`${type}: the dialog is translated and has nothing to complain of`, async () => {
        await editor.edit(nodes.get(type)!);
        assert.deepEqual(await editor.untranslated(), []);
        assert.equal(await page.locator('#dialog-form .input-error').count(), 0);
        await picture(type);
      });
    }

    it('finds every node in the palette by a word for a meter, in each language', async () => {
      const filter = page.locator('#red-ui-palette-search input');
      const shown = (): Promise<string[]> =>
        page.$$eval('.red-ui-palette-node[data-palette-type^="mep-"]', (found) =>
          found
            .filter((node) => (node as HTMLElement).offsetParent !== null)
            .map((node) => node.getAttribute('data-palette-type') ?? ''),
        );
      // The filter acts on keys.
      const type = async (word: string): Promise<void> => {
        await filter.fill('');
        await filter.pressSequentially(word || ' ');
        if (word === '') await filter.press('Backspace');
      };
      await type('zebra');
      await until(async () => (await shown()).length === 0, 'none', { seen: shown });
      for (const word of ['meter', 'NES', 'energy', 'el', 'måler', 'Zähler']) {
        await type(word);
        await until(async () => (await shown()).length === TYPES.length, `every node under ${word}`, { seen: shown });
      }
      await type('');
    });

    it('mep-read-table: reads live values and energy after one click', async () => {
      const stored = (): Promise<unknown> =>
        page.evaluate(() => {
          const { reads, output, guard, outputs } = RED.nodes.node('any') as Record<string, unknown>;
          return { reads, output, guard, outputs };
        });
      const save = async (): Promise<void> => {
        await page.click('#node-dialog-ok');
        await page.waitForSelector('#node-dialog-ok', { state: 'detached' });
      };
      await editor.edit('any');
      assert.equal(await page.isVisible('#node-input-mode'), true);
      await page.click('#nes-meter-live');
      assert.equal(await page.isVisible('#node-input-mode'), false, 'several tables are read whole');
      await page.check('#node-input-guard');
      await page.waitForSelector('#node-input-fuse', { state: 'visible' });
      await save();
      const live = { table: 'BT28', interval: '10' };
      const reads = [live, { table: 'BT23', interval: '60' }];
      assert.deepEqual(await stored(), { reads, output: 'decoded', guard: true, outputs: 2 });

      await editor.edit('any');
      assert.equal(await page.locator('.nes-meter-read').count(), 1);
      await page.click('#nes-meter-add-table');
      await page.locator('.nes-meter-read input').nth(2).fill('ET03');
      await page.locator('.nes-meter-read input').nth(3).fill('3600');
      await page.uncheck('#node-input-guard');
      await save();
      assert.deepEqual(await stored(), {
        reads: [...reads, { table: 'ET03', interval: '3600' }],
        output: 'decoded',
        guard: false,
        outputs: 1,
      });

      await editor.edit('any');
      for (const count of [1, 0]) {
        await page.locator('.nes-meter-read button').first().click();
        assert.equal(await page.locator('.nes-meter-read').count(), count);
      }
      await save();
      assert.deepEqual(await stored(), { reads: [], output: 'decoded', guard: false, outputs: 1 });
    });

    const OFFERED = '.red-ui-autoComplete-container li .nes-meter-table b';
    const offered = (): Promise<string[]> => page.locator(OFFERED).allInnerTexts();
    const note = (): Promise<string> => page.innerText('#nes-meter-table-note');

    /** Opens a dialog and types into its empty table field once the catalogue is loaded. */
    async function searchTable(id: string, text: string): Promise<void> {
      const catalogue = page.waitForResponse('**/nes-meter/tables');
      await editor.edit(id);
      await catalogue;
      await page.fill('#node-input-table', '');
      await page.focus('#node-input-table');
      await page.keyboard.type(text);
    }

    it('describes the chosen table', async () => {
      await editor.edit('r28');
      assert.equal(await page.inputValue('#node-input-table'), 'BT28');
      await page.waitForFunction(() =>
        /Present/.test(document.querySelector('#nes-meter-table-note')?.textContent ?? ''),
      );
      assert.match(await note(), /^Present Register Data\nInstantaneous values: .* usual key \(MBK\)\.$/);
    });

    for (const id of ['r28', 'decode']) {
      it(`finds a table by a word of its description, chosen with the keys (${id})`, async () => {
        await searchTable(id, 'clock');
        await page.waitForSelector(OFFERED);
        assert.equal((await offered())[0], 'BT52');
        if (id === 'r28') await picture('table-search');
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('Enter');
        assert.equal(await page.inputValue('#node-input-table'), 'BT52');
        await until(async () => (await note()).startsWith('UTC Clock'), 'the note');
        assert.equal(await page.locator('.red-ui-autoComplete-container').count(), 0);
        assert.equal(await page.locator('#node-input-table.input-error').count(), 0);
      });
    }

    it('finds a table by its number, chosen with Tab', async () => {
      await searchTable('any', '2051');
      await page.waitForSelector(OFFERED);
      assert.deepEqual(await offered(), ['ET03']);
      await page.keyboard.press('Tab');
      assert.equal(await page.inputValue('#node-input-table'), 'ET03');
      await until(async () => (await note()).includes('without a key'), 'the note');
    });

    it('finds a table with the mouse', async () => {
      await searchTable('any', 'tariff');
      await page.click(`${OFFERED} >> nth=0`);
      const chosen = await page.inputValue('#node-input-table');
      assert.match(chosen, /^BT\d\d$/);
      await until(async () => /tariff/i.test(await note()), 'the note');
    });

    it('shows all tables on the down key and explains an empty field', async () => {
      await searchTable('any', '');
      assert.match(await note(), /msg\.table/);
      await page.keyboard.press('ArrowDown');
      await page.waitForSelector(OFFERED);
      assert.ok((await offered()).length > 50);
      await page.keyboard.press('Escape');
      await page.waitForSelector('.red-ui-autoComplete-container', { state: 'detached' });
    });

    it('marks an unknown table', async () => {
      await searchTable('any', 'zebra');
      await page.waitForSelector('#node-input-table.input-error');
      assert.match(await note(), /No table has this name/);
      assert.equal(await page.locator(OFFERED).count(), 0);
    });

    it('stores what was chosen', async () => {
      await searchTable('any', 'tariff calendar');
      await page.waitForSelector(OFFERED);
      const [first] = await offered();
      await page.keyboard.press('Enter');
      await page.selectOption('#node-input-output', 'decoded');
      await page.click('#node-dialog-ok');
      await page.waitForSelector('#node-dialog-ok', { state: 'detached' });
      const stored = await page.evaluate(() => {
        const { table, output } = RED.nodes.node('any') as { table: string; output: string };
        return { table, output };
      });
      assert.deepEqual(stored, { table: first, output: 'decoded' });
    });

    it('refuses a count of 0 only where a part is read', async () => {
      await editor.edit('r23');
      await page.fill('#node-input-count', '0');
      await page.press('#node-input-count', 'Tab');
      await page.waitForSelector('#node-input-count.input-error');
      await page.selectOption('#node-input-mode', 'full');
      assert.equal(await page.isVisible('#node-input-count'), false);
    });

    it('mep-format: offers every format, and the settings of the chosen one only', async () => {
      await editor.edit(nodes.get('mep-format')!);
      const offeredFormats = await page.$$eval('#node-input-format option', (options) =>
        options.map((option) => (option as HTMLOptionElement).value),
      );
      assert.deepEqual(offeredFormats, Object.keys(FORMAT_SETTINGS));
      for (const [format, settings] of Object.entries<Readonly<Record<string, string>>>(FORMAT_SETTINGS)) {
        await page.selectOption('#node-input-format', format);
        // Only the statistics of existing entities need their names.
        if ('statistics' in settings) await page.selectOption('#node-input-statistics', 'entity');
        const shown = await page.$$eval('[data-setting]', (rows) =>
          rows
            .filter((row) => (row as HTMLElement).offsetParent !== null)
            .map((row) => [row.getAttribute('data-setting') ?? '', row.querySelector('input')?.placeholder ?? '']),
        );
        assert.deepEqual(shown.map(([setting]) => setting).sort(), Object.keys(settings).sort(), format);
        for (const [setting = '', placeholder] of shown) {
          if (settings[setting] && placeholder) assert.equal(placeholder, settings[setting], `${format} ${setting}`);
        }
        assert.ok((await page.innerText('#mep-format-wiring')).length > 20, format);
      }
    });

    it('mep-format: asks for entities only where their statistics are written', async () => {
      await editor.edit(nodes.get('mep-format')!);
      await page.selectOption('#node-input-format', 'ha-statistics');
      for (const [statistics, isShown] of [
        ['external', false],
        ['entity', true],
      ] as const) {
        await page.selectOption('#node-input-statistics', statistics);
        for (const id of ['importEntity', 'exportEntity'])
          assert.equal(await page.isVisible(`#node-input-${id}`), isShown, `${statistics} ${id}`);
      }
    });

    it('mep-http-server: offers the formats that answer requests', async () => {
      await editor.edit(nodes.get('mep-http-server')!);
      const texts = await page.$$eval('#node-input-format option', (options) =>
        options.map((option) => [(option as HTMLOptionElement).value, option.textContent]),
      );
      assert.deepEqual(
        texts.map(([value]) => value),
        [...HTTP_FORMATS],
      );
      for (const [value, text] of texts) assert.notEqual(text, value);
    });

    it('names the limits of a number that is refused, and takes a variable', async () => {
      await editor.edit(nodes.get('mep-format')!);
      await page.fill('#node-input-maxMeters', '10001');
      await page.press('#node-input-maxMeters', 'Tab');
      await page.waitForSelector('#node-input-maxMeters.input-error');
      await page.hover('#node-input-maxMeters');
      await page.waitForSelector('.red-ui-popover >> text=A whole number from 1 to 10000');
      await page.fill('#node-input-maxMeters', '${MAX_METERS}');
      await page.press('#node-input-maxMeters', 'Tab');
      await page.waitForSelector('#node-input-maxMeters:not(.input-error)');
    });

    for (const type of ['mep-config', ...TYPES]) {
      it(`${type}: the help is there`, async () => {
        await page.evaluate(() => {
          RED.sidebar.show('help');
        });
        await page.evaluate((name) => {
          (RED.sidebar as unknown as { help: { show(type: string): void } }).help.show(name);
        }, type);
        await page.waitForTimeout(300);
        const text = await page.locator('.red-ui-help > .red-ui-help:visible').innerText();
        assert.ok(text.length > 400, text);
        assert.ok(!/###|\*\*|^\s*: \w+ \(/m.test(text), `Markdown that is not rendered: ${text}`);
        if (type === 'mep-read-table') await picture('help');
      });
    }
  });
}
