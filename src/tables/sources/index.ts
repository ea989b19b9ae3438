import { APPARENT_ENERGY_SOURCES, ENERGY_SOURCES } from './energy.js';
import { PRESENT_SOURCES } from './present.js';
import type { Source } from './source.js';
import { unknownSource } from './source.js';

export type { Quantity, QuantityKind, QuantityName } from './quantities.js';
export { IN_ENERGY_REGISTER_UNITS, QUANTITIES } from './quantities.js';
export type { Source } from './source.js';
export { APPARENT_ENERGY_SOURCES } from './energy.js';

const LAST_SOURCE = 244;
const FIRST_MAPPED = 112;
const LAST_MAPPED = 163;

const described = new Map([...ENERGY_SOURCES, ...PRESENT_SOURCES].map((source) => [source.id, source]));
const apparentEnergy = new Map(APPARENT_ENERGY_SOURCES.map((source) => [source.id, source]));

function blank(id: number): Source {
  if (id >= FIRST_MAPPED && id <= LAST_MAPPED) return unknownSource(id, 'Mapped Source', 'its extended id is in ET66');
  if (id === 200) return unknownSource(id, 'Reserved For Internal Use');
  return unknownSource(id, 'Unused');
}

/** The guide's list of source ids, 0 to 244, by id. [MEP p.204-206] */
export const SOURCES: readonly Source[] = Array.from(
  { length: LAST_SOURCE + 1 },
  (_, id) => described.get(id) ?? blank(id),
);

/** The source of an id in BT27 and other lists of instantaneous values. Ids beyond the list are unknown sources. */
export function findSource(id: number): Source {
  return SOURCES[id] ?? unknownSource(id);
}

/** The source of an id in BT22's list of summations, where 216 to 219 are energy. */
export function findSummationSource(id: number): Source {
  return apparentEnergy.get(id) ?? findSource(id);
}

/** Whether the guide defines the source. */
export function isKnownSource(source: Source): boolean {
  return source.key !== `source${source.id}`;
}
