import assert from 'node:assert/strict';
import { statusText } from '../../nodes/lib/texts.js';
import { BROWSER_TIMEOUT_MS } from '../support/editor/browser.js';
import { Editor } from '../support/editor/editor.js';
import { NODE_RED_MAJORS } from '../support/node-red/node-red-home.js';
import { until } from '../support/until.js';

/** i18next needs a time for this that doubles with each letter: seconds for 22 of them, practically for ever for these. */
const NESTING = `$t(${'a'.repeat(36)}`;
const LONG_NESTING = `$t(${'a'.repeat(60)}`;

/** A reader's message arrives over HTTP; the alarm's text is written to the log. A node's status shows a value. */
const FLOWS = [
  { id: 'tab', type: 'tab', label: 'hostile' },
  { id: 'meter', type: 'mep-config', transport: 'simulator', name: 'Meter' },
  { id: 'in', z: 'tab', type: 'http in', url: '/say', method: 'post', x: 100, y: 60, wires: [['decode', 'ok']] },
  { id: 'ok', z: 'tab', type: 'http response', x: 300, y: 20, wires: [] },
  { id: 'decode', z: 'tab', type: 'mep-decode-json', x: 300, y: 60, wires: [['alarm', 'status']] },
  {
    id: 'alarm',
    z: 'tab',
    type: 'mep-alarm',
    powerLimit: '5000',
    fuse: '16',
    silentAfter: '0',
    holdSeconds: '0',
    x: 500,
    y: 60,
    wires: [['tell']],
  },
  { id: 'tell', z: 'tab', type: 'function', func: 'node.warn("TOLD " + msg.topic);', x: 700, y: 60, wires: [] },
  {
    id: 'status',
    z: 'tab',
    type: 'function',
    func: `node.status({ text: ${JSON.stringify(statusText('mep-read-table.status.read', `BT28 ${LONG_NESTING} __x__`))} });`,
    x: 500,
    y: 120,
    wires: [],
  },
  { id: 'read', z: 'tab', type: 'mep-read-table', meter: 'meter', table: LONG_NESTING, interval: '5', x: 100, y: 180 },
  { id: 'any', z: 'tab', type: 'mep-decode-table', table: LONG_NESTING, x: 400, y: 180 },
].map((node) => ({ wires: [], ...node }));

for (const major of NODE_RED_MAJORS) {
  describe(`Values from outside in Node-RED ${major}`, () => {
    let editor: Editor;

    before(async () => {
      editor = await Editor.open({ flows: FLOWS, major });
    });
    after(() => (editor as Editor | undefined)?.close());

    const say = (message: object): Promise<Response> =>
      fetch(`${editor.nodeRed.url}/say`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(message),
      });

    it('shows a serial number unchanged while Node-RED keeps running', async () => {
      const serial = `${NESTING} __value__ \u202e1`;
      assert.equal((await say({ ser: serial, P: 7_000 })).status, 200);
      assert.equal((await fetch(`${editor.nodeRed.url}/flows`)).status, 200);
      await until(() => editor.nodeRed.log.includes('TOLD'), 'the alarm', { seen: () => editor.nodeRed.log });
      const logged = /TOLD (.*)/.exec(editor.nodeRed.log)?.[1] ?? '';
      assert.ok(logged.includes(`meter ${NESTING} __value__ �1:`), logged);
      assert.ok(!editor.nodeRed.log.includes('\u202e'));
    });

    it('the editor shows them in labels and statuses as they are, and goes on', async () => {
      const text = (): Promise<string | null> => editor.page.textContent('#red-ui-workspace');
      await until(async () => (await text())?.includes(`BT28 ${LONG_NESTING} __x__`) === true, 'the status', {
        limitMs: BROWSER_TIMEOUT_MS,
      });
      assert.ok((await text())?.includes(`${LONG_NESTING} every 5 s`), (await text()) ?? '');
      assert.ok((await text())?.includes(`decode ${LONG_NESTING}`));
      assert.equal(await editor.page.evaluate(() => 6 * 7), 42);
      await editor.tidy();
    });
  });
}
