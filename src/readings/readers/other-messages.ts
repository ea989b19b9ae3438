/** What readers publish beside readings under the same topic: prices, temperatures, their own state. */
import { type Fields, isFields } from '../message.js';

/** What follows the prefix of a reader, where it is no reading. */
const TOPIC =
  /(?:^|\/)(?:lwt|status|state|system|firmware|prices|temperatures|realtime|dayplot|monthplot|data|id|uptime|vcc|mem|rssi|temperature|(?:temperature|price|realtime)\/.+)$/;
/** Names that no reading has at its top. */
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

/** Whether a topic is one on which readers never publish a reading. */
export function isOtherTopic(topic: unknown): boolean {
  return typeof topic === 'string' && TOPIC.test(topic);
}

/** Whether a message without a value of a meter is one that readers send beside their readings. */
export function isOtherMessage(fields: Fields): boolean {
  const names = Object.keys(fields);
  return NAMES.some((name) => name in fields) || (names.length > 0 && names.every((name) => SENSOR.test(name)));
}

/** Whether a message holds a plot: its names are those of values, but they are numbers of hours and minutes. */
export function isPlot(fields: Fields): boolean {
  return typeof fields['unit'] === 'string';
}

/** `/data.json` since version 2.3 has an object for each phase; its values under the names that they had before. */
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
