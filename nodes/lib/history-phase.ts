import { createHash } from 'node:crypto';

const SECOND_MS = 1_000;
/** A meter closes its interval within seconds; one that collects data of other devices takes a little longer. */
const MIN_DELAY_S = 20;
const MAX_SPREAD_S = 280;
/** Intervals that are shorter than this are not aligned to the clock. */
const MIN_ALIGNED_S = 120;

/** Second of the interval at which each node looks, by interval and second. */
const taken = new Map<string, string>();
/** When the next first look may begin, ms since 1970. */
let nextStart = 0;

/**
 * A second within an interval at which one node looks and no other: stable for its id, and the next free one where
 * another node has it.
 * @returns seconds from the begin of each interval, and a function that gives the second back
 */
export function claimPhase(id: string, intervalS: number): { readonly phaseS: number; readonly release: () => void } {
  if (intervalS < MIN_ALIGNED_S) return { phaseS: 0, release: () => undefined };
  const spread = Math.min(MAX_SPREAD_S, Math.floor(intervalS) - MIN_DELAY_S);
  const wanted = createHash('sha256').update(id).digest().readUInt32BE(0) % spread;
  for (let step = 0; step < spread; step++) {
    const phaseS = MIN_DELAY_S + ((wanted + step) % spread);
    const key = `${intervalS} ${phaseS}`;
    if (taken.has(key) && taken.get(key) !== id) continue;
    taken.set(key, id);
    return { phaseS, release: () => taken.delete(key) };
  }
  return { phaseS: MIN_DELAY_S + wanted, release: () => undefined };
}

/**
 * ms until the next look.
 * @param nowMs ms since 1970
 */
export function untilNextLook(nowMs: number, intervalS: number, phaseS: number): number {
  const interval = intervalS * SECOND_MS;
  if (intervalS < MIN_ALIGNED_S) return interval;
  const rest = (nowMs - phaseS * SECOND_MS) % interval;
  return interval - rest;
}

/** ms until a first look may begin: the nodes of one deploy begin one second after another. */
export function untilFirstLook(nowMs: number): number {
  // The clock may have been set back.
  const isUsable = nextStart - nowMs < MAX_SPREAD_S * SECOND_MS;
  const start = Math.max(nowMs, isUsable ? nextStart : 0);
  nextStart = start + SECOND_MS;
  return start - nowMs;
}
