/**
 * The formats a user can choose. A new one is a file that exports a `FormatDefinition`, a line here, a line and its settings
 * in the dialog of mep-format, and its name in the language catalogue.
 */
import { dabbler, dabblerHttp } from './dabbler/index.js';
import { domoticz } from './domoticz/index.js';
import { fhem, json } from './flat-json/index.js';
import { FORMAT_SETTINGS, type FormatName } from './format-settings.js';
import type { FormatDefinition } from './format.js';
import { haStatistics } from './statistics/index.js';
import { homeWizard } from './homewizard/index.js';
import { homie } from './homie/index.js';
import { p1Dsmr5, p1Swedish } from './p1/index.js';
import { csv, influx, sql } from './rows/index.js';

const DEFINITIONS: Readonly<Record<FormatName, FormatDefinition>> = {
  json,
  fhem,
  homie,
  homewizard: homeWizard,
  dabbler,
  'dabbler-http': dabblerHttp,
  'p1-dsmr5': p1Dsmr5,
  'p1-5s': p1Swedish,
  influx,
  sql,
  csv,
  'ha-statistics': haStatistics,
  domoticz,
};

/** All formats, in the order in which the editor lists them. */
export const FORMATS: readonly FormatDefinition[] = (Object.keys(FORMAT_SETTINGS) as FormatName[]).map(
  (name) => DEFINITIONS[name],
);

/** The format of this name; undefined when there is none. */
export function findFormat(name: unknown): FormatDefinition | undefined {
  return FORMATS.find((format) => format.name === name);
}
