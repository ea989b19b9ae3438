import { BT23_LIMITS, OFFSET_LIMITS } from '../../src/limits.js';
import { numberField } from '../fields.js';
import { findable, labelStyle, nameOr, text } from '../labels.js';

interface Settings {
  name: string;
  offset: string;
  summations: string;
  tiers: string;
  energyUnit: string;
  demandResetCounter: boolean;
}

RED.nodes.registerType<Settings>('mep-decode-bt23', {
  category: 'NES meter',
  color: '#a9bfe3',
  defaults: {
    name: { value: '' },
    offset: numberField(OFFSET_LIMITS, 'mep-decode-bt23.validate.offset'),
    summations: numberField(BT23_LIMITS.summations, 'mep-decode-bt23.validate.summations'),
    tiers: numberField(BT23_LIMITS.tiers, 'mep-decode-bt23.validate.tiers'),
    energyUnit: { value: '1' },
    demandResetCounter: { value: false },
  },
  inputs: 1,
  outputs: 1,
  icon: 'nes-meter-decode-bt23.svg',
  onpaletteadd: findable('mep-decode-bt23'),
  paletteLabel: text('mep-decode-bt23.node.name'),
  label: nameOr('mep-decode-bt23.node.name'),
  labelStyle,
  inputLabels: text('mep-decode-bt23.port.input'),
  outputLabels: text('mep-decode-bt23.port.output'),
});
