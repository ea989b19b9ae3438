/** One flat JSON object a meter over MQTT: for FHEM, for Homey, and for everything that reads JSON. */
import { isMeasurement } from '../../readings/index.js';
import { FORMAT_SETTINGS } from '../format-settings.js';
import type { FormatDefinition, FormatMessage } from '../format.js';
import { type MeterSnapshot, valueOf } from '../meter-snapshot.js';
import { OFFLINE, ONLINE, retained } from '../mqtt.js';
import { plainNumber } from '../plain-number.js';
import { topicSetting } from '../settings.js';

const DEFAULTS = FORMAT_SETTINGS.json;

/** Values by key, as JSON. */
type Fields = readonly (readonly [key: string, json: string])[];

function identityOf(meter: MeterSnapshot): Fields {
  const { readAt } = meter;
  const serial = ['serial', JSON.stringify(meter.device.serial)] as const;
  const identity: Fields = meter.device.isSimulated ? [serial, ['simulated', 'true']] : [serial];
  return readAt === undefined ? identity : [...identity, ['timestamp', `"${new Date(readAt).toISOString()}"`]];
}

function objectOf(fields: Fields): string {
  return `{${fields.map(([key, value]) => `"${key}":${value}`).join(',')}}`;
}

const stateTopic = (baseTopic: string, { id }: MeterSnapshot): string => `${baseTopic}/${id}/state`;

/** Every key of the meter in each message, `null` for what is not known any more. */
export const json: FormatDefinition = {
  name: 'json',
  defaults: DEFAULTS,
  create: (given) => {
    const baseTopic = topicSetting('baseTopic', given['baseTopic'], DEFAULTS.baseTopic);
    const availability = ({ id }: MeterSnapshot, payload: string): FormatMessage =>
      retained(`${baseTopic}/${id}/availability`, payload);
    const state = (meter: MeterSnapshot): FormatMessage => {
      const values = [...meter.values.keys()].map((key) => {
        const value = valueOf(meter, key);
        return [key, value === null ? 'null' : plainNumber(value)] as const;
      });
      return retained(stateTopic(baseTopic, meter), objectOf([...identityOf(meter), ...values]));
    };
    return {
      onReading: (meter, { isFirst }) => [...(isFirst ? [availability(meter, ONLINE)] : []), state(meter)],
      onSilence: (meter) => [availability(meter, OFFLINE)],
      onReturn: (meter) => [availability(meter, ONLINE)],
      announceAll: (meter, withValues) => [
        availability(meter, meter.online ? ONLINE : OFFLINE),
        ...(withValues && meter.online ? [state(meter)] : []),
      ],
    };
  },
};

/**
 * A measurement for FHEM: null would leave the last number as it is, so a word replaces it.
 * A register that was not read yet is left out: its last number stays valid.
 */
function readingFor(meter: MeterSnapshot, key: string): Fields {
  const value = valueOf(meter, key);
  if (value !== null) return [[key, plainNumber(value)]];
  return isMeasurement(key) ? [[key, '"unknown"']] : [];
}

/** Everything in one topic, so that FHEM makes of each key a reading of the same name, the availability as well. */
export const fhem: FormatDefinition = {
  name: 'fhem',
  defaults: DEFAULTS,
  create: (given) => {
    const baseTopic = topicSetting('baseTopic', given['baseTopic'], DEFAULTS.baseTopic);
    const state = (meter: MeterSnapshot): readonly FormatMessage[] => {
      const availability = ['availability', `"${meter.online ? ONLINE : OFFLINE}"`] as const;
      const readings = [...meter.values.keys()].flatMap((key) => readingFor(meter, key));
      return [retained(stateTopic(baseTopic, meter), objectOf([...identityOf(meter), availability, ...readings]))];
    };
    return {
      onReading: state,
      onSilence: state,
      onReturn: state,
      announceAll: (meter, withValues) => (withValues || !meter.online ? state(meter) : []),
    };
  },
};
