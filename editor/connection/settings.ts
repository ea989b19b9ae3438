/** The settings in the dialog of a connection, and their fields. */

/** The settings that a test of the connection sends, by the names of the fields. */
export const TESTED_SETTINGS = [
  'transport',
  'protocol',
  'port',
  'baudRate',
  'dtr',
  'rts',
  'host',
  'tcpPort',
  'security',
  'keyFormat',
  'minInterval',
  'profile',
  'sessionMode',
  'packetSize',
  'packetCount',
  'userId',
] as const;
export const KEY_SETTINGS = ['key', 'advancedKey'] as const;

export type TestedSetting = (typeof TESTED_SETTINGS)[number];
export type KeySetting = (typeof KEY_SETTINGS)[number];
type FieldName = TestedSetting | KeySetting | 'name' | 'allowWrites';

/** The field of a setting. */
export function field(name: FieldName): JQuery {
  return $(`#node-config-input-${name}`);
}

/** The value of a text field or a list. */
export function valueOf(name: FieldName): string {
  return String(field(name).val() ?? '');
}

/** True if a box is ticked. */
export function isTicked(name: 'allowWrites'): boolean {
  return field(name).prop('checked') === true;
}

export function isTestedSetting(name: string): name is TestedSetting {
  return TESTED_SETTINGS.some((known) => known === name);
}
