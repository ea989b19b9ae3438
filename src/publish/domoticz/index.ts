/** Domoticz, over its MQTT client gateway: the values of a device that the user made there. */
import { IDX_LIMITS } from '../../limits.js';
import { FORMAT_SETTINGS } from '../format-settings.js';
import type { Format, FormatDefinition, FormatMessage } from '../format.js';
import { primaryValueOf, type MeterSnapshot } from '../meter-snapshot.js';
import { netPower } from '../net-power.js';
import { plainNumber } from '../plain-number.js';
import { numberSetting, settingError } from '../../setting-values.js';
import { choiceSetting, topicSetting } from '../settings.js';

const DEFAULTS = FORMAT_SETTINGS.domoticz;

/** The texts of Domoticz's kinds of meters; undefined until all that a kind needs is known. */
const DEVICES: Readonly<Record<string, (meter: MeterSnapshot) => string | undefined>> = {
  /** "P1 Smart Meter": import and export of two tariffs in Wh, all in the first; then the present power in W, both ways. */
  p1: (meter) => {
    const [imported, exported, power] = [wattHours(meter, 'Import'), wattHours(meter, 'Export'), netPower(meter)];
    if (imported === null || exported === null || power === null) return undefined;
    const watts = Math.round(power);
    return [imported, 0, exported, 0, Math.max(watts, 0), Math.max(-watts, 0)].map(plainNumber).join(';');
  },
  /** "Electric (Instant + Counter)": present power in W, total energy in Wh. */
  counter: (meter) => {
    const [imported, power] = [wattHours(meter, 'Import'), netPower(meter)];
    if (imported === null || power === null) return undefined;
    return [power, imported].map((value) => plainNumber(Math.round(value))).join(';');
  },
};

function wattHours(meter: MeterSnapshot, direction: 'Import' | 'Export'): number | null {
  const energy = primaryValueOf(meter, `activeEnergy${direction}`);
  const wattHours = energy === null ? NaN : Math.round(energy * 1000);
  return Number.isFinite(wattHours) ? wattHours : null;
}

function create(topic: string, idx: number, textOf: (meter: MeterSnapshot) => string | undefined): Format {
  return {
    isForOneMeter: true,
    onReading: (meter): readonly FormatMessage[] => {
      const svalue = textOf(meter);
      if (svalue === undefined) return [];
      const payload = JSON.stringify({ command: 'udevice', idx, nvalue: 0, svalue });
      return [{ topic, payload, qos: 0, retain: false }];
    },
  };
}

/** A message for `domoticz/in` with each reading, as soon as power and energy are both known. */
export const domoticz: FormatDefinition = {
  name: 'domoticz',
  defaults: DEFAULTS,
  create: ({ topic, idx, device }) => {
    const number = numberSetting('idx', idx, IDX_LIMITS);
    if (number === 0) throw settingError('idx', 'the number that Domoticz shows for the device');
    const textOf = choiceSetting('device', device, DEFAULTS.device, DEVICES);
    return create(topicSetting('topic', topic, DEFAULTS.topic), number, textOf);
  },
};
