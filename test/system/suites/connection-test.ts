import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import {
  DEMO_OPTICAL_KEY,
  type OpticalBehaviour,
  opticalBehaviour,
  SimulatedOpticalPort,
  type ServedMeter,
  serveTcp,
} from '../../../src/simulator/index.js';
import { type EditorStage, withEditorStage } from '../../support/editor/editor-stage.js';
import type { NodeRedMajor } from '../../support/node-red/node-red-home.js';
import { until } from '../../support/until.js';

/** Tests of the button that tests a connection, in a Node-RED. */
export function connectionTest(major: NodeRedMajor): void {
  describe(`The test of a connection in Node-RED ${major}`, () => {
    let editor: EditorStage['editor'];
    let page: EditorStage['page'];
    let picture: EditorStage['picture'];
    let meter: EditorStage['meter'];

    withEditorStage(major, (stage) => {
      ({ editor, page, picture, meter } = stage);
    });

    afterEach(() => editor.tidy());

    const choose = (setting: string, value: string): Promise<unknown> =>
      page.selectOption(`#node-config-input-${setting}`, value);

    /** Records all texts of the result of a test, however briefly they are shown. */
    function recordResults(): Promise<void> {
      return page.evaluate(() => {
        const results: string[] = [];
        Object.assign(window, { results });
        const result = document.querySelector('#nes-meter-result');
        if (!result) return;
        new MutationObserver(() => results.push(result.textContent)).observe(result, {
          childList: true,
          subtree: true,
        });
      });
    }
    const results = (): Promise<string[]> => page.evaluate(() => (window as unknown as { results: string[] }).results);

    it('takes the result of a test away when a setting changes', async () => {
      await editor.editMeter();
      const result = page.locator('#nes-meter-result');
      await page.click('#nes-meter-test');
      await page.waitForSelector('.nes-meter-good');
      await page.fill('#node-config-input-name', 'Meter');
      assert.equal(await result.isVisible(), true);
      await page.focus('#node-config-input-key');
      await page.keyboard.type('A');
      await result.waitFor({ state: 'hidden' });
      assert.equal(await result.innerText(), '');
      await page.fill('#node-config-input-key', 'ABCDEFGHIJ0123456789');
      await page.click('#nes-meter-test');
      await page.waitForSelector('.nes-meter-bad');
      await choose('security', 'rc4');
      await result.waitFor({ state: 'hidden' });
    });

    it('ends a test when a setting changes: its result would be of other settings', async () => {
      const silent = createServer((socket) => socket.on('error', () => undefined).resume());
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      try {
        await editor.editMeter();
        await page.fill('#node-config-input-tcpPort', String((silent.address() as AddressInfo).port));
        await page.click('#nes-meter-test');
        await page.waitForSelector('#nes-meter-result progress');
        await choose('security', 'tls');
        await page.waitForSelector('#nes-meter-result >> text=stopped');
        assert.match(await page.innerText('#nes-meter-test'), /Test connection/);
      } finally {
        silent.close();
      }
    });

    it('tests the connection with the stored key: success', async () => {
      await editor.editMeter();
      await page.click('#nes-meter-test');
      await page.waitForSelector('.nes-meter-good');
      const text = await page.innerText('#nes-meter-result');
      assert.ok(text.includes(meter.serial), text);
      await page.locator('#nes-meter-result').scrollIntoViewIfNeeded();
      await picture('mep-config-test-ok');
    });

    it('tests the connection with a wrong key: reports it and what to do', async () => {
      await editor.editMeter();
      await page.fill('#node-config-input-key', 'ABCDEFGHIJ0123456789');
      await page.click('#nes-meter-test');
      await page.waitForSelector('.nes-meter-bad');
      const text = await page.innerText('#nes-meter-result');
      assert.match(text, /rejected the key/);
      await page.locator('#nes-meter-result').scrollIntoViewIfNeeded();
      await picture('mep-config-test-wrong-key');
    });

    it('brings the result of a test into view, in a low window too', async () => {
      const size = page.viewportSize()!;
      await page.setViewportSize({ ...size, height: 480 });
      try {
        await editor.editMeter();
        await page.fill('#node-config-input-key', 'ABCDEFGHIJ0123456789');
        await page.focus('#nes-meter-test');
        await page.keyboard.press('Enter');
        await page.waitForSelector('.nes-meter-bad', { state: 'attached' });
        const isSeen = (): Promise<boolean> =>
          page.evaluate(() => {
            const result = document.querySelector('#nes-meter-result')!;
            const seen = result.closest('.red-ui-tray-body')!.getBoundingClientRect();
            const { top, bottom } = result.getBoundingClientRect();
            return top >= seen.top - 1 && bottom <= seen.bottom + 1;
          });
        await until(isSeen, 'the result in view');
      } finally {
        await page.setViewportSize(size);
      }
    });

    it('tests the key that writes where writing is allowed, as the nodes will use it', async () => {
      await editor.editMeter();
      await page.click('#nes-meter-expert > summary');
      await page.fill('#node-config-input-advancedKey', 'ABCDEFGHIJ0123456789');
      await page.click('#nes-meter-test');
      await page.waitForSelector('.nes-meter-good');
      await page.check('#node-config-input-allowWrites');
      await page.click('#nes-meter-test');
      await page.waitForSelector('.nes-meter-bad');
      assert.match(await page.innerText('#nes-meter-result'), /rejected the key/);
    });

    it('tests a wrong port and reports it', async () => {
      await editor.editMeter();
      await page.fill('#node-config-input-tcpPort', '1');
      await page.click('#nes-meter-test');
      await page.waitForSelector('.nes-meter-bad');
      assert.match(await page.innerText('#nes-meter-result'), /nothing listens/);
    });

    it('fills better settings that a test found into the dialog, and saves nothing', async () => {
      const proposals = [
        { setting: 'security', value: 'tls' },
        { setting: 'baudRate', value: 19_200 },
      ];
      const values = { detail: '' };
      await page.route('**/nes-meter/test', (route) =>
        route.fulfill({
          json: { ok: false, code: 'session-required', values, received: 'answers', proposals, notices: ['echo'] },
        }),
      );
      await editor.editMeter();
      await choose('transport', 'serial');
      await page.click('#nes-meter-test');
      await page.waitForSelector('#nes-meter-use');
      const text = await page.innerText('#nes-meter-result');
      assert.match(text, /Security: TLS.*\n+Baud rate: 19200/);
      assert.match(text, /receives its own light/);
      await page.locator('#nes-meter-use').scrollIntoViewIfNeeded();
      await page.focus('#nes-meter-use');
      await page.keyboard.press('Enter');
      assert.equal(await page.inputValue('#node-config-input-security'), 'tls');
      assert.equal(await page.inputValue('#node-config-input-baudRate'), '19200');
      assert.equal(await page.locator('#nes-meter-use').count(), 0);
      assert.ok(await page.evaluate(() => document.activeElement?.id === 'nes-meter-test'));
      await page.unroute('**/nes-meter/test');
    });

    it('shows the wiring when the meter is silent', async () => {
      const values = { detail: '' };
      const report = { ok: false, code: 'no-answer', values, received: 'nothing', proposals: [], notices: [] };
      await page.route('**/nes-meter/test', (route) => route.fulfill({ json: report }));
      await editor.editMeter();
      await page.click('#nes-meter-test');
      await page.waitForSelector('.nes-meter-bad');
      await page.waitForSelector('.nes-meter-picture svg');
      await page.unroute('**/nes-meter/test');
    });

    describe('at an optical head', () => {
      let head: ServedMeter | undefined;

      /** Puts the address of the meter's optical port into the dialog. */
      async function connect(behaviour: Partial<OpticalBehaviour>): Promise<void> {
        const optical = new SimulatedOpticalPort(meter, opticalBehaviour('gen3', behaviour));
        head = await serveTcp({ meter, optical, port: 0 });
        await page.fill('#node-config-input-tcpPort', head.address.split(':')[1] ?? '');
      }

      afterEach(async () => {
        await head?.close();
        head = undefined;
      });

      it('detects that it is no MEP port, shows what it tries, and proposes what works', async () => {
        await editor.editMeter();
        await connect({});
        await recordResults();
        await page.click('#nes-meter-test');
        await page.waitForSelector('#nes-meter-use');
        const shown = await results();
        assert.ok(
          shown.some((text) => /Trying Meter's port: optical port/.test(text)),
          shown.join('\n'),
        );
        const text = await page.innerText('#nes-meter-result');
        assert.match(text, /No valid response with these settings, but a meter responded to others/);
        assert.match(text, /Meter's port: optical port/);
        assert.match(text, /keys of its own: MBK or MAK .* RK/);
        assert.ok(text.includes(meter.serial), text);
        assert.equal(await page.locator('#nes-meter-wiring[open]').count(), 0);
        assert.deepEqual(await editor.untranslated(), []);
        await page.locator('#nes-meter-use').scrollIntoViewIfNeeded();
        await picture('mep-config-test-proposal');
        await page.click('#nes-meter-use');
        assert.equal(await page.inputValue('#node-config-input-protocol'), 'optical');
        assert.match(await page.innerText('label[for=node-config-input-key]'), /RK/);
        await page.fill('#node-config-input-key', DEMO_OPTICAL_KEY);
        await page.click('#nes-meter-test');
        await page.waitForSelector('.nes-meter-good');
      });

      it('identifies the meter although the key is wrong, and lists possible causes', async () => {
        await editor.editMeter();
        await connect({});
        await choose('protocol', 'optical');
        await page.fill('#node-config-input-key', 'ABCDEFGHIJ0123456789');
        await page.click('#nes-meter-test');
        await page.waitForSelector('.nes-meter-bad');
        const text = await page.innerText('#nes-meter-result');
        assert.match(text, /rejected the key/);
        assert.match(text, /Capital and small letters differ/);
        assert.ok(text.includes(meter.serial), text);
        await page.locator('#nes-meter-result').scrollIntoViewIfNeeded();
        await picture('mep-config-test-optical-key');
      });

      it('advises a strip of foam when the head receives its own light', async () => {
        await editor.editMeter();
        await connect({ echoes: true });
        await choose('protocol', 'optical');
        await page.fill('#node-config-input-key', DEMO_OPTICAL_KEY);
        await page.click('#nes-meter-test');
        await page.waitForSelector('.nes-meter-good');
        assert.match(await page.innerText('.nes-meter-notice'), /strip of foam between its two diodes/);
        await page.locator('.nes-meter-notice').scrollIntoViewIfNeeded();
        await picture('mep-config-test-echo');
      });
    });

    it('suggests security modes in place of a refused one, for the user to try', async () => {
      await editor.editMeter();
      await choose('security', 'rc4');
      await page.fill('#node-config-input-key', 'ABCDEFGHIJ0123456789');
      await page.click('#nes-meter-test');
      await page.waitForSelector('#nes-meter-use-perhaps');
      const { rejected } = meter.counters;
      const text = await page.innerText('#nes-meter-result');
      assert.match(text, /It was not tried[^\n]*\n+Security: Digest/);
      await page.locator('#nes-meter-use-perhaps').scrollIntoViewIfNeeded();
      await picture('mep-config-test-perhaps');
      await page.click('#nes-meter-use-perhaps');
      assert.equal(await page.inputValue('#node-config-input-security'), 'digest');
      assert.equal(meter.counters.rejected, rejected);
    });

    it('shows that it still asks, then which other settings it tries, and can be stopped', async () => {
      const silent = createServer((socket) => socket.on('error', () => undefined).resume());
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      try {
        await editor.editMeter();
        await page.fill('#node-config-input-tcpPort', String((silent.address() as AddressInfo).port));
        await recordResults();
        await page.click('#nes-meter-test');
        await page.waitForSelector('#nes-meter-result progress');
        assert.match(await page.innerText('#nes-meter-test'), /Stop/);
        await page.waitForSelector('#nes-meter-result >> text=Trying Security: TLS');
        // On a busy machine the text may be replaced before a test can find it.
        assert.ok((await results()).some((text) => /at most 5\d seconds left/.test(text)));
        await page.locator('#nes-meter-result').scrollIntoViewIfNeeded();
        await picture('mep-config-test-trying');
        await page.click('#nes-meter-test');
        await page.waitForSelector('#nes-meter-result >> text=stopped');
        assert.match(await page.innerText('#nes-meter-test'), /Test connection/);
        assert.equal(await page.locator('#nes-meter-result progress').count(), 0);
      } finally {
        silent.close();
      }
    });
  });
}
