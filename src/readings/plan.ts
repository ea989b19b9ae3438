import { DecodeError } from '../errors.js';
import type { Dimensions, QuantityName, RegisterPlace, Source, TableName } from '../tables/index.js';
import {
  findSource,
  findSummationSource,
  IN_ENERGY_REGISTER_UNITS,
  isAtLeast,
  isKnownSource,
  QUANTITIES,
} from '../tables/index.js';
import { isPopulatedInTiers, payloadKeys, tierKey, tierObis } from './keys.js';
import { labelOf } from './labels.js';
import type { Payload } from './reading.js';
import { isReadingTable } from './reading.js';

/** A register's place and all its properties that are the same in every reading. */
export interface Step {
  readonly place: RegisterPlace;
  readonly name: string;
  readonly key: string;
  readonly unit: string | null;
  readonly obis: string | null;
  readonly multiplier: number;
  readonly divisor: number;
  /** False for registers that the meter does not fill. */
  readonly isPopulated: boolean;
  readonly isInPayload: boolean;
}

export interface Plan {
  readonly steps: readonly Step[];
  /** The table's flat payload with null for every key; empty for a table without a payload. */
  readonly empty: Payload;
}

/** Counting units of registers that differ between meters. */
interface Counts {
  /** Wh or varh of one count of an energy register. */
  readonly energy: number;
  /** Seconds of one count of the register of power outages. */
  readonly outage: number;
}

const SINGLE_COUNTS: Counts = { energy: 1, outage: 1 };

const plans = new WeakMap<readonly RegisterPlace[], Map<string, Plan>>();

/**
 * The plan by which the registers of a table become values. It is cached by layout, which is itself cached by
 * dimensions.
 * @throws DecodeError `value-out-of-range` for an energy register unit that no meter has.
 */
export function planOf(table: TableName, places: readonly RegisterPlace[], dims: Dimensions): Plan {
  // Only summations use these units, so a wrong unit must not block other tables.
  const counts = places.some((place) => place.role === 'summation') ? countsOf(dims) : SINGLE_COUNTS;
  const name = `${counts.energy} Wh, ${counts.outage} s`;
  let known = plans.get(places);
  if (known === undefined) plans.set(places, (known = new Map<string, Plan>()));
  let plan = known.get(name);
  if (plan === undefined) known.set(name, (plan = makePlan(table, places, dims, counts)));
  return plan;
}

function makePlan(table: TableName, places: readonly RegisterPlace[], dims: Dimensions, counts: Counts): Plan {
  const fixed = new Set(isReadingTable(table) ? payloadKeys(table) : []);
  const steps = places.map((place) => stepOf(place, dims, counts, fixed));
  const keys = new Set([...fixed, ...steps.filter((step) => step.isInPayload).map((step) => step.key)]);
  // An object from JSON.parse has a fixed shape, which makes its copies fast.
  const empty = JSON.parse(JSON.stringify(Object.fromEntries([...keys].map((key) => [key, null])))) as Payload;
  return { steps, empty };
}

const countsOf = (dims: Dimensions): Counts => ({ energy: energyRegisterUnit(dims), outage: outageUnit(dims) });

const POWER_OUTAGE_DURATION = 4;
const SECONDS_PER_MINUTE = 60;

/** Seconds of one count: firmware 2.0 counts power outages in minutes, later firmware in seconds. [OPT p.25] */
function outageUnit(dims: Dimensions): number {
  const bt01 = dims['BT01'] ?? {};
  return bt01['firmwareMajor'] === 2 && !isAtLeast(bt01, '2.10') ? SECONDS_PER_MINUTE : 1;
}

/**
 * Wh or varh of one count of an energy register: 1, 10 or 100. Meters without the setting have 0, meaning 1.
 * [MEP p.158]
 */
export function energyRegisterUnit(dims: Dimensions): number {
  const unit = dims['ET55']?.['energyRegisterUnit'] ?? 1;
  if (unit === 0) return 1;
  if (unit === 1 || unit === 10 || unit === 100) return unit;
  throw new DecodeError('value-out-of-range', `ET55 energyRegisterUnit is ${JSON.stringify(unit)}, not 1, 10 or 100`, {
    values: { table: 'ET55', field: 'energyRegisterUnit' },
  });
}

function stepOf(place: RegisterPlace, dims: Dimensions, counts: Counts, fixed: ReadonlySet<string>): Step {
  switch (place.role) {
    case 'summation':
      return summationStep(place, counts);
    case 'presentValue': {
      const source = place.source === null ? null : findSource(place.source);
      return valueStep(place, source);
    }
    case 'demandResets':
      return { ...plainStep(place, 'demandResets', 'Nbr Demand Resets'), isInPayload: true };
    default:
      return demandStep(place, dims, fixed);
  }
}

function plainStep(place: RegisterPlace, key: string, name: string): Step {
  return {
    place,
    name,
    key,
    unit: null,
    obis: null,
    multiplier: 1,
    divisor: 1,
    isPopulated: true,
    isInPayload: false,
  };
}

function valueStep(place: RegisterPlace, source: Source | null): Step {
  if (source === null) return plainStep(place, `${place.role}${place.index + 1}`, 'Unnamed');
  const { name, key, unit, obis, multiplier, divisor } = source;
  return { ...plainStep(place, key, name), unit, obis, multiplier, divisor, isInPayload: isKnownSource(source) };
}

function summationStep(place: RegisterPlace, counts: Counts): Step {
  const source = place.source === null ? null : findSummationSource(place.source);
  const step = valueStep(place, source);
  const isInUnits = source !== null && IN_ENERGY_REGISTER_UNITS.includes(source.quantity);
  // The guide does not specify whether apparent energy uses this unit too: no value is better than a wrong one.
  const isKnown = counts.energy === 1 || source?.quantity !== 'apparentEnergy';
  const total = {
    ...step,
    ...(isInUnits && { multiplier: step.multiplier * counts.energy }),
    ...(source?.id === POWER_OUTAGE_DURATION && { multiplier: step.multiplier * counts.outage }),
    ...(!isKnown && { isPopulated: false, isInPayload: false }),
  };
  const { tier } = place;
  if (tier === null) return total;
  const isPopulated = total.isPopulated && isPopulatedInTiers(total.key);
  return {
    ...total,
    name: `T${tier - 1} ${total.name}`,
    key: tierKey(tier, total.key),
    obis: tierObis(tier, total.obis),
    isPopulated,
    isInPayload: total.isInPayload && isPopulated,
  };
}

/** Units of demands of a power. The guide gives none for demands of an energy. */
const DEMAND_UNITS: Partial<Record<QuantityName, string | null>> = {
  activePower: QUANTITIES.activePower.unit,
  reactivePower: QUANTITIES.reactivePower.unit,
  apparentPower: QUANTITIES.apparentPower.unit,
};
/** Quantities whose demands have no known unit. */
const ENERGIES: ReadonlySet<QuantityName> = new Set(['activeEnergy', 'netEnergy', 'reactiveEnergy', 'apparentEnergy']);

/** Group D of the OBIS code of a demand: cumulative maximum, maximum, current average. */
const DEMAND_OBIS: Partial<Record<RegisterPlace['role'], number>> = {
  cumulativeDemand: 2,
  demand: 6,
  presentDemand: 4,
};

function demandStep(place: RegisterPlace, dims: Dimensions, fixed: ReadonlySet<string>): Step {
  const { role, index, tier, source: id } = place;
  const source = id === null ? null : findSource(id);
  const occurrence = /\[(\d+)\]$/.exec(place.path)?.[1] ?? '0';
  const repeated = role === 'demand' || role === 'coincident' ? Number(occurrence) : 0;
  const base = `${role}${index + 1}${repeated > 0 ? `Occurrence${repeated + 1}` : ''}`;
  const key = tier === null ? base : tierKey(tier, base);
  // The flags belong to the demands of BT22; BT27 alone does not identify the demand that a present demand belongs to.
  const isMaximum = role === 'presentDemand' || isMaximumDemand(index, dims);
  const kind = role === 'demand' ? (isMaximum ? 'Max demand' : 'Min demand') : labelOf(role);
  const of = source === null ? '' : ` ${source.name}`;
  return {
    ...plainStep(place, key, `${tier === null ? '' : `T${tier - 1} `}${kind}${of}`),
    ...(role === 'coincident' ? coincidentScale(source) : { unit: demandUnit(source) }),
    obis: isMaximum && demandUnit(source) !== null ? demandObis(role, source, tier) : null,
    isInPayload: fixed.has(key),
  };
}

const demandUnit = (source: Source | null): string | null =>
  source === null ? null : (DEMAND_UNITS[source.quantity] ?? null);

function coincidentScale(source: Source | null): Pick<Step, 'unit' | 'multiplier' | 'divisor'> {
  const power = demandUnit(source);
  if (source === null || power !== null || ENERGIES.has(source.quantity)) {
    return { unit: power, multiplier: 1, divisor: 1 };
  }
  return { unit: source.unit, multiplier: source.multiplier, divisor: source.divisor };
}

function isMaximumDemand(index: number, dims: Dimensions): boolean {
  const flags = dims['BT22']?.['minMaxFlags'];
  return !Array.isArray(flags) || flags.includes(index);
}

function demandObis(role: RegisterPlace['role'], source: Source | null, tier: number | null): string | null {
  const quantity = /^1-0:(\d+)\.[78]\.0$/.exec(source?.obis ?? '')?.[1];
  const group = DEMAND_OBIS[role];
  return quantity === undefined || group === undefined ? null : `1-0:${quantity}.${group}.${tier ?? 0}`;
}
