import { maxMetersField } from '../fields.js';
import { findable, labelStyle, nameOr, text } from '../labels.js';

interface Settings {
  name: string;
  serial: string;
  maxMeters: string;
  contextStore: string;
}

RED.nodes.registerType<Settings>('mep-decode-json', {
  category: 'NES meter',
  color: '#a9bfe3',
  defaults: {
    name: { value: '' },
    serial: { value: '' },
    maxMeters: maxMetersField('mep-decode-json.invalid.maxMeters'),
    contextStore: { value: '' },
  },
  inputs: 1,
  outputs: 1,
  icon: 'nes-meter-decode-json.svg',
  onpaletteadd: findable('mep-decode-json'),
  paletteLabel: text('mep-decode-json.node.name'),
  label: nameOr('mep-decode-json.node.name'),
  labelStyle,
  inputLabels: text('mep-decode-json.port.input'),
  outputLabels: text('mep-decode-json.port.output'),
});
