import type { FieldNode, TableDescription } from './description.js';
import type { TableValues } from './values.js';

/** Firmware version in BT01, such as `4.30.01`; undefined where BT01 has none. [MEP p.199] */
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

/** Whether a meter has fields that exist since a firmware; true where either version is not known. */
export function hasFields(bt01: TableValues | undefined, since: string | null): boolean {
  return bt01 === undefined || since === null || isAtLeast(bt01, since);
}

/**
 * First major version of meters. Control point modules number their firmware from 1, so versions cannot be compared.
 */
const FIRST_METER_FIRMWARE = 2;

/**
 * Whether a device may have a table or field that meters have since a firmware version. For a module the version does
 * not show it, so the table must be read.
 * @param since undefined for tables and fields of every meter
 */
export function mayHave(bt01: TableValues | undefined, since: string | undefined): boolean {
  const major = bt01?.['firmwareMajor'];
  if (bt01 === undefined || since === undefined) return true;
  return (typeof major === 'number' && major < FIRST_METER_FIRMWARE) || isAtLeast(bt01, since);
}

/** Whether the last fields of the table, or the number of elements of an array, depend on the firmware. */
export function variesWithFirmware(table: TableDescription): boolean {
  return table.fields.some(isVaried);
}

function isVaried(node: FieldNode): boolean {
  if (node.kind === 'since') return node.firmware !== null;
  if (node.kind === 'array' && node.growth !== null) return true;
  if ('element' in node) return node.element.some(isVaried);
  return 'fields' in node && node.fields.some(isVaried);
}
