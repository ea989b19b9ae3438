/** The dialog of a connection: shows the settings of the chosen port, finds ports, explains keys and tests the connection. */
import { CONNECTION_LIMITS } from '../../src/limits.js';
import { attachKeyFeedback } from '../key-feedback.js';
import type { EditorNode } from '../red.js';
import { textsOf } from '../texts.js';
import { prepareTest } from './connection-test.js';
import { offerPorts } from './ports.js';
import { prepareReport } from './report.js';
import { field, isTicked, valueOf } from './settings.js';
import { attachShowKey } from './show-key.js';
import { showWiring } from './wiring.js';

/** Defaults for connections of older flows, which do not have these settings. */
const LATER_SETTINGS = {
  protocol: 'mep',
  security: 'digest',
  sessionMode: 'auto',
  packetSize: '64',
  packetCount: String(CONNECTION_LIMITS.packetCount.fallback),
  userId: String(CONNECTION_LIMITS.userId.fallback),
} as const;

let endTest: () => void = () => undefined;
let endReport: () => void = () => undefined;

/** Prepares the dialog after Node-RED has filled it with the settings of a connection. */
export function openDialog(node: EditorNode): void {
  const text = textsOf(node);
  for (const [name, value] of Object.entries(LATER_SETTINGS)) {
    const setting = name as keyof typeof LATER_SETTINGS;
    if (valueOf(setting) === '') field(setting).val(value);
  }
  const showDangerous = (): void => {
    $('#nes-meter-dangerous-writes').toggle(isTicked('allowWrites'));
  };
  field('allowWrites').on('change', showDangerous);
  showDangerous();
  const show = (): void => {
    showChosen();
    showWiring(text);
  };
  field('transport').on('change', show);
  field('protocol').on('change', show);
  $('#nes-meter-wiring').on('toggle', () => {
    showWiring(text);
  });
  show();
  offerPorts(text);
  const fields = { format: field('keyFormat'), protocol: field('protocol') };
  for (const [name, place] of [
    ['key', 'key'],
    ['advancedKey', 'advanced-key'],
  ] as const) {
    attachKeyFeedback({ ...fields, input: field(name), note: $(`#nes-meter-${place}-note`) });
    attachShowKey(field(name), $(`#nes-meter-show-${place}`), text('mep-config.label.showKey'));
  }
  endTest = prepareTest(node, text);
  endReport = prepareReport(node, text);
  // Node-RED marks invalid fields a moment after the dialog is prepared.
  setTimeout(openWhereInvalid, 100);
}

/** Stops what the dialog has started. */
export function closeDialog(): void {
  endTest();
  endReport();
}

/** Shows the settings of the chosen transport and protocol. */
function showChosen(): void {
  const chosen = [valueOf('transport'), valueOf('protocol')];
  $('.nes-meter-dialog [data-for]').each((_, element) => {
    const uses = element.dataset['for']?.split(' ') ?? [];
    $(element).toggle(uses.some((use) => chosen.includes(use)));
  });
}

/** Opens folded settings if one of them is invalid, which prevents saving. */
function openWhereInvalid(): void {
  const expert = $('#nes-meter-expert');
  if (expert.find('.input-error').length > 0) expert.prop('open', true);
}
