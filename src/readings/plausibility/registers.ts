import { tierKey } from '../keys.js';
import { capacity, MAX_PAUSE_S, type Moment, momentOf, maxEnergy, secondsBetween } from './connection.js';
import type { Finding } from './finding.js';
import type { Sample } from './sample.js';
import { isNet } from './sample.js';
import type { PlausibilitySettings } from './settings.js';
import { ROLLOVER_DIGITS, SHORT_WAIT_S } from './settings.js';

/** What is known of an energy register. */
export interface KnownRegister extends Moment {
  /** The last good value, kWh; the moment is when that was read. */
  readonly value: number;
  /** A value that `confirmations` later ones in a row have confirmed: the register was certainly there already. */
  readonly anchor: number;
  /** Good values since the anchor, the oldest first, until `confirmations` later ones make the oldest the anchor. */
  readonly trail: readonly number[];
  /** The value from which it fell far when that was believed: a jump back to there would be booked whole. */
  readonly former?: number;
}
export type KnownRegisters = ReadonlyMap<string, KnownRegister>;

/**
 * Home Assistant takes a register that falls below nine tenths for a new meter and books all of it; a smaller fall takes
 * back what was booked too much. So a single reading may lift a register to at most ten ninths of a certain value.
 */
const SAFE_RISE = 10 / 9;
/** Energy registers count in 1, 10 or 100 Wh, and programs mix up Wh and kWh. [MEP p.158] */
const UNIT_FACTORS = [10, 100, 1000];
/** Smaller registers are at ten times their value or at a tenth of it by chance now and then, kWh. */
const MIN_UNIT_CHANGE = 100;
/** How much faster than allowed readings may rise and still confirm each other: the fuse may be set too small. */
const CONFIRMING_PACE = 10;
const MAX_TIERS = 8;
const WH_PER_KWH = 1000;

/**
 * Up to where a single reading may lift a register that was certainly at `anchor`. Small registers may rise as they like:
 * a fall takes so long to be confirmed that in this time the connection could carry as much as is booked.
 */
function safeUpTo(anchor: number, settings: PlausibilitySettings): number {
  const seconds = Math.min(settings.confirmSeconds, SHORT_WAIT_S);
  return Math.max(anchor * SAFE_RISE, (capacity(settings) * seconds) / 3600);
}

/**
 * Whether a fall looks like a register that went on from 0 after its last digit. Digits count Wh; whether in registers of
 * 10 or 100 Wh they count those instead the guide leaves open, so both will do. [MEP p.119]
 */
function isRollover(from: number, to: number, max: number, sample: Sample, settings: PlausibilitySettings): boolean {
  const known = settings.registerDigits === 'auto' ? sample.rolloverDigits : settings.registerDigits;
  const digits = known === undefined ? ROLLOVER_DIGITS : [known];
  const ends = digits.flatMap((n) => [10 ** n / WH_PER_KWH, 10 ** n * sample.count]);
  return ends.some((end) => from < end && to + end - from <= max);
}

/** Whether Home Assistant would take this fall for a new register, and so book the way back whole. */
export function isFarFall(value: number, last: number): boolean {
  return value * SAFE_RISE < last;
}

/** Whether a register goes on where it was, in another unit: `most` is what it can have risen by meanwhile. */
function isInOtherUnit(value: number, last: number, max: number): boolean {
  if (Math.min(last, value) < MIN_UNIT_CHANGE) return false;
  const farthest = Math.min(max, last / 10);
  const rounding = last / 1000;
  const isSame = (same: number): boolean => same >= last - rounding && same <= last + rounding + farthest;
  return UNIT_FACTORS.some((factor) => isSame(value / factor) || isSame(value * factor));
}

/** Whether a register jumps to where it was before a fall that was believed. */
function isBack(value: number, { value: last, former }: KnownRegister): boolean {
  return (
    former !== undefined && isFarFall(last, value) && value >= former && value <= former * SAFE_RISE + MIN_UNIT_CHANGE
  );
}

function checkRegister(
  key: string,
  value: number,
  known: KnownRegister | undefined,
  sample: Sample,
  settings: PlausibilitySettings,
): Finding | undefined {
  const finding = { key, value, last: known?.value ?? null };
  if (known === undefined) return { ...finding, reason: 'first-reading', limit: null };
  const seconds = secondsBetween(known, sample);
  const rise = value - known.value;
  const max = maxEnergy(seconds, sample.count, settings);
  if (isNet(key)) {
    return Math.abs(rise) <= max
      ? undefined
      : { ...finding, reason: 'rose-too-fast', limit: known.value + Math.sign(rise) * max };
  }
  const isPossible = rise >= 0 && rise <= max;
  if (!isPossible && isInOtherUnit(value, known.value, max)) {
    return { ...finding, reason: 'unit-changed', limit: null };
  }
  if (rise < 0) {
    const isEnd = isRollover(known.value, value, max, sample, settings);
    return { ...finding, reason: isEnd ? 'rolled-over' : 'fell', limit: known.value };
  }
  if (!isPossible && isBack(value, known)) return { ...finding, reason: 'came-back', limit: known.value + max };
  if (!isPossible) return { ...finding, reason: 'rose-too-fast', limit: known.value + max };
  const safe = safeUpTo(known.anchor, settings);
  if (value > safe) return { ...finding, reason: 'large-rise', limit: safe };
  const usual = maxEnergy(Math.min(seconds, MAX_PAUSE_S), sample.count, settings);
  if (rise > usual) return { ...finding, reason: 'long-gap', limit: known.value + usual };
  return undefined;
}

/**
 * Zero in the import, where that has counted before or in all there is: a real meter shows that only until it has counted its
 * first Wh. Believed, it would let Home Assistant book the whole register when it comes back.
 */
function isNothingCounted(known: KnownRegisters, { registers }: Sample): boolean {
  if (registers.get('activeEnergyImport') !== 0) return false;
  const hasCounted = (known.get('activeEnergyImport')?.value ?? 0) > 0;
  return hasCounted || [...registers.values()].every((value) => value === 0);
}

/** What in the energy registers of a reading contradicts the last good ones, or cannot be compared with any. */
export function checkRegisters(known: KnownRegisters, sample: Sample, settings: PlausibilitySettings): Finding[] {
  if (isNothingCounted(known, sample)) {
    const key = 'activeEnergyImport';
    return [{ reason: 'nothing-counted', key, value: 0, last: known.get(key)?.value ?? null, limit: null }];
  }
  return [...sample.registers]
    .map(([key, value]) => checkRegister(key, value, known.get(key), sample, settings))
    .filter((finding) => finding !== undefined);
}

/** By how much a register rose since the last good reading, if that is also the last good one of `at`. */
function riseOf(key: string, known: KnownRegisters, sample: Sample, at: number): number | undefined {
  const value = sample.registers.get(key);
  const before = known.get(key);
  return value === undefined || before?.at !== at ? undefined : value - before.value;
}

/** Tariffs divide their total among themselves, so together they cannot rise by more. */
export function checkTiers(known: KnownRegisters, sample: Sample, settings: PlausibilitySettings): Finding[] {
  const findings: Finding[] = [];
  for (const key of sample.registers.keys()) {
    const before = known.get(key);
    if (before === undefined || /^tier\d/.test(key) || isNet(key)) continue;
    const total = riseOf(key, known, sample, before.at);
    const tiers = Array.from({ length: MAX_TIERS }, (_, i) => riseOf(tierKey(i + 1, key), known, sample, before.at));
    const rises = tiers.filter((rise) => rise !== undefined);
    // A fall is a finding of its own and does not count for the other registers.
    if (total === undefined || total < 0 || rises.length === 0 || rises.some((rise) => rise < 0)) continue;
    const sum = rises.reduce((all, rise) => all + rise, 0);
    const limit = total + maxEnergy(0, sample.count * (rises.length + 1), settings);
    if (sum > limit) findings.push({ reason: 'tiers-exceed-total', key, value: sum, last: null, limit });
  }
  return findings;
}

/** A reading that nothing good confirms, and what has confirmed it since; the moment is when the last was read. */
export interface Candidate extends Moment {
  /** The reading from which the confirmations count. */
  readonly base: ReadonlyMap<string, number>;
  readonly last: ReadonlyMap<string, number>;
  /** When the first of all arrived, ms. */
  readonly since: number;
  /** Readings since the base that are no further from it than a single reading may be from a certain one. */
  readonly confirmations: number;
  /** Readings since the first that could at all be of the same meter. */
  readonly followers: number;
  /** Registers that contradict their last good value. */
  readonly contradicted: readonly string[];
  /** The user has confirmed it. */
  readonly isApproved?: true;
}

type Pace = 'apart' | 'brisk' | 'calm';

function paceOf(
  candidate: Candidate,
  key: string,
  value: number,
  sample: Sample,
  settings: PlausibilitySettings,
): Pace {
  const rise = value - (candidate.last.get(key) ?? NaN);
  const seconds = secondsBetween(candidate, sample);
  const usual = maxEnergy(seconds, sample.count, settings);
  const brief = CONFIRMING_PACE * maxEnergy(Math.min(seconds, MAX_PAUSE_S), sample.count, settings);
  if (isNet(key)) return Math.abs(rise) <= usual ? 'calm' : Math.abs(rise) <= brief ? 'brisk' : 'apart';
  if (!(rise >= 0 && rise <= Math.max(usual, brief))) return 'apart';
  return rise <= usual && value <= safeUpTo(candidate.base.get(key) ?? 0, settings) ? 'calm' : 'brisk';
}

/**
 * A candidate with one reading more, or a new one where they do not belong together. The same reading once more, by
 * another wire, confirms nothing.
 */
export function advance(
  candidate: Candidate | undefined,
  sample: Sample,
  contradicted: readonly string[],
  settings: PlausibilitySettings,
): Candidate {
  const { registers, arrivedAt } = sample;
  const moment = momentOf(sample);
  const paces = candidate && [...registers].map(([key, value]) => paceOf(candidate, key, value, sample, settings));
  if (candidate === undefined || paces === undefined || paces.includes('apart')) {
    return {
      ...moment,
      base: registers,
      last: registers,
      since: arrivedAt,
      confirmations: 0,
      followers: 0,
      contradicted,
    };
  }
  if (candidate.at === sample.at) return candidate;
  const followers = candidate.followers + 1;
  const after = { ...candidate, ...moment, last: registers, followers, contradicted };
  return paces.includes('brisk')
    ? { ...after, base: registers, confirmations: 0 }
    : { ...after, confirmations: candidate.confirmations + 1 };
}

/** The registers after a reading that was let through without a finding. */
export function afterGood(
  known: KnownRegisters,
  sample: Sample,
  { confirmations }: PlausibilitySettings,
): KnownRegisters {
  const after = new Map(known);
  const moment = momentOf(sample);
  for (const [key, value] of sample.registers) {
    const before = known.get(key);
    // The same reading once more, by another wire, confirms nothing.
    if (before?.at === sample.at && before.value === value) continue;
    const trail = [...(before?.trail ?? []), value];
    const isCertain = trail.length > confirmations;
    const anchor = (isCertain ? trail[0] : before?.anchor) ?? value;
    const former = before?.former;
    after.set(key, {
      ...moment,
      value,
      anchor,
      trail: isCertain ? trail.slice(1) : trail,
      ...(former !== undefined && former > value && { former }),
    });
  }
  return after;
}

/**
 * The registers after a candidate was believed. One that a single reading confirmed is no certain one yet, except where
 * there is nothing else.
 */
export function afterConfirmed(
  known: KnownRegisters,
  sample: Sample,
  candidate: Candidate,
  settings: PlausibilitySettings,
): KnownRegisters {
  const after = new Map(known);
  const moment = momentOf(sample);
  const isCertain = candidate.confirmations >= settings.confirmations;
  for (const [key, value] of sample.registers) {
    const base = candidate.base.get(key) ?? value;
    const before = known.get(key);
    const anchor = isCertain ? base : Math.min(base, before?.anchor ?? base);
    const former = before !== undefined && isFarFall(value, before.value) ? before.value : before?.former;
    after.set(key, {
      ...moment,
      value,
      anchor,
      trail: [value],
      ...(former !== undefined && former > value && { former }),
    });
  }
  return after;
}

/** The registers after a reading that was held back: what is in doubt confirms nothing. */
export function afterHeld(known: KnownRegisters, sample: Sample): KnownRegisters {
  const after = new Map(known);
  for (const key of sample.registers.keys()) {
    const before = known.get(key);
    if (before !== undefined) after.set(key, { ...before, trail: [] });
  }
  return after;
}
