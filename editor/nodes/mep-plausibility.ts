import { PLAUSIBILITY_LIMITS } from '../../src/limits.js';
import { maxMetersField, numberField } from '../fields.js';
import { findable, labelStyle, nameOr, text } from '../labels.js';

interface Settings {
  name: string;
  fuse: string;
  phases: string;
  margin: string;
  confirmations: string;
  confirmSeconds: string;
  registerDigits: string;
  maxMeters: string;
  contextStore: string;
}

const required = { required: true };

RED.nodes.registerType<Settings>('mep-plausibility', {
  category: 'NES meter',
  color: '#d9b876',
  defaults: {
    name: { value: '' },
    fuse: numberField(PLAUSIBILITY_LIMITS.fuse, 'mep-plausibility.validate.fuse', required),
    phases: { value: String(PLAUSIBILITY_LIMITS.phases.fallback) },
    margin: numberField(PLAUSIBILITY_LIMITS.margin, 'mep-plausibility.validate.margin', required),
    confirmations: numberField(PLAUSIBILITY_LIMITS.confirmations, 'mep-plausibility.validate.confirmations', required),
    confirmSeconds: numberField(
      PLAUSIBILITY_LIMITS.confirmSeconds,
      'mep-plausibility.validate.confirmSeconds',
      required,
    ),
    registerDigits: { value: 'auto' },
    maxMeters: maxMetersField('mep-plausibility.validate.maxMeters'),
    contextStore: { value: '' },
  },
  inputs: 1,
  outputs: 2,
  icon: 'nes-meter-plausibility.svg',
  onpaletteadd: findable('mep-plausibility'),
  paletteLabel: text('mep-plausibility.node.name'),
  label: nameOr('mep-plausibility.node.name'),
  labelStyle,
  inputLabels: text('mep-plausibility.port.input'),
  outputLabels(index) {
    return index === 0 ? this._('mep-plausibility.port.passed') : this._('mep-plausibility.port.held');
  },
});
