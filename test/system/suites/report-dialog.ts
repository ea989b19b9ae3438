import assert from 'node:assert/strict';
import { type EditorStage, withEditorStage } from '../../support/editor/editor-stage.js';
import { KEY } from '../../support/editor/editor-flows.js';
import type { NodeRedMajor } from '../../support/node-red/node-red-home.js';

/** Tests of the report that the dialog of a connection makes, in a Node-RED. */
export function reportDialog(major: NodeRedMajor): void {
  describe(`The report of a connection in Node-RED ${major}`, () => {
    let editor: EditorStage['editor'];
    let page: EditorStage['page'];

    withEditorStage(major, (stage) => {
      ({ editor, page } = stage);
    });

    afterEach(() => editor.tidy());

    it('is shown, and saved without the parts that are not ticked', async () => {
      await editor.editMeter();
      await page.click('#nes-meter-expert > summary');
      assert.match(await page.innerText('#nes-meter-report-duration'), /15 tables .*about \d+ s/);
      await page.click('#nes-meter-report');
      await page.waitForSelector('#nes-meter-report-save');
      assert.match(await page.innerText('.nes-meter-preview'), /"format": "nes-meter report 1"/);
      assert.deepEqual(await editor.untranslated(), []);
      await page.locator('#nes-meter-report-result label', { hasText: 'Trace' }).locator('input').uncheck();
      const saving = page.waitForEvent('download');
      await page.click('#nes-meter-report-save');
      const saved = await (await saving).createReadStream();
      let text = '';
      for await (const piece of saved) text += String(piece);
      const report = JSON.parse(text) as Record<string, unknown>;
      assert.ok('tables' in report && 'settings' in report && !('trace' in report));
      assert.ok(!text.includes(KEY));
    });
  });
}
