/** Shows the result of a test of the connection, and offers other settings. */
import type { TextValues } from '../../src/texts.js';
import type { Texts } from '../texts.js';
import { field, isTestedSetting, type KeySetting, type TestedSetting } from './settings.js';
import { openWiring } from './wiring.js';

/** A setting with another value. */
export interface Change {
  readonly setting: string;
  readonly value: string | number;
}

/** The answer of `nes-meter/test`. */
export interface TestReport {
  readonly ok: boolean;
  readonly code?: string;
  readonly values?: TextValues;
  /** Settings to which the meter responded. */
  readonly proposals?: readonly Change[];
  /** Settings that were not tried and may be right. */
  readonly alternatives?: readonly Change[];
  readonly notices?: readonly string[];
  readonly answerLimit?: TextValues;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly serial?: string;
  readonly firmware?: string;
}

/** Errors on the line, for which the wiring picture is shown. */
const WIRING_FAULTS = ['no-answer', 'only-alerts', 'unreadable-answer', 'optical-silence', 'optical-noise'];

/** Shows one sentence in place of the last result. */
export function showResult(kind: 'good' | 'bad' | '', icon: string, sentence: string): JQuery {
  return $('#nes-meter-result')
    .prop('hidden', false)
    .empty()
    .removeClass('nes-meter-good nes-meter-bad')
    .addClass(kind === '' ? '' : `nes-meter-${kind}`)
    .append($('<i aria-hidden="true">').addClass(`fa ${icon}`), ' ', $('<span>').text(sentence));
}

/** Removes the last result. */
export function hideResult(): void {
  $('#nes-meter-result').prop('hidden', true).empty();
}

/** Scrolls to the result: in a low window it is below the visible part. */
export function bringResultIntoView(): void {
  document.getElementById('nes-meter-result')?.scrollIntoView({ block: 'nearest' });
}

export function showReport(report: TestReport, text: Texts): void {
  const { ok, code = '', values = {}, proposals = [], alternatives = [], notices = [] } = report;
  const isLineFault = WIRING_FAULTS.includes(code);
  const isElsewhere = isLineFault && proposals.length > 0;
  const fault = isElsewhere ? 'mep-config.test.elsewhere' : `errors.${code}`;
  const result = ok
    ? showResult('good', 'fa-check-circle', text('mep-config.test.ok'))
    : showResult('bad', 'fa-exclamation-circle', text(fault, values).replace(/ \[\]$/, ''));
  if (code === 'key-not-typed') focusKey(values['setting'] === 'advancedKey' ? 'advancedKey' : 'key');
  if (isLineFault && !isElsewhere) openWiring();
  if (ok || report.serial !== undefined) showMeter(result, report, text);
  offerSettings(result, proposals, text, { heading: 'better', id: 'nes-meter-use', notices });
  offerSettings(result, alternatives, text, { heading: 'perhaps', id: 'nes-meter-use-perhaps', notices: [] });
  showNotices(result, notices, text);
  if (report.answerLimit) showNotice(result, text('mep-config.test.answer-limit', report.answerLimit));
}

/** Moves the focus to the field of a key, which may be in the folded expert settings. */
function focusKey(name: KeySetting): void {
  if (name === 'advancedKey') $('#nes-meter-expert').prop('open', true);
  field(name).trigger('focus');
}

function showNotices(result: JQuery, notices: readonly string[], text: Texts): void {
  for (const notice of notices) showNotice(result, text(`mep-config.notice.${notice}`));
}

/** Adds a sentence to a result. */
export function showNotice(result: JQuery, sentence: string): void {
  $('<p class="nes-meter-notice">').text(sentence).appendTo(result);
}

function showMeter(result: JQuery, { manufacturer, model, serial, firmware }: TestReport, text: Texts): void {
  const list = $('<dl>').appendTo(result);
  for (const [name, value] of [
    ['model', [manufacturer, model].filter(Boolean).join(' ')],
    ['serial', serial],
    ['firmware', firmware],
  ] as const) {
    $('<dt>')
      .text(text(`mep-config.test.${name}`))
      .appendTo(list);
    $('<dd>')
      .text(value || text('mep-config.test.notAvailable'))
      .appendTo(list);
  }
}

/** A setting in the words of the dialog. */
export function settingText({ setting, value }: Change, text: Texts): string {
  const option = isTestedSetting(setting)
    ? field(setting)
        .find<HTMLOptionElement>('option')
        .filter((_, candidate) => candidate.value === String(value))
        .text()
    : '';
  return `${text(`mep-config.label.${setting}`)}: ${option || String(value)}`;
}

interface Offer {
  readonly heading: 'better' | 'perhaps';
  readonly id: string;
  /** What the test noticed; some of it also applies with the other settings. */
  readonly notices: readonly string[];
}

/** Offers other settings. A click puts them into the dialog; nothing is stored or tested. */
function offerSettings(result: JQuery, changes: readonly Change[], text: Texts, { heading, id, notices }: Offer): void {
  const known = changes.filter((change): change is Change & { setting: TestedSetting } =>
    isTestedSetting(change.setting),
  );
  if (known.length === 0) return;
  const box = $('<div class="nes-meter-proposals">').appendTo(result);
  $('<span>')
    .text(text(`mep-config.test.${heading}`))
    .appendTo(box);
  const list = $('<ul>').appendTo(box);
  for (const change of known) $('<li>').text(settingText(change, text)).appendTo(list);
  $('<button type="button" class="red-ui-button">')
    .attr('id', id)
    .text(text('mep-config.label.use'))
    .appendTo(box)
    .on('click', () => {
      for (const { setting, value } of known) field(setting).val(String(value)).trigger('change');
      const taken = showResult('', 'fa-arrow-up', text('mep-config.test.taken'));
      showNotices(
        taken,
        notices.filter((notice) => notice === 'other-key'),
        text,
      );
      $('#nes-meter-test').trigger('focus');
    });
}
