/** Recognises messages without a reading under the topics of a reader: prices, temperatures, its own state. */
import { type Fields, isFields } from '../message.js';

/** Topics without a reading, after the prefix of the reader. */
const TOPIC =
  /(?:^|\/)(?:lwt|status|state|system|firmware|prices|temperatures|realtime|dayplot|monthplot|data|id|uptime|vcc|mem|rssi|temperature|(?:temperature|price|realtime)\/.+)$/;
/** Top-level names that no reading has. */
const NAMES = [
  'prices',
  'temperatures',
  'threshold',
  'installed_version',
  'pr_min',
  'rssi',
  'version',
  'command',
  'unit',
] as const;
const SENSOR = /^[0-9A-F]{16}$/i;

/** Whether readers never publish a reading on a topic. */
export function isOtherTopic(topic: unknown): boolean {
  return typeof topic === 'string' && TOPIC.test(topic);
}

/** Whether a message without a meter value is another known message of a reader. */
export function isOtherMessage(fields: Fields): boolean {
  const names = Object.keys(fields);
  return NAMES.some((name) => name in fields) || (names.length > 0 && names.every((name) => SENSOR.test(name)));
}

/** Whether a message is a plot, whose names look like those of values but number hours and minutes. */
export function isPlot(fields: Fields): boolean {
  return typeof fields['unit'] === 'string';
}

/** `/data.json` with the phase objects of version 2.3 converted to the flat names of earlier versions. */
export function flatPhases(fields: Fields): Fields {
  const flat = new Map(Object.entries(fields));
  for (const phase of ['1', '2', '3']) {
    const inner = fields[`l${phase}`];
    if (!isFields(inner)) continue;
    for (const name of ['u', 'i', 'p', 'q', 'f']) if (name in inner) flat.set(`${name}${phase}`, inner[name]);
    if (inner['e'] === true) flat.set(`i${phase}e`, true);
  }
  return Object.fromEntries(flat);
}
