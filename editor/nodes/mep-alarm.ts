import { ALARM_LIMITS } from '../../src/limits.js';
import { maxMetersField, must, numberField } from '../fields.js';
import { findable, labelStyle, nameOr, text } from '../labels.js';
import type { Property } from '../red.js';

interface Settings {
  name: string;
  powerLimit: string;
  fuse: string;
  voltageMin: string;
  voltageMax: string;
  silentAfter: string;
  holdSeconds: string;
  hysteresis: string;
  quietFrom: string;
  quietTo: string;
  urgent: string;
  maxMeters: string;
  contextStore: string;
}

const number = 'mep-alarm.validate.number';
const optional = { isOptional: true };
const empty = { isOptional: true, value: '' };

/** A time of day; both times of the pair must be set or empty. */
function timeOfDay(other: 'quietFrom' | 'quietTo'): Property<string, Settings> {
  const validate = must<Settings>(function (value) {
    const isUnused = value === '' && !this[other];
    return isUnused || /^([01]?\d|2[0-3]):[0-5]\d$/.test(value);
  }, 'mep-alarm.validate.time');
  return { value: '', validate };
}

RED.nodes.registerType<Settings>('mep-alarm', {
  category: 'NES meter',
  color: '#d9b876',
  defaults: {
    name: { value: '' },
    powerLimit: numberField(ALARM_LIMITS.powerLimit, number, empty),
    fuse: numberField(ALARM_LIMITS.fuse, number, empty),
    voltageMin: numberField(ALARM_LIMITS.voltageMin, number, optional),
    voltageMax: numberField(ALARM_LIMITS.voltageMax, number, optional),
    silentAfter: numberField(ALARM_LIMITS.silentAfter, 'mep-alarm.validate.silentAfter', optional),
    holdSeconds: numberField(ALARM_LIMITS.holdSeconds, number, optional),
    hysteresis: numberField(ALARM_LIMITS.hysteresis, 'mep-alarm.validate.hysteresis', optional),
    quietFrom: timeOfDay('quietTo'),
    quietTo: timeOfDay('quietFrom'),
    urgent: { value: 'overload' },
    maxMeters: maxMetersField('mep-alarm.validate.maxMeters'),
    contextStore: { value: '' },
  },
  inputs: 1,
  outputs: 1,
  icon: 'nes-meter-alarm.svg',
  onpaletteadd: findable('mep-alarm'),
  paletteLabel: text('mep-alarm.node.name'),
  label: nameOr('mep-alarm.node.name'),
  labelStyle,
  inputLabels: text('mep-alarm.port.input'),
  outputLabels: text('mep-alarm.port.output'),
});
