/** Second page: the key, and a test that shows what the meter's display shows. */
import { KEY_FORMATS } from '../../src/connect/access-key.js';
import { attachShowKey } from '../connection/show-key.js';
import { attachKeyFeedback } from '../key-feedback.js';
import { button, type Field, message, paragraph, textField, valueList } from './form.js';
import type { Frame, Page } from './frame.js';
import { foundText } from './page-find.js';
import { type Request, testMeter, type TestResult } from './server.js';
import { connectionSettings, type SetUp, type Tested } from './set-up.js';
import { say, sayError, sayNumber, sayOfConnection } from './texts.js';

const FIND = 0;
const WHERE = 2;
const KEYS = ['MBK', 'MAK', 'RK', 'MK', 'OMAK'] as const;
/** Faults of the key, which are said at its field. */
const KEY_FAULT = /^key-|^authentication-failed$|^sequence-rejected$/;

export function keyPage(setUp: SetUp): Page {
  return {
    name: 'key',
    show(body, frame) {
      const page = new KeyTest(setUp, frame, body);
      page.show();
      return () => {
        page.stop();
      };
    },
  };
}

class KeyTest {
  readonly #setUp: SetUp;
  readonly #frame: Frame;
  readonly #body: JQuery;
  #field: Field | undefined;
  #running: Request<TestResult> | undefined;

  constructor(setUp: SetUp, frame: Frame, body: JQuery) {
    this.#setUp = setUp;
    this.#frame = frame;
    this.#body = body;
  }

  show(): void {
    const { place, chosen, tested } = this.#setUp;
    if (place === 'simulator') {
      this.#body.append(paragraph(say('key.simulated')));
    } else {
      if (chosen) this.#body.append(message('good', foundText(chosen)));
      this.#showField();
    }
    if (tested) this.#showTested(tested);
    else this.#offerTest();
    if (place === 'simulator' && !tested) $('#nes-meter-assistant-next').trigger('click');
  }

  stop(): void {
    this.#running?.stop();
    this.#running = undefined;
  }

  #showField(): void {
    const isOptical = this.#setUp.chosen?.settings['protocol'] === 'optical';
    this.#body.append(paragraph(isOptical ? say('key.introOptical') : say('key.introMep')));
    const field = textField({
      id: 'nes-meter-assistant-key',
      type: 'password',
      label: sayOfConnection(isOptical ? 'mep-config.label.readOnlyKey' : 'mep-config.label.key'),
      value: this.#setUp.key,
      placeholder: sayOfConnection('mep-config.placeholder.key'),
    });
    this.#field = field;
    const eye = $('<button type="button" class="red-ui-button">').append($('<i class="fa fa-eye" aria-hidden="true">'));
    field.input.after(eye);
    attachShowKey(field.input, eye, sayOfConnection('mep-config.label.showKey'));
    // The note offers another format where a key fits that one.
    const format = $('<select hidden>');
    for (const name of KEY_FORMATS) $('<option>').val(name).text(name).appendTo(format);
    format.val(this.#setUp.keyFormat);
    const protocol = $('<input type="hidden">').val(isOptical ? 'optical' : 'mep');
    this.#body.append(field.row);
    attachKeyFeedback({ input: field.input, format, protocol, note: field.note });
    const changed = (): void => {
      this.stop();
      Object.assign(this.#setUp, { key: field.value(), keyFormat: String(format.val()), tested: undefined });
      field.input.removeAttr('aria-invalid').removeClass('input-error');
      this.#frame.report(undefined);
      this.#offerTest();
    };
    field.input.on('input', changed);
    format.on('change', changed);
    this.#body.append(lettersOfKeys());
  }

  #offerTest(): void {
    this.#frame.proceed(say('key.test'), () => this.#test());
  }

  async #test(): Promise<void> {
    if (this.#field && this.#field.value().trim() === '') {
      this.#field.reject(sayError('key-missing'));
      return;
    }
    const request = testMeter(connectionSettings(this.#setUp), this.#setUp.key);
    this.#running = request;
    this.#frame.report(message('busy', sayOfConnection('mep-config.test.running')));
    this.#frame.proceed(say('stop'), () => {
      this.stop();
      this.#frame.report(undefined);
      this.#offerTest();
    });
    try {
      const result = await request.answer;
      if (this.#running !== request) return;
      if (result.ok) {
        this.#setUp.tested = result;
        this.#showTested(result);
      } else {
        this.#offerTest();
        this.#showFault(result);
      }
    } catch (error) {
      this.#offerTest();
      throw error;
    } finally {
      if (this.#running === request) this.#running = undefined;
    }
  }

  #showTested({ serial = '', manufacturer, model, displayed = {} }: Tested): void {
    const box = message('good', sayOfConnection('mep-config.test.ok'));
    const { activePowerImport, activeEnergyImport, activeEnergyExport } = displayed;
    const rows: [string, string][] = [
      [sayOfConnection('mep-config.test.model'), [manufacturer, model].filter(Boolean).join(' ')],
      [sayOfConnection('mep-config.test.serial'), serial],
    ];
    if (activePowerImport !== undefined) rows.push([say('key.power'), `${sayNumber(activePowerImport, 0)} W`]);
    if (activeEnergyImport !== undefined) rows.push([say('key.energy'), `${sayNumber(activeEnergyImport, 1)} kWh`]);
    if (activeEnergyExport !== undefined) rows.push([say('key.export'), `${sayNumber(activeEnergyExport, 1)} kWh`]);
    box.children('div').append(valueList(rows), paragraph(say('key.compare')));
    this.#frame.report(box);
    this.#frame.proceed(say('next'), () => {
      this.#frame.go(WHERE);
    });
  }

  #showFault({ code, values = {}, notices = [], proposals = [] }: Extract<TestResult, { ok: false }>): void {
    const sentence = code === 'key-rejected' ? say('key.rejected') : sayError(code, values);
    this.#frame.report(undefined);
    const advice = notices.map((notice) => sayOfConnection(`mep-config.notice.${notice}`));
    if (this.#field && KEY_FAULT.test(code)) {
      const format = proposals.find(({ setting }) => setting === 'keyFormat');
      this.#field.reject([sentence, ...advice].join(' '));
      if (format) this.#field.note.append($('<p>').text(sayOfConnection('mep-config.test.better')));
      return;
    }
    const box = message('bad', sentence);
    for (const text of advice) box.children('div').append(paragraph(text));
    box.children('div').append(
      button(say('key.searchAgain'), () => {
        this.#setUp.chosen = undefined;
        this.#setUp.found = [];
        this.#frame.go(FIND);
      }),
    );
    this.#frame.report(box);
  }
}

function lettersOfKeys(): JQuery {
  const list = $('<dl class="nes-meter-letters">');
  for (const key of KEYS) {
    list.append($('<dt>').text(key), $('<dd>').text(sayOfConnection(`mep-config.keys.${key}`)));
  }
  return $('<details>').append(
    $('<summary>').text(sayOfConnection('mep-config.label.whichKey')),
    $('<p class="nes-meter-note">').text(sayOfConnection('mep-config.tip.key')),
    list,
  );
}
