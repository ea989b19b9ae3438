/** Present values by source id, as the integers of BT28. */
import { quadrantOf } from './energy-registers.js';
import type { HouseholdState, PhaseState } from './household.js';

/** Averages over the last complete interval. */
export interface Averages {
  readonly active: readonly [number, number, number];
  readonly voltage: readonly [number, number, number];
  readonly current: readonly [number, number, number];
}

/** The averages of a meter that has just started: the present values. */
export function averagesOf(state: HouseholdState): Averages {
  const [a, b, c] = state.phases;
  return {
    active: [a.active, b.active, c.active],
    voltage: [a.voltage, b.voltage, c.voltage],
    current: [a.current, b.current, c.current],
  };
}

type Value = (state: HouseholdState, averages: Averages, ratio: number) => number;
type OfPhase = (phase: PhaseState, averages: Averages, place: 0 | 1 | 2, ratio: number) => number;

const VALUES = new Map<number, Value>();

/** Three sources, one for each phase: consecutive ids, unless given. */
function perPhase(first: number, value: OfPhase, sources: readonly number[] = [first, first + 1, first + 2]): void {
  for (const place of [0, 1, 2] as const) {
    VALUES.set(sources[place] ?? first, (state, averages, ratio) => value(state.phases[place], averages, place, ratio));
  }
}

/** Four sources, one for each quadrant: the present quadrant holds the value, the others 0. */
function perQuadrant(
  first: number,
  of: (state: HouseholdState) => PhaseState | HouseholdState,
  what: 'reactive' | 'apparent',
): void {
  for (const quadrant of [0, 1, 2, 3]) {
    VALUES.set(first + quadrant, (state) => {
      const flow = of(state);
      return quadrantOf(flow.active, flow.reactive) === quadrant ? Math.abs(flow[what]) : 0;
    });
  }
}

const taken = (power: number): number => Math.max(0, power);
const given = (power: number): number => Math.max(0, -power);
/** In 1/1000, with the sign of the active power; 1 without load. */
const share = (part: number, whole: number): number => (whole === 0 ? 1000 : Math.round((1000 * part) / whole));
const sum = (values: readonly [number, number, number]): number => values[0] + values[1] + values[2];

VALUES.set(8, ({ active }) => taken(active));
VALUES.set(9, ({ active }) => given(active));
VALUES.set(10, ({ reactive }) => taken(reactive));
VALUES.set(11, ({ reactive }) => given(reactive));
perPhase(12, ({ current }) => current);
perPhase(15, ({ voltage }) => voltage);
perPhase(18, ({ active, apparent }) => share(active, apparent), [18, 21, 22]);
VALUES.set(19, ({ frequency }) => frequency);
VALUES.set(20, ({ apparent }) => apparent);
perPhase(23, ({ reactive, apparent }) => (apparent === 0 ? 0 : share(reactive, apparent)));
VALUES.set(81, ({ active }, _, ratio) => taken(active) * ratio);
VALUES.set(82, ({ active }, _, ratio) => given(active) * ratio);
VALUES.set(83, ({ reactive }, _, ratio) => taken(reactive) * ratio);
VALUES.set(84, ({ reactive }, _, ratio) => given(reactive) * ratio);
perQuadrant(104, (state) => state, 'reactive');
perPhase(185, ({ active }) => taken(active));
perPhase(188, ({ active }) => given(active));
perPhase(191, ({ active }, _, __, ratio) => taken(active) * ratio);
perPhase(194, ({ active }, _, __, ratio) => given(active) * ratio);
perPhase(197, ({ current }, _, __, ratio) => current * ratio);
perPhase(202, ({ voltage }) => voltage);
perPhase(205, (_, { voltage }, place) => voltage[place]);
VALUES.set(208, (_, { active }) => taken(sum(active)));
VALUES.set(209, (_, { active }) => given(sum(active)));
perPhase(210, (_, { active }, place) => taken(active[place]));
perPhase(213, (_, { active }, place) => given(active[place]));
perQuadrant(216, (state) => state, 'apparent');
perQuadrant(220, ({ phases }) => phases[0], 'apparent');
perQuadrant(224, ({ phases }) => phases[1], 'apparent');
perQuadrant(228, ({ phases }) => phases[2], 'apparent');
VALUES.set(232, neutralCurrent);
perPhase(233, (_, { current }, place) => current[place]);
for (const source of [236, 237, 238]) VALUES.set(source, () => 12_000);
perPhase(239, ({ reactive }) => taken(reactive));
perPhase(242, ({ reactive }) => given(reactive));

/** mA: vector sum of the three currents, 120 degrees apart. */
function neutralCurrent({ phases }: HouseholdState): number {
  let real = 0;
  let imaginary = 0;
  for (const [place, { active, reactive, current }] of phases.entries()) {
    const angle = (-2 * Math.PI * place) / 3 - Math.atan2(reactive, active);
    real += current * Math.cos(angle);
    imaginary += current * Math.sin(angle);
  }
  return Math.round(Math.hypot(real, imaginary));
}

/**
 * A present value by source id, in the meter's units (W, var, VA, mV, mA, mHz, 1/1000). [MEP p.204-207, p.216-220]
 * @param ratio CT ratio times VT ratio, for the sources after the transformers.
 * @returns undefined for a source that this meter does not have as a present value
 */
export function presentValue(
  source: number,
  state: HouseholdState,
  averages: Averages,
  ratio: number,
): number | undefined {
  return VALUES.get(source)?.(state, averages, ratio);
}
