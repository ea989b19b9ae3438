/** The input of table images. */
import { type Dimensions, isAtLeast, type TableValues } from '../../tables/index.js';
import type { LoadProfileSetup } from '../load-profile/setup.js';
import type { MepClient } from '../mep-client.js';
import type { Measurements } from '../measurements.js';
import type { LogSizes, MeterHistory } from '../meter-history.js';
import type { MeterProfile, RegisterSetup } from '../profiles.js';

/** The identity of a meter. */
export interface Identity {
  readonly profile: MeterProfile;
  readonly setup: RegisterSetup;
  readonly serial: string;
  /** 16 decimal digits. */
  readonly manufacturerSerial: string;
  readonly idtVersion: number;
  readonly loadProfile: LoadProfileSetup;
  readonly logSizes: LogSizes;
}

export interface ImageContext {
  readonly identity: Identity;
  /** The dimensions of the other tables. */
  readonly dims: Dimensions;
  readonly meter: Measurements;
  /** What the meter remembers, and its clock: `history.now` is the time that it shows. */
  readonly history: MeterHistory;
  readonly client: MepClient;
  /** True if a MEP client is registered. [MEP p.125] */
  readonly hasClient: () => boolean;
}

/** The values of a table at this moment; fields that are left out are zeros. */
export type ValuesOf = (context: ImageContext) => TableValues;

/** True if the firmware is `version`, such as `3.70`, or newer. */
export function hasFirmware({ firmware: [firmwareMajor, firmwareMinor] }: MeterProfile, version: string): boolean {
  return isAtLeast({ firmwareMajor, firmwareMinor }, version);
}

/** `values` where the firmware has them. */
export function since(profile: MeterProfile, version: string, values: TableValues): TableValues {
  return hasFirmware(profile, version) ? values : {};
}

/** `2026-11-20T12:20:00`: LTIME_DATE. */
export function longTime(time: number): string {
  return new Date(time).toISOString().slice(0, 19);
}

/** `2026-11-20T12:20`: STIME_DATE. */
export function shortTime(time: number): string {
  return longTime(time).slice(0, 16);
}
