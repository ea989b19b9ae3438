import { OFFSET_LIMITS } from '../../src/limits.js';
import { numberField } from '../fields.js';
import { findable, labelStyle, text } from '../labels.js';
import { offerTables, tableField } from '../tables.js';
import { textsOf } from '../texts.js';

interface Settings {
  name: string;
  table: string;
  offset: string;
}

RED.nodes.registerType<Settings>('mep-decode-table', {
  category: 'NES meter',
  color: '#a9bfe3',
  defaults: {
    name: { value: '' },
    table: tableField('', 'mep-decode-table.validate.table'),
    offset: numberField(OFFSET_LIMITS, 'mep-decode-table.validate.offset'),
  },
  inputs: 1,
  outputs: 1,
  icon: 'nes-meter-decode-table.svg',
  onpaletteadd: findable('mep-decode-table'),
  paletteLabel: text('mep-decode-table.node.name'),
  label() {
    if (this.name) return this.name;
    const { table } = this;
    return textsOf(this)(table ? 'mep-decode-table.node.of' : 'mep-decode-table.node.name', { table });
  },
  labelStyle,
  inputLabels: text('mep-decode-table.port.input'),
  outputLabels: text('mep-decode-table.port.output'),
  oneditprepare() {
    offerTables(this._('mep-decode-table.tip.fromMessage'));
  },
});
