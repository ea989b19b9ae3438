import assert from 'node:assert/strict';
import { type EditorStage, withEditorStage } from '../../support/editor/editor-stage.js';
import { KEY } from '../../support/editor/editor-flows.js';
import type { NodeRedMajor } from '../../support/node-red/node-red-home.js';
import { until } from '../../support/until.js';

/** Tests of the dialog of a connection in a Node-RED. */
export function meterDialog(major: NodeRedMajor): void {
  describe(`The dialog of a connection in Node-RED ${major}`, () => {
    let editor: EditorStage['editor'];
    let page: EditorStage['page'];
    let picture: EditorStage['picture'];

    withEditorStage(major, (stage) => {
      ({ editor, page, picture } = stage);
    });

    afterEach(() => editor.tidy());

    const FIELDS = ['port', 'host', 'tcpPort', 'profile', 'key', 'security'];
    const EXPERT_FIELDS = ['baudRate', 'dtr', 'rts', 'keyFormat', 'advancedKey', 'sessionMode', 'packetSize'];
    EXPERT_FIELDS.push('packetCount', 'userId', 'minInterval', 'allowWrites');

    const choose = (setting: string, value: string): Promise<unknown> =>
      page.selectOption(`#node-config-input-${setting}`, value);

    async function visible(fields: readonly string[]): Promise<string[]> {
      const shown = await Promise.all(fields.map((field) => page.isVisible(`#node-config-input-${field}`)));
      return fields.filter((_, index) => shown[index]);
    }

    it('grows with the choices of transport and port', async () => {
      await editor.editMeter();
      assert.deepEqual(await visible([...FIELDS, ...EXPERT_FIELDS]), ['host', 'tcpPort', 'key', 'security']);
      assert.equal(await page.getAttribute('#node-config-input-key', 'type'), 'password');
      assert.match(await page.innerText('label[for=node-config-input-key]'), /MBK/);
      await choose('protocol', 'optical');
      assert.deepEqual(await visible(FIELDS), ['host', 'tcpPort', 'key']);
      assert.match(await page.innerText('label[for=node-config-input-key]'), /RK/);
      await choose('transport', 'simulator');
      assert.deepEqual(await visible(FIELDS), ['profile']);
      await choose('protocol', 'mep');
      assert.deepEqual(await visible(FIELDS), ['profile', 'security']);
      await picture('mep-config-simulator');
      await choose('transport', 'serial');
      assert.deepEqual(await visible(FIELDS), ['port', 'key', 'security']);
      await page.waitForSelector('#node-config-input-port.input-error');
      assert.deepEqual(await editor.untranslated(), []);
    });

    it('keeps expert settings folded, and offers those of the chosen port only', async () => {
      await editor.editMeter();
      await page.click('#nes-meter-expert > summary');
      assert.deepEqual(await visible(EXPERT_FIELDS), ['keyFormat', 'advancedKey', 'minInterval', 'allowWrites']);
      await choose('transport', 'serial');
      await choose('protocol', 'optical');
      assert.deepEqual(
        await visible(EXPERT_FIELDS),
        EXPERT_FIELDS.filter((field) => field !== 'advancedKey'),
      );
      assert.equal(await page.inputValue('#node-config-input-packetSize'), '64');
      assert.equal(await page.inputValue('#node-config-input-sessionMode'), 'auto');
      await page.locator('#node-config-input-allowWrites').scrollIntoViewIfNeeded();
      await picture('mep-config-expert');
      assert.deepEqual(await editor.untranslated(), []);
    });

    it('opens the expert settings where one of them cannot be', async () => {
      await editor.editMeter();
      await page.click('#nes-meter-expert > summary');
      await page.fill('#node-config-input-minInterval', 'soon');
      await page.click('#node-config-dialog-ok');
      await page.waitForSelector('#node-config-input-transport', { state: 'detached' });
      await page.click('#node-dialog-cancel');
      await page.waitForSelector('#node-dialog-cancel', { state: 'detached' });
      await editor.editMeter();
      await page.waitForSelector('#nes-meter-expert[open] #node-config-input-minInterval.input-error');
      await page.fill('#node-config-input-minInterval', '100');
      await page.click('#node-config-dialog-ok');
      await page.waitForSelector('#node-config-input-transport', { state: 'detached' });
    });

    for (const [protocol, word] of [
      ['mep', 'meter receives'],
      ['optical', 'strip of foam'],
    ] as const) {
      it(`shows how the ${protocol} port is wired`, async () => {
        await editor.editMeter();
        await choose('transport', 'serial');
        await choose('protocol', protocol);
        await page.click('#nes-meter-wiring > summary');
        await page.waitForSelector(`.nes-meter-picture svg >> text=${word}`);
        assert.deepEqual(await editor.untranslated(), []);
        await page.locator('.nes-meter-picture').scrollIntoViewIfNeeded();
        await picture(`mep-config-wiring-${protocol}`);
      });
    }

    it('shows how a key is interpreted while it is typed, in the right form', async () => {
      await editor.editMeter();
      const note = (): Promise<string> => page.innerText('#nes-meter-key-note');
      assert.match(await note(), /stored/);
      await page.fill('#node-config-input-key', '');
      assert.equal(await note(), '');
      await page.focus('#node-config-input-key');
      await page.keyboard.type('0123456789');
      assert.match(await note(), /Too short: 10 bytes/);
      assert.equal(await page.locator('#nes-meter-key-note.nes-meter-bad').count(), 1);
      await page.keyboard.type('abcdefABCD');
      assert.match(await note(), /20 characters: a valid key\. They look like hex/);
      assert.equal(await page.locator('#nes-meter-key-note.nes-meter-bad').count(), 0);
      await picture('mep-config-key');
      await page.click('#nes-meter-expert > summary');
      await choose('keyFormat', 'hex');
      assert.match(await note(), /Too short: 10 bytes/);
      await picture('mep-config-key-form');
      await page.focus('.nes-meter-take-as');
      await page.keyboard.press('Enter');
      assert.equal(await page.inputValue('#node-config-input-keyFormat'), 'ascii');
      assert.match(await note(), /20 characters: a valid key/);
      assert.equal(await page.locator('.nes-meter-take-as').count(), 0);
      assert.ok(await page.evaluate(() => document.activeElement?.id === 'node-config-input-key'));
    });

    it('counts the hex digits of a key: at 39 one is missing', async () => {
      await editor.editMeter();
      await page.fill('#node-config-input-key', '0123456789abcdef0123456789abcdef0123456');
      const note = page.locator('#nes-meter-key-note');
      assert.match(await note.innerText(), /^39 hex digits: one is missing/);
      assert.equal(await page.locator('#nes-meter-key-note.nes-meter-bad').count(), 1);
      await picture('mep-config-key-digit');
      await page.press('#node-config-input-key', 'End');
      await page.keyboard.type('7');
      assert.match(await note.innerText(), /20 bytes in hex digits: a valid key/);
      await page.keyboard.type('8');
      assert.match(await note.innerText(), /^41 hex digits: one too many/);
    });

    it('shows a key while it is typed, on demand, and never a stored one', async () => {
      const key = page.locator('#node-config-input-key');
      const button = page.locator('#nes-meter-show-key');
      await editor.editMeter();
      assert.equal(await button.isDisabled(), true);
      assert.equal(await button.getAttribute('aria-label'), 'Show the key');
      await page.fill('#node-config-input-key', 'ABCDEFGHIJ0123456789');
      assert.equal(await key.getAttribute('type'), 'password');
      await page.keyboard.press('Tab');
      assert.equal(await button.evaluate((element) => element === document.activeElement), true);
      await page.keyboard.press('Space');
      assert.deepEqual(
        [await key.getAttribute('type'), await button.getAttribute('aria-pressed'), await key.inputValue()],
        ['text', 'true', 'ABCDEFGHIJ0123456789'],
      );
      await picture('mep-config-key-shown');
      await page.keyboard.press('Space');
      assert.deepEqual(
        [await key.getAttribute('type'), await button.getAttribute('aria-pressed')],
        ['password', 'false'],
      );
      await editor.tidy();
      await editor.editMeter();
      assert.equal(await key.getAttribute('type'), 'password');
      assert.equal(await button.isDisabled(), true);
    });

    it('explains the letters of the keys', async () => {
      await editor.editMeter();
      assert.equal(await page.isVisible('.nes-meter-letters'), false);
      await page.focus('#nes-meter-keys > summary');
      await page.keyboard.press('Enter');
      const text = await page.innerText('.nes-meter-letters');
      for (const letters of ['MBK', 'MAK', 'RK', 'OMAK']) assert.ok(text.includes(letters), text);
    });

    it('lists ports to choose from, the lasting names first', async () => {
      await page.route('**/nes-meter/ports', (route) =>
        route.fulfill({
          json: {
            ok: true,
            ports: [
              {
                path: '/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A10K5XYZ-if00-port0',
                label: 'FTDI FT232R USB UART A10K5XYZ (ttyUSB0)',
              },
              { path: '/dev/ttyAMA0', label: '/dev/ttyAMA0' },
            ],
          },
        }),
      );
      await editor.editMeter();
      await page.selectOption('#node-config-input-transport', 'serial');
      await page.click('#nes-meter-find-ports');
      await page.waitForSelector('#nes-meter-ports button');
      await picture('mep-config-serial');
      await page.click('#nes-meter-ports button >> nth=0');
      assert.match(await page.inputValue('#node-config-input-port'), /^\/dev\/serial\/by-id\/usb-FTDI/);
      assert.equal(await page.isVisible('#nes-meter-ports'), false);
      await page.waitForSelector('#node-config-input-port:not(.input-error)');
      await page.unroute('**/nes-meter/ports');
    });

    it('asks the real port list', async () => {
      await editor.editMeter();
      await page.selectOption('#node-config-input-transport', 'serial');
      await page.click('#nes-meter-find-ports');
      await page.waitForFunction(() =>
        /Choose a port|No serial port/.test(document.querySelector('#nes-meter-ports')?.textContent ?? ''),
      );
    });

    it('keeps what the dialog did not touch, and no key leaves the runtime', async () => {
      await editor.editMeter();
      await page.fill('#node-config-input-name', 'Meter in the attic');
      await page.click('#node-config-dialog-ok');
      await page.waitForSelector('#node-config-input-transport', { state: 'detached' });
      await page.click('#node-dialog-ok');
      await page.waitForSelector('#node-dialog-ok', { state: 'detached' });
      await page.click('#red-ui-header-button-deploy:not(.disabled)');
      let deployed = '';
      await until(async () => {
        const answer = await fetch(`${editor.nodeRed.url}/flows`);
        deployed = await answer.text();
        return deployed.includes('Meter in the attic');
      }, 'the deploy');
      assert.ok(!deployed.includes(KEY));
      assert.ok(!editor.nodeRed.log.includes(KEY));
    });
  });
}
