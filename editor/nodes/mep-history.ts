import { DAYS_LIMITS, HISTORY_INTERVAL_LIMITS } from '../../src/limits.js';
import { METER_FIELD, numberField } from '../fields.js';
import { findable, labelStyle, text } from '../labels.js';
import type { EditorNode } from '../red.js';
import { textsOf } from '../texts.js';

interface Settings {
  name: string;
  meter: string;
  what: string;
  dataSet: string;
  from: string;
  days: string;
  interval: string;
  send: string;
  contextStore: string;
}

/** True if the first look begins some days back, by the open dialog; without a dialog by the stored setting. */
function beginsDaysBack(this: EditorNode<Settings>): boolean {
  return ($('#node-input-from').val() || this.from) === 'days';
}

RED.nodes.registerType<Settings>('mep-history', {
  category: 'NES meter',
  color: '#8bb4d8',
  defaults: {
    name: { value: '' },
    meter: METER_FIELD,
    what: { value: 'intervals' },
    dataSet: { value: 'auto' },
    from: { value: 'everything' },
    days: numberField(DAYS_LIMITS, 'mep-history.validate.days', { isUsed: beginsDaysBack }),
    interval: numberField(HISTORY_INTERVAL_LIMITS, 'mep-history.validate.interval'),
    send: { value: 'each' },
    contextStore: { value: '' },
  },
  inputs: 1,
  outputs: 2,
  icon: 'nes-meter-history.svg',
  onpaletteadd: findable('mep-history'),
  paletteLabel: text('mep-history.node.name'),
  label() {
    if (this.name) return this.name;
    const texts = textsOf(this);
    return texts('mep-history.node.of', { what: texts(`mep-history.what.${this.what}`) });
  },
  labelStyle,
  inputLabels: text('mep-history.port.input'),
  outputLabels(index) {
    return this._(index === 0 ? 'mep-history.port.records' : 'mep-history.port.notes');
  },
  oneditprepare() {
    const show = (): void => {
      $('.nes-meter-for-days').toggle(beginsDaysBack.call(this));
      $('.nes-meter-for-intervals').toggle($('#node-input-what').val() === 'intervals');
    };
    $('#node-input-from, #node-input-what').on('change', show);
    show();
  },
});
