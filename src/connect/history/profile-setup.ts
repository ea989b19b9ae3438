import { createHash } from 'node:crypto';
import { isRefusal } from '../../error-kinds.js';
import { DecodeError, isMeterError } from '../../errors.js';
import { chooseProfile, type LoadProfile, loadProfilesOf } from '../../history/index.js';
import type { MeterDescription } from '../../meter/index.js';
import { type Dimensions, fieldPlace, type TableValues } from '../../tables/index.js';
import type { NoProfileReason } from './records.js';
import { contentsIfAny, contentsOf, type HistorySource, structuresOf, tableNamed } from './source.js';

/** Number of a data set, or the one that the meter displays. */
export type DataSetChoice = 'auto' | 1 | 2 | 3 | 4;

/** The load profile of a meter, as it is set up. */
export interface ProfileSetup {
  readonly meter: MeterDescription;
  /** undefined: `reason`. */
  readonly profile: LoadProfile | undefined;
  readonly reason: NoProfileReason | undefined;
  /** Whether the customer has opted out of the recording. [MEP p.134] */
  readonly isDisabled: boolean;
  /** Changes with everything on which the position of a record and its meaning depend. */
  readonly fingerprint: string;
}

const FIRST_MAPPED = 112;
const LAST_MAPPED = 163;
const MAX_ROUNDS = 5;
const FINGERPRINT_DIGITS = 16;
/** Opt-out of the load profile, in bit 0. [MEP p.134] */
const OPT_OUT = { table: 'ET54', offset: 19, count: 1 };
/** Bytes of BT23 that are read for what scales its registers. */
const SCALED_BYTES = 4;

/**
 * Reads the set-up of the load profile.
 * @throws what the source throws, unless the meter refuses the tables of the load profile
 */
export async function readProfileSetup(
  source: HistorySource,
  choice: DataSetChoice,
  signal: AbortSignal | undefined,
): Promise<ProfileSetup> {
  for (let round = 1; ; round++) {
    const setup = await readOnce(source, choice, signal);
    if (setup !== undefined) return setup;
    if (round === MAX_ROUNDS) throw new DecodeError('dimensions-missing', 'The load profile was set up meanwhile');
  }
}

/** @returns undefined where the set-up changed meanwhile */
async function readOnce(
  source: HistorySource,
  choice: DataSetChoice,
  signal: AbortSignal | undefined,
): Promise<ProfileSetup | undefined> {
  const scaled = await source.readTable('BT23', { offset: 0, count: SCALED_BYTES, priority: 'history', signal });
  const control = await profileControl(source, signal);
  if (!('values' in control)) return without(control.reason, scaled.meter);
  const { values: BT62, reading } = control;
  let { meter } = reading;
  const first = meter.dimensions['BT61'];
  const dims: Record<string, TableValues> = { ...scaled.meter.dimensions, ...meter.dimensions, BT62 };
  if (isUnused(first)) return without('no-profile', meter);
  for (const name of mappedTables(BT62)) {
    const contents = await contentsIfAny(source, name, signal);
    if (contents === undefined) continue;
    dims[name] = contents.values;
    ({ meter } = contents.reading);
  }
  const { primary, meter: afterPrimary } = await primaryDataSet(source, choice, meter, signal);
  const profile = chooseProfile(loadProfilesOf(dims), choice, primary);
  if (profile === undefined) return without('no-profile', afterPrimary);
  const rest = await optionalFields(source, profile, afterPrimary, signal);
  if (first === undefined || rest.meter.dimensions['BT61'] !== first) return undefined;
  return {
    meter: rest.meter,
    profile,
    reason: undefined,
    isDisabled: rest.isDisabled,
    fingerprint: fingerprintOf(dims, profile, rest.configurationId),
  };
}

function without(reason: NoProfileReason, meter: MeterDescription): ProfileSetup {
  return { meter, profile: undefined, reason, isDisabled: false, fingerprint: '' };
}

/** BT62, or why there is none. */
async function profileControl(
  source: HistorySource,
  signal: AbortSignal | undefined,
): Promise<Awaited<ReturnType<typeof contentsOf>> | { readonly reason: NoProfileReason }> {
  try {
    return await contentsOf(source, 'BT62', signal);
  } catch (error) {
    if (isRefusal(error)) return { reason: reasonOf(error) };
    const lacksDimensions = isMeterError(error) && error.code === 'dimensions-missing';
    if (!lacksDimensions) throw error;
    // The meter has no dimensions of a load profile, or does not permit them to be read.
    try {
      await source.readTable('BT61', { priority: 'history', signal });
    } catch (refusal) {
      if (isRefusal(refusal)) return { reason: reasonOf(refusal) };
      throw refusal;
    }
    throw error;
  }
}

function reasonOf(refusal: unknown): NoProfileReason {
  return isMeterError(refusal) && refusal.code === 'no-permission' ? 'not-permitted' : 'no-profile';
}

function isUnused(BT61: TableValues | undefined): boolean {
  return structuresOf(BT61?.['dataSets']).every(({ numberOfBlocks }) => numberOfBlocks === 0);
}

/** The tables that give the meaning of mapped sources. [MEP p.163-164, p.173] */
function mappedTables(BT62: TableValues): string[] {
  const ids = structuresOf(BT62['dataSets'])
    .flatMap(({ channelSettings }) => structuresOf(channelSettings))
    .map(({ intervalSource }) => Number(intervalSource));
  return ids.some((id) => id >= FIRST_MAPPED && id <= LAST_MAPPED) ? ['ET66', 'ET57'] : [];
}

/** Number of the data set that the meter displays, from 1; undefined where it gives none. */
async function primaryDataSet(
  source: HistorySource,
  choice: DataSetChoice,
  meter: MeterDescription,
  signal: AbortSignal | undefined,
): Promise<{ readonly primary?: number; readonly meter: MeterDescription }> {
  if (choice !== 'auto') return { meter };
  const place = placeOf('ET55', 'primaryLoadProfileIndex', meter.dimensions);
  const field = place && (await bytesIfAny(source, place, signal));
  return field === undefined ? { meter } : { primary: (field.bytes[0] ?? 0) + 1, meter: field.meter };
}

async function optionalFields(
  source: HistorySource,
  { dataSet }: LoadProfile,
  meter: MeterDescription,
  signal: AbortSignal | undefined,
): Promise<{ readonly meter: MeterDescription; readonly isDisabled: boolean; readonly configurationId: string }> {
  const disabled = await bytesIfAny(source, OPT_OUT, signal);
  const afterDisabled = disabled?.meter ?? meter;
  const path = `dataSets[${dataSet - 1}].loadProfileConfigurationId`;
  const place = placeOf('ET21', path, meter.dimensions);
  const id = place && (await bytesIfAny(source, place, signal));
  return {
    meter: id?.meter ?? afterDisabled,
    isDisabled: ((disabled?.bytes[0] ?? 0) & 1) !== 0,
    configurationId: id === undefined ? '' : Buffer.from(id.bytes).toString('hex'),
  };
}

interface Place {
  readonly table: string;
  readonly offset: number;
  readonly count: number;
}

/** Bytes of a table; undefined where the meter refuses them. */
async function bytesIfAny(
  source: HistorySource,
  { table, offset, count }: Place,
  signal: AbortSignal | undefined,
): Promise<{ readonly bytes: Uint8Array; readonly meter: MeterDescription } | undefined> {
  try {
    const { bytes, meter } = await source.readPiece(table, { offset, count }, signal);
    return bytes.length === count ? { bytes, meter } : undefined;
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** Place of a field; undefined where the firmware does not have it. */
function placeOf(table: string, field: string, dimensions: Dimensions): Place | undefined {
  try {
    return { table, ...fieldPlace(tableNamed(table), field, dimensions) };
  } catch (error) {
    if (isMeterError(error)) return undefined;
    throw error;
  }
}

function fingerprintOf(dims: Dimensions, profile: LoadProfile, configurationId: string): string {
  const scales = profile.channels.map(({ multiplier, divisor }) => [multiplier, divisor]);
  const all = [dims['BT61'], dims['BT62'], dims['ET66'] ?? null, profile.dataSet, scales, configurationId];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, FINGERPRINT_DIGITS);
}
