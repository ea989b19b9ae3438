import { METER_FIELD, must } from '../fields.js';
import { findable, labelStyle, text } from '../labels.js';

interface Settings {
  name: string;
  meter: string;
  procedure: string;
  parameters: string;
  dryRun: boolean;
}

/** True for a JSON object, an environment variable, or an empty text. */
function isObject(value: string): boolean {
  if (/^\s*(\$\{[^}]+\})?\s*$/.test(value)) return true;
  try {
    const given: unknown = JSON.parse(value);
    return typeof given === 'object' && given !== null && !Array.isArray(given);
  } catch {
    return false;
  }
}

RED.nodes.registerType<Settings>('mep-procedure', {
  category: 'NES meter',
  color: '#d8a08b',
  defaults: {
    name: { value: '' },
    meter: METER_FIELD,
    procedure: { value: '' },
    parameters: { value: '', validate: must(isObject, 'mep-procedure.validate.parameters') },
    dryRun: { value: true },
  },
  inputs: 1,
  outputs: 1,
  icon: 'nes-meter-procedure.svg',
  onpaletteadd: findable('mep-procedure'),
  paletteLabel: text('mep-procedure.node.name'),
  label() {
    return this.name || this.procedure || this._('mep-procedure.node.name');
  },
  labelStyle,
  inputLabels: text('mep-procedure.port.input'),
  outputLabels: text('mep-procedure.port.output'),
});
