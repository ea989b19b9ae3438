import type { LoadProfile } from './load-profile.js';

/** Quality of an interval's values: the first that applies. */
export type Quality = 'untrusted' | 'long' | 'partial' | 'clock-set' | 'power-fail' | 'ok';

/** Events in an interval. */
export type IntervalFlag = 'daylight-saving' | 'power-fail' | 'clock-forward' | 'clock-back';

/** Common bits of the extended status, from bit 0 on. [MEP p.240] */
const FLAGS: readonly IntervalFlag[] = ['daylight-saving', 'power-fail', 'clock-forward', 'clock-back'];
/** Statuses of a channel without a valid value. [MEP p.240-241] */
const WITHOUT_VALUE: ReadonlySet<number> = new Set([1, 4, 5, 8, 10, 11, 12, 15]);
const PARTIAL = 2;
const LONG = 3;
const CLOCK_ERROR = 9;

export function flagsOf(common: number): IntervalFlag[] {
  return common === 0 ? [] : FLAGS.filter((_, bit) => (common & (1 << bit)) !== 0);
}

export function forbidsValue(status: number): boolean {
  return WITHOUT_VALUE.has(status);
}

/**
 * The quality of an interval by the meter's own channels: an M-Bus device that is read every hour has no value in three
 * of four quarters.
 * @param statuses of each channel
 * @param isTrusted whether every own channel has its value
 */
export function qualityOf(
  statuses: readonly number[],
  flags: readonly IntervalFlag[],
  { channels }: LoadProfile,
  isTrusted: boolean,
): Quality {
  if (!isTrusted) return 'untrusted';
  const has = (status: number): boolean => channels.some(({ isOwn, channel }) => isOwn && statuses[channel] === status);
  if (has(LONG)) return 'long';
  if (has(PARTIAL)) return 'partial';
  if (flags.includes('clock-forward') || flags.includes('clock-back') || has(CLOCK_ERROR)) return 'clock-set';
  return flags.includes('power-fail') ? 'power-fail' : 'ok';
}
