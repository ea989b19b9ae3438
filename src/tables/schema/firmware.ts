import type { FieldNode, TableDescription } from './description.js';
import type { TableValues } from './values.js';

/** `4.30.01` of the BT01 values; undefined when they hold no firmware. [MEP p.199] */
export function firmwareVersion(bt01: TableValues): string | undefined {
  const { firmwareMajor: major, firmwareMinor: minor, firmwareBuild: build } = bt01;
  if (typeof major !== 'number' || typeof minor !== 'number' || typeof build !== 'number') return undefined;
  return `${major}.${String(minor).padStart(2, '0')}.${String(build).padStart(2, '0')}`;
}

/** Whether the meter whose BT01 this is runs at least `version` (`3.70`). */
export function isAtLeast(bt01: TableValues, version: string): boolean {
  const { firmwareMajor: major, firmwareMinor: minor } = bt01;
  if (typeof major !== 'number' || typeof minor !== 'number') return true;
  const [wantedMajor = 0, wantedMinor = 0] = version.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/** Whether a meter has fields that are there since a firmware; all of them where its firmware, or theirs, is not known. */
export function hasFields(bt01: TableValues | undefined, since: string | null): boolean {
  return bt01 === undefined || since === null || isAtLeast(bt01, since);
}

/** Meters began with firmware 2; control point modules count theirs from 1, so their numbers do not compare. */
const FIRST_METER_FIRMWARE = 2;

/**
 * Whether a device may have what meters have since some firmware: the firmware of a module does not decide it, only a read does.
 * @param since undefined for what every meter has
 */
export function mayHave(bt01: TableValues | undefined, since: string | undefined): boolean {
  const major = bt01?.['firmwareMajor'];
  if (bt01 === undefined || since === undefined) return true;
  return (typeof major === 'number' && major < FIRST_METER_FIRMWARE) || isAtLeast(bt01, since);
}

/** Whether firmware decides which fields the table ends with, or how many elements an array of it has. */
export function variesWithFirmware(table: TableDescription): boolean {
  return table.fields.some(isVaried);
}

function isVaried(node: FieldNode): boolean {
  if (node.kind === 'since') return node.firmware !== null;
  if (node.kind === 'array' && node.growth !== null) return true;
  if ('element' in node) return node.element.some(isVaried);
  return 'fields' in node && node.fields.some(isVaried);
}
