import { maxMetersField, timeZoneField } from '../fields.js';
import { findable, labelStyle, nameOr, text } from '../labels.js';

interface Settings {
  name: string;
  timeZone: string;
  maxMeters: string;
  contextStore: string;
}

RED.nodes.registerType<Settings>('mep-consumption', {
  category: 'NES meter',
  color: '#d9b876',
  defaults: {
    name: { value: '' },
    timeZone: timeZoneField('mep-consumption.validate.timeZone'),
    maxMeters: maxMetersField('mep-consumption.validate.maxMeters'),
    contextStore: { value: '' },
  },
  inputs: 1,
  outputs: 1,
  icon: 'nes-meter-consumption.svg',
  onpaletteadd: findable('mep-consumption'),
  paletteLabel: text('mep-consumption.node.name'),
  label: nameOr('mep-consumption.node.name'),
  labelStyle,
  inputLabels: text('mep-consumption.port.input'),
  outputLabels: text('mep-consumption.port.output'),
});
