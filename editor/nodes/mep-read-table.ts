import { COUNT_LIMITS, INTERVAL_LIMITS, OFFSET_LIMITS } from '../../src/limits.js';
import { METER_FIELD, numberField } from '../fields.js';
import { labelStyle, text } from '../labels.js';
import type { EditorNode } from '../red.js';
import { offerTables, tableField } from '../tables.js';
import { textsOf } from '../texts.js';

interface Settings {
  name: string;
  meter: string;
  table: string;
  mode: string;
  offset: string;
  count: string;
  interval: string;
  output: string;
}

/** True if only a part of the table is read, by the open dialog; without a dialog by the stored setting. */
function isPartial(this: EditorNode<Settings>): boolean {
  return ($('#node-input-mode').val() || this.mode) === 'partial';
}

RED.nodes.registerType<Settings>('mep-read-table', {
  category: 'NES meter',
  color: '#8bb4d8',
  defaults: {
    name: { value: '' },
    meter: METER_FIELD,
    table: tableField('BT28', 'mep-read-table.validate.table'),
    mode: { value: 'full' },
    offset: numberField(OFFSET_LIMITS, 'mep-read-table.validate.offset', { isUsed: isPartial }),
    count: numberField(COUNT_LIMITS, 'mep-read-table.validate.count', { isUsed: isPartial }),
    interval: numberField(INTERVAL_LIMITS, 'mep-read-table.validate.interval', { value: '10' }),
    output: { value: 'bytes' },
  },
  inputs: 1,
  outputs: 1,
  icon: 'nes-meter-read-table.svg',
  paletteLabel: text('mep-read-table.node.name'),
  label() {
    if (this.name) return this.name;
    const { interval, table } = this;
    const shown = table || 'msg.table';
    if (!(Number(interval) > 0)) return shown;
    return textsOf(this)('mep-read-table.node.every', { table: shown, interval });
  },
  labelStyle,
  inputLabels: text('mep-read-table.port.input'),
  outputLabels() {
    return this._(this.output === 'decoded' ? 'mep-read-table.port.values' : 'mep-read-table.port.output');
  },
  oneditprepare() {
    offerTables(this._('mep-read-table.tip.fromMessage'));
    // Nodes of older flows have no such setting, and send bytes.
    if (!this.output) $('#node-input-output').val('bytes');
    const showMode = (): void => {
      const isPart = isPartial.call(this);
      $('.nes-meter-for-partial').toggle(isPart);
      $('.nes-meter-for-full').toggle(!isPart);
    };
    $('#node-input-mode').on('change', showMode);
    showMode();
  },
});
