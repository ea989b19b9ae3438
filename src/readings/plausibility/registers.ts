import { capacity, MAX_PAUSE_S, type Moment, momentOf, maxEnergy, secondsBetween } from './connection.js';
import type { Finding } from './finding.js';
import type { Sample } from './sample.js';
import { isNet } from './sample.js';
import type { PlausibilitySettings } from './settings.js';
import { ROLLOVER_DIGITS, SHORT_WAIT_S } from './settings.js';

/** The state of an energy register. */
export interface KnownRegister extends Moment {
  /** The last good value, kWh; the moment is that of its reading. */
  readonly value: number;
  /** The last certain value: `confirmations` later readings in a row have confirmed it. */
  readonly anchor: number;
  /** Good values since the anchor, the oldest first, until `confirmations` later ones make the oldest the anchor. */
  readonly trail: readonly number[];
  /** The value before a large fall that was accepted. A return to it would be booked as energy in full. */
  readonly former?: number;
}
export type KnownRegisters = ReadonlyMap<string, KnownRegister>;

/**
 * Home Assistant takes a fall below nine tenths for a new meter and books the whole register; a smaller fall subtracts
 * the excess. So a single reading may raise a register to at most ten ninths of its last certain value.
 */
const SAFE_RISE = 10 / 9;
/** Energy registers count in 1, 10 or 100 Wh, and some programs confuse Wh and kWh. [MEP p.158] */
const UNIT_FACTORS = [10, 100, 1000];
/** kWh: smaller registers may reach ten times their value, or a tenth of it, by chance. */
const MIN_UNIT_CHANGE = 100;
/**
 * Readings confirm each other if they rise by up to this multiple of the allowed rate: the fuse may be set too small.
 */
const CONFIRMING_PACE = 10;
const WH_PER_KWH = 1000;

/**
 * Highest value to which a single reading may raise a register whose last certain value is `anchor`. Small registers
 * are not limited: the connection can carry as much within the time that a fall takes to be confirmed.
 */
function safeUpTo(anchor: number, settings: PlausibilitySettings): number {
  const seconds = Math.min(settings.confirmSeconds, SHORT_WAIT_S);
  return Math.max(anchor * SAFE_RISE, (capacity(settings) * seconds) / 3600);
}

/**
 * Whether a fall is explained by a rollover. The guide leaves open whether the digits of registers in 10 or 100 Wh
 * count Wh or register counts, so both are accepted. [MEP p.119]
 */
function isRollover(from: number, to: number, max: number, sample: Sample, settings: PlausibilitySettings): boolean {
  const known = settings.registerDigits === 'auto' ? sample.rolloverDigits : settings.registerDigits;
  const digits = known === undefined ? ROLLOVER_DIGITS : [known];
  const ends = digits.flatMap((n) => [10 ** n / WH_PER_KWH, 10 ** n * sample.count]);
  return ends.some((end) => from < end && to + end - from <= max);
}

/** Whether Home Assistant would take this fall for a new meter and book the whole register when it returns. */
export function isFarFall(value: number, last: number): boolean {
  return value * SAFE_RISE < last;
}

/** Whether a register continues from its last value in another unit; `max` is its largest possible rise meanwhile. */
function isInOtherUnit(value: number, last: number, max: number): boolean {
  if (Math.min(last, value) < MIN_UNIT_CHANGE) return false;
  const farthest = Math.min(max, last / 10);
  const rounding = last / 1000;
  const isSame = (same: number): boolean => same >= last - rounding && same <= last + rounding + farthest;
  return UNIT_FACTORS.some((factor) => isSame(value / factor) || isSame(value * factor));
}

/** Whether a register returns to its value before a fall that was accepted. */
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
 * Whether the import is zero although it has counted before, or all registers are zero: a meter shows that only until
 * its first Wh. If it were accepted, Home Assistant would book the whole register when it returns.
 */
function isNothingCounted(known: KnownRegisters, { registers }: Sample): boolean {
  if (registers.get('activeEnergyImport') !== 0) return false;
  const hasCounted = (known.get('activeEnergyImport')?.value ?? 0) > 0;
  return hasCounted || [...registers.values()].every((value) => value === 0);
}

/** Findings on energy registers that contradict their last good values, or have none to compare with. */
export function checkRegisters(known: KnownRegisters, sample: Sample, settings: PlausibilitySettings): Finding[] {
  if (isNothingCounted(known, sample)) {
    const key = 'activeEnergyImport';
    return [{ reason: 'nothing-counted', key, value: 0, last: known.get(key)?.value ?? null, limit: null }];
  }
  return [...sample.registers]
    .map(([key, value]) => checkRegister(key, value, known.get(key), sample, settings))
    .filter((finding) => finding !== undefined);
}

/** A reading that contradicts the good ones, and its confirmations; the moment is that of the last of them. */
export interface Candidate extends Moment {
  /** The reading from which the confirmations count. */
  readonly base: ReadonlyMap<string, number>;
  readonly last: ReadonlyMap<string, number>;
  /** The first of these readings. */
  readonly first: ReadonlyMap<string, number>;
  /** The newest readings, the oldest first: one more than the set confirmations. */
  readonly trail: readonly ReadonlyMap<string, number>[];
  /** Arrival of the first of these readings, ms of the monotonic clock. */
  readonly since: number;
  /** Readings since the base whose distance from it is allowed for a single reading. */
  readonly confirmations: number;
  /** Readings since the first that may be of the same meter. */
  readonly followers: number;
  /** Registers that contradict their last good value. */
  readonly contradicted: readonly string[];
  /** Set where the user has confirmed it. */
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
 * A candidate with one more reading, or a new candidate where the reading does not continue it. A duplicate of the same
 * reading, as from a second wire of a flow, confirms nothing.
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
      first: registers,
      trail: [registers],
      since: arrivedAt,
      confirmations: 0,
      followers: 0,
      contradicted,
    };
  }
  if (candidate.at === sample.at) return candidate;
  const followers = candidate.followers + 1;
  const trail = [...candidate.trail, registers].slice(-1 - settings.confirmations);
  const after = { ...candidate, ...moment, last: registers, trail, followers, contradicted };
  return paces.includes('brisk')
    ? { ...after, base: registers, confirmations: 0 }
    : { ...after, confirmations: candidate.confirmations + 1 };
}

/**
 * Whether every register is so little above the oldest reading of the candidate's trail that Home Assistant would take a
 * fall back to it as a correction: all readings after that one may be wrong.
 */
export function isSafeRise({ trail }: Candidate, { registers }: Sample, settings: PlausibilitySettings): boolean {
  const oldest = trail[0];
  return [...registers].every(([key, value]) => isNet(key) || value <= safeUpTo(oldest?.get(key) ?? 0, settings));
}

/** A house in use keeps counting these. Export, reactive energy and tariffs may be constant for hours. */
const ALWAYS_COUNTING: ReadonlySet<string> = new Set(['activeEnergyImport', 'activeEnergyTotal']);

/**
 * Whether an import far from its last good value has stayed constant since the candidate began: a meter that was reset or
 * exchanged counts, a value that is stuck does not.
 */
export function isStuck({ first }: Candidate, { registers }: Sample, findings: readonly Finding[]): boolean {
  return findings.some(({ reason, key, value, last }) => {
    if (!ALWAYS_COUNTING.has(key) || (reason !== 'fell' && reason !== 'rose-too-fast')) return false;
    const isFar = isFarFall(value ?? 0, last ?? 0) || isFarFall(last ?? 0, value ?? 0);
    return isFar && registers.get(key) === first.get(key);
  });
}

/** The registers after a reading that was accepted without a finding. */
export function afterGood(
  known: KnownRegisters,
  sample: Sample,
  { confirmations }: PlausibilitySettings,
): KnownRegisters {
  const after = new Map(known);
  const moment = momentOf(sample);
  for (const [key, value] of sample.registers) {
    const before = known.get(key);
    // A duplicate of the same reading confirms nothing.
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
 * The registers after a candidate was accepted. A value that only a single reading confirmed is not yet certain, except
 * where there is no other.
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

/** The registers after a reading that was held back, which confirms none of them. */
export function afterHeld(known: KnownRegisters, sample: Sample): KnownRegisters {
  const after = new Map(known);
  for (const key of sample.registers.keys()) {
    const before = known.get(key);
    if (before !== undefined) after.set(key, { ...before, trail: [] });
  }
  return after;
}
