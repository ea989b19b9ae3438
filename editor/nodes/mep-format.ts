import { EXPIRY_LIMITS, IDX_LIMITS, REPEAT_LIMITS } from '../../src/limits.js';
import { FORMAT_SETTINGS, type FormatName, marksSimulated } from '../../src/publish/format-settings.js';
import { maxMetersField, must, numberField, topicField } from '../fields.js';
import { offerFormats } from '../formats.js';
import { findable, labelStyle, text } from '../labels.js';
import { textsOf } from '../texts.js';

interface Settings {
  name: string;
  format: string;
  baseTopic: string;
  deviceId: string;
  repeatEvery: string;
  timeZone: string;
  measurement: string;
  style: string;
  rows: string;
  file: string;
  statistics: string;
  importEntity: string;
  exportEntity: string;
  coreVersion: string;
  idx: string;
  device: string;
  topic: string;
  expireAfter: string;
  serial: string;
  allowSimulated: boolean;
  maxMeters: string;
  contextStore: string;
}

const NAMES = Object.keys(FORMAT_SETTINGS) as FormatName[];

/** An entity of Home Assistant, or nothing. */
const entityField = (): { value: string; validate: ReturnType<typeof must> } => ({
  value: '',
  validate: must((value) => /^(sensor\.[a-z0-9_]+)?$/.test(value), 'mep-format.invalid.entity'),
});

/** The settings of a format, with the value of each when left empty. */
function settingsOf(format: string): Readonly<Record<string, string>> {
  const name = NAMES.find((known) => known === format);
  return name === undefined ? {} : FORMAT_SETTINGS[name];
}

/** Shows the settings of the chosen format, and the nodes to connect to its output. */
function showFormat(format: string, wiring: string): void {
  const settings = settingsOf(format);
  $('#mep-format-wiring').text(wiring);
  $('.nes-meter-dialog [data-setting]').each((_, row) => {
    const setting = row.dataset['setting'] ?? '';
    $(row).toggle(Object.hasOwn(settings, setting));
    const placeholder = settings[setting];
    if (placeholder) $(`#node-input-${setting}`).attr('placeholder', placeholder);
  });
  $('#nes-meter-simulated').toggle(!marksSimulated(format));
  showEntities();
}

/** Shows the entities only where their statistics are written. */
function showEntities(): void {
  const isShown = $('#node-input-format').val() === 'ha-statistics' && $('#node-input-statistics').val() === 'entity';
  $('.nes-meter-dialog [data-setting$="Entity"]').toggle(isShown);
}

RED.nodes.registerType<Settings>('mep-format', {
  category: 'NES meter',
  color: '#7fb8a4',
  defaults: {
    name: { value: '' },
    format: {
      value: 'json',
      required: true,
      validate: must((value) => Object.hasOwn(FORMAT_SETTINGS, value), 'mep-format.invalid.format'),
    },
    baseTopic: topicField('', 'mep-format.invalid.topic'),
    deviceId: {
      value: '',
      validate: must((value) => /^([a-z0-9][a-z0-9-]*)?$/.test(value), 'mep-format.invalid.deviceId'),
    },
    repeatEvery: numberField(REPEAT_LIMITS, 'mep-format.invalid.repeat', { value: '', isOptional: true }),
    timeZone: { value: '' },
    measurement: { value: '' },
    style: { value: 'comma' },
    rows: { value: 'readings' },
    file: { value: '' },
    statistics: { value: 'external' },
    importEntity: entityField(),
    exportEntity: entityField(),
    coreVersion: { value: 'current' },
    idx: numberField<Settings>(IDX_LIMITS, 'mep-format.invalid.idx', {
      value: '',
      isUsed() {
        return this.format === 'domoticz';
      },
    }),
    device: { value: 'p1' },
    topic: topicField('', 'mep-format.invalid.topic'),
    expireAfter: numberField(EXPIRY_LIMITS, 'mep-format.invalid.seconds', { isOptional: true }),
    serial: { value: '' },
    allowSimulated: { value: false },
    maxMeters: maxMetersField('mep-format.invalid.maxMeters'),
    contextStore: { value: '' },
  },
  inputs: 1,
  outputs: 1,
  icon: 'nes-meter-format.svg',
  onpaletteadd: findable('mep-format'),
  paletteLabel: text('mep-format.node.name'),
  label() {
    return this.name || textsOf(this)(`mep-format.formats.${this.format}`);
  },
  labelStyle,
  inputLabels: text('mep-format.port.input'),
  outputLabels: text('mep-format.port.output'),
  oneditprepare() {
    const choice = offerFormats(NAMES, this.format, (format) => this._(`mep-format.formats.${format}`));
    choice.on('change', () => {
      const format = String(choice.val() ?? '');
      showFormat(format, format === '' ? '' : this._(`mep-format.wiring.${format}`));
    });
    choice.trigger('change');
    $('#node-input-statistics').on('change', showEntities).trigger('change');
  },
});
