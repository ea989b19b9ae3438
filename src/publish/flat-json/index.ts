/** One flat JSON object a meter over MQTT: for FHEM, for Homey, and for everything that reads JSON. */
import type { Format, FormatDefinition, FormatMessage } from '../format.js';
import { OFFLINE, ONLINE, plainNumber, retained } from '../home-assistant/mqtt.js';
import { type MeterSnapshot, valueOf } from '../meter-snapshot.js';
import { topicSetting } from '../settings.js';

const DEFAULTS = { baseTopic: 'nes' } as const;

/**
 * The object: serial number, time of the reading, and all values of the meter, in plain digits.
 * @param unknown JSON for a value that is not known any more
 */
function stateOf(meter: MeterSnapshot, unknown: string): string {
  const fields = [`"serial":${JSON.stringify(meter.device.serial)}`];
  if (meter.readAt !== undefined) fields.push(`"timestamp":"${new Date(meter.readAt).toISOString()}"`);
  for (const key of meter.values.keys()) {
    const value = valueOf(meter, key);
    fields.push(`"${key}":${value === null ? unknown : plainNumber(value)}`);
  }
  return `{${fields.join(',')}}`;
}

function flatJson(baseTopic: string, unknown: string): Format {
  const availability = ({ id }: MeterSnapshot, payload: string): FormatMessage =>
    retained(`${baseTopic}/${id}/availability`, payload);
  return {
    onReading: (meter, { isFirst }) => [
      ...(isFirst ? [availability(meter, ONLINE)] : []),
      retained(`${baseTopic}/${meter.id}/state`, stateOf(meter, unknown)),
    ],
    onSilence: (meter) => [availability(meter, OFFLINE)],
  };
}

/** `null` for what is not known any more. */
export const json: FormatDefinition = {
  name: 'json',
  defaults: DEFAULTS,
  create: ({ baseTopic }) => flatJson(topicSetting('baseTopic', baseTopic, DEFAULTS.baseTopic), 'null'),
};

/** FHEM keeps the last number where JSON says null, and so would show it for ever: there a word takes its place. */
export const fhem: FormatDefinition = {
  name: 'fhem',
  defaults: DEFAULTS,
  create: ({ baseTopic }) => flatJson(topicSetting('baseTopic', baseTopic, DEFAULTS.baseTopic), '"unknown"'),
};
