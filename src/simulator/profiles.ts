/** The meters that can be simulated: the differences between the generations. */
import { PRINTED_PRESENT_VALUE_SOURCES, PRINTED_SUMMATION_SOURCES, type TableValues } from '../tables/index.js';

export const PROFILES = ['gen2', 'gen3', 'gen4'] as const;
export type ProfileName = (typeof PROFILES)[number];

/** Configuration of the registers; it can be changed while the meter runs. */
export interface RegisterSetup {
  /** 11, 15 or 19. */
  readonly numberOfSummations: number;
  readonly numberOfTiers: number;
  /** 22, 26, 41, 55, 72, 75 or 84. */
  readonly numberOfPresentValues: number;
  /** 0 to 8; each with a present demand, a peak and two coincident values. */
  readonly numberOfDemands: number;
  /** Wh in one step of an energy register: 1, 10 or 100. */
  readonly energyRegisterUnit: number;
  readonly ctRatio: number;
  readonly vtRatio: number;
  /** Decimal digits after which registers roll over: 5 to 9. */
  readonly rolloverDigits: number;
  /** By how many places the sources of BT22 and BT27 are rotated from the guide's order. */
  readonly rotation: number;
}

/** The fixed properties of a meter. */
export interface MeterProfile {
  readonly manufacturer: string;
  readonly model: string;
  /** x.yy.zz */
  readonly hardware: readonly [major: number, minor: number, build: number];
  /** x.yy.zz */
  readonly firmware: readonly [major: number, minor: number, build: number];
  /** True if BT23 can be read with a full read (30); Gen 4 meters refuse it. */
  readonly takesFullReadOfBT23: boolean;
  readonly setup: RegisterSetup;
}

const COMMON_SETUP = {
  numberOfDemands: 0,
  energyRegisterUnit: 1,
  ctRatio: 1,
  vtRatio: 1,
  rolloverDigits: 9,
  rotation: 0,
};

/** A common meter of each generation. */
export const METER_PROFILES: Readonly<Record<ProfileName, MeterProfile>> = {
  gen2: {
    manufacturer: 'ELON',
    model: '83331-1I',
    hardware: [2, 0, 1],
    firmware: [2, 10, 3],
    takesFullReadOfBT23: true,
    setup: { ...COMMON_SETUP, numberOfSummations: 11, numberOfTiers: 4, numberOfPresentValues: 22 },
  },
  gen3: {
    manufacturer: 'NES',
    model: '83334-3I',
    hardware: [3, 69, 1],
    firmware: [3, 72, 14],
    takesFullReadOfBT23: true,
    setup: { ...COMMON_SETUP, numberOfSummations: 11, numberOfTiers: 4, numberOfPresentValues: 55 },
  },
  gen4: {
    manufacturer: 'NES',
    model: '83334-4I',
    hardware: [4, 10, 1],
    firmware: [4, 31, 2],
    takesFullReadOfBT23: false,
    setup: { ...COMMON_SETUP, numberOfSummations: 19, numberOfTiers: 8, numberOfPresentValues: 84 },
  },
};

const DEMAND_SOURCES = [8, 9, 10, 11, 20, 185, 186, 187];
const COINCIDENT_SOURCES = [20, 15];
const MAX_DEMANDS = DEMAND_SOURCES.length;

/** Values of BT21 under a setup; BT20 is the same with `isMaximum`, the limits of the firmware. [MEP p.201-202] */
export function registerDimensions(setup: RegisterSetup, isMaximum = false): TableValues {
  const demands = isMaximum ? MAX_DEMANDS : setup.numberOfDemands;
  return {
    seasonInformationField: true,
    dateTimeField: true,
    demandResetCounter: demands > 0,
    demandResetLock: false,
    cumulativeDemand: demands > 0,
    continuousCumulativeDemand: false,
    timeRemaining: demands > 0,
    selfReadInhibitOverflow: false,
    selfReadSequenceNumber: false,
    dailySelfRead: true,
    weeklySelfRead: true,
    selfReadDemandReset: 0,
    numberOfSelfReads: isMaximum ? 15 : 12,
    numberOfSummations: setup.numberOfSummations,
    numberOfDemands: demands,
    numberOfCoincidentValues: COINCIDENT_SOURCES.length * demands,
    numberOfOccurrences: demands > 0 ? 1 : 0,
    numberOfTiers: setup.numberOfTiers,
    numberOfPresentDemands: demands,
    numberOfPresentValues: setup.numberOfPresentValues,
  };
}

/** Values of BT22 under a setup. */
export function dataSelection(setup: RegisterSetup): TableValues {
  const demandSelect = DEMAND_SOURCES.slice(0, setup.numberOfDemands);
  return {
    summationSources: rotated(PRINTED_SUMMATION_SOURCES.slice(0, setup.numberOfSummations), setup),
    demandSelect,
    minMaxFlags: demandSelect.map((_, index) => index),
    coincidentSelect: demandSelect.flatMap(() => COINCIDENT_SOURCES),
    coincidentDemandAssociated: demandSelect.flatMap((_, index) => COINCIDENT_SOURCES.map(() => index)),
  };
}

/** Values of BT27 under a setup. */
export function presentSelection(setup: RegisterSetup): TableValues {
  return {
    presentDemandSources: DEMAND_SOURCES.slice(0, setup.numberOfDemands),
    presentValueSources: rotated(PRINTED_PRESENT_VALUE_SOURCES.slice(0, setup.numberOfPresentValues), setup),
  };
}

function rotated(sources: readonly number[], { rotation }: RegisterSetup): number[] {
  const first = sources.length === 0 ? 0 : rotation % sources.length;
  return [...sources.slice(first), ...sources.slice(0, first)];
}

/** Demand sources of a setup, with their coincident sources. */
export function demandSourcesOf(setup: RegisterSetup): number[] {
  return setup.numberOfDemands === 0 ? [] : [...DEMAND_SOURCES.slice(0, setup.numberOfDemands), ...COINCIDENT_SOURCES];
}

/** The demand source of the coincident value at this index. */
export function demandOfCoincident(index: number): number | undefined {
  return DEMAND_SOURCES[Math.floor(index / COINCIDENT_SOURCES.length)];
}
