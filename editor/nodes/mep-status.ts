import { INTERVAL_LIMITS, STALE_LIMITS } from '../../src/limits.js';
import { METER_FIELD, numberField } from '../fields.js';
import { findable, labelStyle, nameOr, text } from '../labels.js';

interface Settings {
  name: string;
  meter: string;
  staleAfter: string;
  interval: string;
}

RED.nodes.registerType<Settings>('mep-status', {
  category: 'NES meter',
  color: '#8bb4d8',
  defaults: {
    name: { value: '' },
    meter: METER_FIELD,
    staleAfter: numberField(STALE_LIMITS, 'mep-status.validate.seconds', { required: true }),
    interval: numberField(INTERVAL_LIMITS, 'mep-status.validate.seconds', { isOptional: true }),
  },
  inputs: 1,
  outputs: 1,
  icon: 'nes-meter-status.svg',
  onpaletteadd: findable('mep-status'),
  paletteLabel: text('mep-status.node.name'),
  label: nameOr('mep-status.node.name'),
  labelStyle,
  inputLabels: text('mep-status.port.input'),
  outputLabels: text('mep-status.port.output'),
});
