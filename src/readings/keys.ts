import type { QuantityKind, QuantityName, Source } from '../tables/index.js';
import {
  APPARENT_ENERGY_SOURCES,
  findSource,
  findSummationSource,
  isKnownSource,
  PRINTED_PRESENT_VALUE_SOURCES,
  PRINTED_SUMMATION_SOURCES,
  QUANTITIES,
  SOURCES,
} from '../tables/index.js';
import { labelOf } from './labels.js';
import type { ReadingTable } from './reading.js';

/** The meaning of a payload key. */
export interface KeyDescription {
  readonly key: string;
  readonly label: string;
  readonly unit: string | null;
  readonly quantity: QuantityName;
  readonly kind: QuantityKind | null;
  /** Decimals of the meter's own number. */
  readonly decimals: number;
  readonly obis: string | null;
}

const MAX_TIERS = 8;
const MAX_DEMANDS = 8;
const oneTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

/** Registers that a tier's block has bytes for, but that the meter does not fill. [MEP p.208-209] */
const NOT_POPULATED_IN_TIERS: readonly string[] = [
  'powerOutageDuration',
  'powerOutages',
  'pulseInput1',
  'pulseInput2',
  'errorCounter',
];

/** Whether the meter fills a register of this key within a tier. */
export const isPopulatedInTiers = (key: string): boolean => !NOT_POPULATED_IN_TIERS.includes(key);

/** `activeEnergyImport` of tier 1 -> `tier1ActiveEnergyImport`. */
export const tierKey = (tier: number, key: string): string =>
  `tier${tier}${key.charAt(0).toUpperCase()}${key.slice(1)}`;

/** OBIS code of a tier, whose number is the last group: `1-0:1.8.0` of tier 2 -> `1-0:1.8.2`. */
export const tierObis = (tier: number, obis: string | null): string | null =>
  obis?.startsWith('1-0:') && obis.endsWith('.8.0') ? `${obis.slice(0, -1)}${tier}` : null;

/** Calculated values: import minus export, of the sum and of each phase, before and after the transformer ratios. */
export const NET_POWERS: readonly { key: string; plus: string; minus: string; obis: string | null }[] = [
  { key: 'activePower', plus: 'activePowerImport', minus: 'activePowerExport', obis: '1-0:16.7.0' },
  ...[1, 2, 3].map((phase) => ({
    key: `activePowerL${phase}`,
    plus: `activePowerImportL${phase}`,
    minus: `activePowerExportL${phase}`,
    obis: `1-0:${16 + 20 * phase}.7.0`,
  })),
  ...['', 'L1', 'L2', 'L3'].map((phase) => ({
    key: `activePower${phase}PostRatio`,
    plus: `activePowerImport${phase}PostRatio`,
    minus: `activePowerExport${phase}PostRatio`,
    obis: null,
  })),
];

const netPowers = NET_POWERS.map((net) => net.key);
const isAfterRatio = (key: string): boolean => key.endsWith('PostRatio');
const summations = PRINTED_SUMMATION_SOURCES.map((id) => findSummationSource(id).key);
const presentValues = PRINTED_PRESENT_VALUE_SOURCES.map((id) => findSource(id).key);

const KEYS: Readonly<Record<ReadingTable, readonly string[]>> = {
  BT23: [
    ...summations,
    ...oneTo(MAX_TIERS).flatMap((tier) => summations.filter(isPopulatedInTiers).map((key) => tierKey(tier, key))),
    'demandResets',
    ...oneTo(MAX_DEMANDS).map((number) => `demand${number}`),
  ],
  BT28: [
    ...netPowers.filter((key) => !isAfterRatio(key)),
    ...presentValues,
    ...netPowers.filter(isAfterRatio),
    ...oneTo(MAX_DEMANDS).map((number) => `presentDemand${number}`),
  ],
};

/** The keys that every payload of this table has, for any meter. */
export function payloadKeys(table: ReadingTable): readonly string[] {
  return KEYS[table];
}

const descriptions = new Map<string, KeyDescription>();

function describe(key: string, quantity: QuantityName, obis: string | null): void {
  const { unit, kind, decimals } = QUANTITIES[quantity];
  descriptions.set(key, { key, label: labelOf(key), unit, quantity, kind, decimals, obis });
}

function describeSource(source: Source): void {
  describe(source.key, source.quantity, source.obis);
}

for (const net of NET_POWERS) describe(net.key, 'activePower', net.obis);
for (const id of PRINTED_SUMMATION_SOURCES) {
  const { key, quantity, obis } = findSummationSource(id);
  for (const tier of oneTo(MAX_TIERS)) describe(tierKey(tier, key), quantity, tierObis(tier, obis));
}
describe('demandResets', 'count', null);
for (const number of oneTo(MAX_DEMANDS)) describe(`demand${number}`, 'demand', null);
SOURCES.filter(isKnownSource).forEach(describeSource);
APPARENT_ENERGY_SOURCES.forEach(describeSource);

/** The meaning of a payload key; undefined for a key that this package does not use. */
export function describeKey(key: string): KeyDescription | undefined {
  return descriptions.get(key);
}

/** Whether a value is instantaneous and so becomes stale; registers stay valid. */
export function isMeasurement(key: string): boolean {
  return describeKey(key)?.kind === 'instantaneous';
}
