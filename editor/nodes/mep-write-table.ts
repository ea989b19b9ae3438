import { OFFSET_LIMITS } from '../../src/limits.js';
import { METER_FIELD, numberField } from '../fields.js';
import { findable, labelStyle, nameOr, text } from '../labels.js';
import { offerTables, tableField } from '../tables.js';

interface Settings {
  name: string;
  meter: string;
  table: string;
  offset: string;
  dryRun: boolean;
}

RED.nodes.registerType<Settings>('mep-write-table', {
  category: 'NES meter',
  color: '#d8a08b',
  defaults: {
    name: { value: '' },
    meter: METER_FIELD,
    table: tableField('', 'mep-write-table.validate.table'),
    offset: numberField(OFFSET_LIMITS, 'mep-write-table.validate.offset', { isOptional: true }),
    dryRun: { value: true },
  },
  inputs: 1,
  outputs: 1,
  icon: 'nes-meter-write-table.svg',
  onpaletteadd: findable('mep-write-table'),
  paletteLabel: text('mep-write-table.node.name'),
  label: nameOr('mep-write-table.node.name'),
  labelStyle,
  inputLabels: text('mep-write-table.port.input'),
  outputLabels: text('mep-write-table.port.output'),
  oneditprepare() {
    offerTables(this._('mep-write-table.tip.table'));
  },
});
