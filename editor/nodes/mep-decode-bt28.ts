import { BT28_LIMITS, OFFSET_LIMITS } from '../../src/limits.js';
import { numberField } from '../fields.js';
import { findable, labelStyle, nameOr, text } from '../labels.js';

interface Settings {
  name: string;
  offset: string;
  presentDemands: string;
  timeRemaining: boolean;
}

RED.nodes.registerType<Settings>('mep-decode-bt28', {
  category: 'NES meter',
  color: '#a9bfe3',
  defaults: {
    name: { value: '' },
    offset: numberField(OFFSET_LIMITS, 'mep-decode-bt28.validate.offset'),
    presentDemands: numberField(BT28_LIMITS.presentDemands, 'mep-decode-bt28.validate.presentDemands'),
    timeRemaining: { value: false },
  },
  inputs: 1,
  outputs: 1,
  icon: 'nes-meter-decode-bt28.svg',
  onpaletteadd: findable('mep-decode-bt28'),
  paletteLabel: text('mep-decode-bt28.node.name'),
  label: nameOr('mep-decode-bt28.node.name'),
  labelStyle,
  inputLabels: text('mep-decode-bt28.port.input'),
  outputLabels: text('mep-decode-bt28.port.output'),
});
