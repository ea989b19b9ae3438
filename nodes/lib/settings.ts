import {
  isEmptySetting,
  KEY_FORMATS,
  type MeterSettings,
  type NumberLimits,
  numberSetting,
  OFFSET_LIMITS,
  PROTOCOLS,
  SECURITIES,
  SESSION_MODES,
  SIMULATOR_PROFILES,
  UsageError,
} from '../../src/internal.js';

/** What the dialog of mep-config stores, or sends along with a test: everything may be a text. */
export type ConfigProperties = Readonly<Record<string, unknown>>;

export interface ConfigKeys {
  readonly key?: string | undefined;
  readonly advancedKey?: string | undefined;
}

const TRANSPORTS = ['serial', 'tcp', 'simulator'] as const;
const LINE_SETTINGS = ['on', 'off', 'leave'] as const;
/** What Node-RED leaves of a setting that names an environment variable which is not set. */
const UNSET_VARIABLE = /^\$\{[^}]+\}$/;

/**
 * The settings of a meter from the properties of a mep-config node. What is left empty takes its default.
 * @throws UsageError `bad-setting` for a number that is none, a choice that does not exist, or an environment variable
 * that is not set
 */
export function meterSettings(properties: ConfigProperties, keys: ConfigKeys): MeterSettings {
  const baudRate = numberOf(properties, 'baudRate');
  const tcpPort = numberOf(properties, 'tcpPort');
  const minIntervalMs = numberOf(properties, 'minInterval');
  const packetSize = numberOf(properties, 'packetSize');
  const packetCount = numberOf(properties, 'packetCount');
  const userId = numberOf(properties, 'userId');
  const transport = choiceOf(properties, 'transport', TRANSPORTS);
  const place = transport === 'serial' ? 'port' : 'host';
  if (transport !== 'simulator') resolved(place, textOf(properties, place));
  // The simulated meter knows only its own key; one that was entered for a real meter stays stored for that one.
  const { key, advancedKey }: ConfigKeys = transport === 'simulator' ? {} : keysOf(keys);
  return {
    protocol: choiceOf(properties, 'protocol', PROTOCOLS),
    security: choiceOf(properties, 'security', SECURITIES),
    transport,
    port: textOf(properties, 'port'),
    ...(baudRate !== undefined && { baudRate }),
    dtr: choiceOf(properties, 'dtr', LINE_SETTINGS),
    rts: choiceOf(properties, 'rts', LINE_SETTINGS),
    host: textOf(properties, 'host'),
    ...(tcpPort !== undefined && { tcpPort }),
    keyFormat: choiceOf(properties, 'keyFormat', KEY_FORMATS),
    ...(key !== undefined && { key }),
    ...(advancedKey !== undefined && { advancedKey }),
    ...(minIntervalMs !== undefined && { minIntervalMs }),
    profile: choiceOf(properties, 'profile', SIMULATOR_PROFILES, 'gen3'),
    ...(packetSize !== undefined && { packetSize }),
    ...(packetCount !== undefined && { packetCount }),
    ...(userId !== undefined && { userId }),
    sessionMode: choiceOf(properties, 'sessionMode', SESSION_MODES),
    // Nothing but a tick in the dialog allows it, no text that looks like one.
    allowWrites: properties['allowWrites'] === true,
    allowDangerousWrites: properties['allowDangerousWrites'] === true,
  };
}

/**
 * A number from an editor's field, which may hold a text.
 * @returns undefined where nothing was entered
 * @throws UsageError `bad-setting`
 */
export function numberOf(properties: ConfigProperties, setting: string): number | undefined {
  const value = properties[setting];
  if (isEmptySetting(value)) return undefined;
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) throw badSetting(setting);
  return number;
}

/**
 * A number from a node's settings.
 * @throws UsageError `bad-setting` when it is none that `limits` allow
 */
export function limitedNumber(properties: ConfigProperties, setting: string, limits: NumberLimits): number {
  return numberSetting(setting, properties[setting], limits);
}

/** A box that is ticked; a flow may hold it as a text. */
export function isTicked(properties: ConfigProperties, setting: string): boolean {
  return properties[setting] === true || properties[setting] === 'true';
}

/**
 * Where in their table the bytes begin that come without `msg.table`.
 * @throws UsageError `bad-setting`
 */
export function offsetOf(properties: ConfigProperties): number {
  return limitedNumber(properties, 'offset', OFFSET_LIMITS);
}

/**
 * One of a few words.
 * @param fallback for nothing entered; the first of `choices` if left out
 * @throws UsageError `bad-setting`
 */
export function choiceOf<Choice extends string>(
  properties: ConfigProperties,
  setting: string,
  choices: readonly Choice[],
  fallback = choices[0],
): Choice {
  const value = properties[setting];
  const chosen = value === undefined || value === '' ? fallback : choices.find((choice) => choice === value);
  if (chosen === undefined) throw badSetting(setting);
  return chosen;
}

/** A text without blanks around it; empty where nothing was entered. */
export function textOf(properties: ConfigProperties, setting: string): string {
  const value = properties[setting];
  return typeof value === 'string' ? value.trim() : '';
}

/** A meter must not be asked with the name of a variable for a key: some lock the port after a wrong one. */
function keysOf(keys: ConfigKeys): ConfigKeys {
  return {
    key: keys.key === undefined ? undefined : resolved('key', keys.key),
    advancedKey: keys.advancedKey === undefined ? undefined : resolved('advancedKey', keys.advancedKey),
  };
}

/** @throws UsageError `bad-setting` where the environment has nothing for the variable that was named */
function resolved(setting: string, text: string): string {
  if (UNSET_VARIABLE.test(text.trim())) throw badSetting(setting);
  return text;
}

/** The value itself stays out of the text: it may be anything, a key typed into the wrong field included. */
export function badSetting(setting: string): UsageError {
  return new UsageError('bad-setting', `The setting ${setting} cannot be used`, { values: { setting } });
}
