import { tierKey } from '../keys.js';
import { maxEnergy } from './connection.js';
import type { Finding } from './finding.js';
import { isFarFall, type KnownRegisters } from './registers.js';
import type { Sample } from './sample.js';
import { isNet } from './sample.js';
import type { PlausibilitySettings } from './settings.js';

const TIERS = [1, 2, 3, 4, 5, 6, 7, 8];

const sumOf = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0);

/** Rise of a register since its last good value; undefined where that value is not of the reading at `at`. */
function riseOf(key: string, known: KnownRegisters, sample: Sample, at: number): number | undefined {
  const value = sample.registers.get(key);
  const before = known.get(key);
  return value === undefined || before?.at !== at ? undefined : value - before.value;
}

/** Findings on tariffs: they are parts of their total, so together they cannot rise by more than it does. */
export function checkTiers(known: KnownRegisters, sample: Sample, settings: PlausibilitySettings): Finding[] {
  const findings: Finding[] = [];
  for (const key of sample.registers.keys()) {
    const before = known.get(key);
    if (before === undefined || /^tier\d/.test(key) || isNet(key)) continue;
    const total = riseOf(key, known, sample, before.at);
    const rises = TIERS.map((tier) => riseOf(tierKey(tier, key), known, sample, before.at)).filter(
      (rise) => rise !== undefined,
    );
    // A fall is a finding of its own and does not count for the other registers.
    if (total === undefined || total < 0 || rises.length === 0 || rises.some((rise) => rise < 0)) continue;
    const sum = sumOf(rises);
    const limit = total + maxEnergy(0, sample.count * (rises.length + 1), settings);
    if (sum > limit) findings.push({ reason: 'tiers-exceed-total', key, value: sum, last: null, limit });
  }
  return findings;
}

/** Keys of those tariffs of a register that the reading has and that have a good value. */
function commonTiers(key: string, known: KnownRegisters, { registers }: Sample): string[] {
  return TIERS.map((tier) => tierKey(tier, key)).filter((tier) => known.has(tier) && registers.has(tier));
}

/**
 * The finding that a total fell far below the sum of its tariffs, where it was at least their sum before. A meter that was
 * reset or exchanged never shows this, because its tariffs fall too.
 * @param fall the finding on the total by itself
 */
export function checkFall(fall: Finding, known: KnownRegisters, sample: Sample): Finding | undefined {
  const { reason, key, value, last } = fall;
  if (reason !== 'fell' || value === null || last === null || !isFarFall(value, last)) return undefined;
  const tiers = commonTiers(key, known, sample);
  if (tiers.length === 0) return undefined;
  const before = sumOf(tiers.map((tier) => known.get(tier)?.value ?? 0));
  const sum = sumOf(tiers.map((tier) => sample.registers.get(tier) ?? 0));
  const rounding = sample.count * (tiers.length + 1);
  const isBelow = last + rounding >= before && value + rounding < sum;
  return isBelow ? { ...fall, reason: 'below-tiers', limit: sum } : undefined;
}
