/** The formats as data: what the editor needs of them. What each format does is in `formats.ts`. */

/**
 * The formats that a user can choose, in the order in which the editor lists them: the settings of each of its own, and
 * what a setting is when left empty. A name is part of flows and is never renamed.
 */
export const FORMAT_SETTINGS = {
  json: { baseTopic: 'nes' },
  fhem: { baseTopic: 'nes' },
  homie: { baseTopic: 'homie', deviceId: '' },
  homewizard: {},
  dabbler: { baseTopic: 'dabbler' },
  'dabbler-http': {},
  'p1-dsmr5': { repeatEvery: '10', timeZone: 'Europe/Amsterdam' },
  'p1-5s': { repeatEvery: '10', timeZone: 'Europe/Amsterdam' },
  influx: { measurement: 'nes' },
  sql: {},
  csv: { style: 'comma', rows: 'readings', file: '' },
  'ha-statistics': { statistics: 'external', importEntity: '', exportEntity: '', coreVersion: 'current' },
  domoticz: { topic: 'domoticz/in', idx: '', device: 'p1' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The name of a format. */
export type FormatName = keyof typeof FORMAT_SETTINGS;

/**
 * The formats in which a simulated meter is marked as such. All others only have numbers, on which programs count: they
 * refuse its readings unless the node allows them.
 */
const MARKING_FORMATS: readonly string[] = ['json', 'fhem', 'homie'] satisfies readonly FormatName[];

/** Whether a format marks a simulated meter. */
export function marksSimulated(format: string): boolean {
  return MARKING_FORMATS.includes(format);
}

/** The formats that answer HTTP requests. */
export const HTTP_FORMATS = ['homewizard', 'dabbler-http'] as const satisfies readonly FormatName[];
