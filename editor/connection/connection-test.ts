/** The button that tests a connection: calls the runtime, shows its progress, and can be stopped. */
import type { EditorNode } from '../red.js';
import { STORED } from '../key-feedback.js';
import type { Texts } from '../texts.js';
import { othersAtPort } from './same-port.js';
import { field, isTicked, KEY_SETTINGS, TESTED_SETTINGS, valueOf } from './settings.js';
import {
  bringResultIntoView,
  type Change,
  hideResult,
  settingText,
  showNotice,
  showReport,
  showResult,
  type TestReport,
} from './test-report.js';

const TEST_LIMIT_S = 60;
/** Seconds without progress after which the time limit is shown. */
const WAIT_SHOWN_AFTER_S = 4;
/** Topic of the editor's channel on which the runtime publishes its progress; the name of the test follows. */
const PROGRESS_TOPIC = 'nes-meter/test/';

/** Attaches the test to the button. Returns a function that stops a running test. */
export function prepareTest(node: EditorNode, text: Texts): () => void {
  const button = $('#nes-meter-test');
  const caption = button.find('span');
  let request: JQuery.jqXHR | undefined;
  /** The settings for which a result is shown. */
  let tested: string | undefined;
  const dropOutdated = (): void => {
    if (tested === undefined || tested === JSON.stringify(typedSettings())) return;
    tested = undefined;
    if (request) request.abort();
    else hideResult();
  };
  for (const name of [...TESTED_SETTINGS, ...KEY_SETTINGS, 'allowWrites'] as const) {
    field(name).on('input change', dropOutdated);
  }
  button.on('click', () => {
    if (request) {
      request.abort();
      return;
    }
    const test = Math.random().toString(36).slice(2);
    const stopProgress = showProgress(test, text);
    tested = JSON.stringify(typedSettings());
    caption.text(text('mep-config.label.stop'));
    request = $.ajax({
      url: 'nes-meter/test',
      method: 'POST',
      contentType: 'application/json',
      data: JSON.stringify({ id: node.id, name: valueOf('name'), test, ...typedSettings() }),
    });
    void request
      .done((report: TestReport) => {
        showReport(report, text);
        for (const name of othersAtPort(node)) {
          showNotice($('#nes-meter-result'), text('mep-config.test.same-port', { name }));
        }
      })
      .fail(({ status }, reason) => {
        showFailure(status, reason, text);
      })
      .always(() => {
        stopProgress();
        bringResultIntoView();
        caption.text(text('mep-config.label.test'));
        request = undefined;
      });
  });
  return () => request?.abort();
}

/** The settings of the dialog. A key is included only if it was typed since the dialog opened: a stored key is not sent. */
function typedSettings(): object {
  const settings = Object.fromEntries(TESTED_SETTINGS.map((name) => [name, valueOf(name)]));
  const keys = KEY_SETTINGS.map((name) => [name, field(name).val()] as const).filter(([, typed]) => typed !== STORED);
  return {
    settings: { ...settings, allowWrites: isTicked('allowWrites') },
    credentials: Object.fromEntries(keys),
  };
}

function showFailure(status: number, reason: string, text: Texts): void {
  const isStopped = reason === 'abort';
  const isForbidden = status === 401 || status === 403;
  const failure = isStopped ? 'stopped' : isForbidden ? 'forbidden' : 'unreachable';
  showResult(isStopped ? '' : 'bad', 'fa-exclamation-circle', text(`mep-config.test.${failure}`));
}

/** Shows the progress: what is tried, and how much of the time has passed. */
function showProgress(test: string, text: Texts): () => void {
  const running = text('mep-config.test.running');
  const result = showResult('', 'fa-spinner fa-spin', running);
  const bar = $('<progress>').attr({ max: TEST_LIMIT_S, 'aria-label': running }).val(0).appendTo(result);
  const showSentence = (sentence: string): void => {
    result.children('span').text(sentence);
  };
  bringResultIntoView();
  let isTrying = false;
  const showTrial = (_: string, { changes }: { readonly changes: readonly Change[] }): void => {
    isTrying = true;
    const what = changes.map((change) => settingText(change, text)).join(', ');
    showSentence(text('mep-config.test.trying', { what }));
  };
  const started = Date.now();
  let isLimitShown = false;
  const timer = window.setInterval(() => {
    const seconds = Math.floor((Date.now() - started) / 1000);
    bar.val(Math.min(seconds, TEST_LIMIT_S));
    // A tick may be late: the first one at or after the time shows it.
    if (seconds >= WAIT_SHOWN_AFTER_S && !isTrying && !isLimitShown) {
      isLimitShown = true;
      showSentence(text('mep-config.test.waiting', { seconds: TEST_LIMIT_S - seconds }));
    }
  }, 1000);
  RED.comms.subscribe(PROGRESS_TOPIC + test, showTrial);
  return () => {
    window.clearInterval(timer);
    RED.comms.unsubscribe(PROGRESS_TOPIC + test, showTrial);
  };
}
