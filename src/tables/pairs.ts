import type { ByteRange } from '../bytes/byte-range.js';
import type { RegisterPlace } from './schema/layout.js';
import { findSource, findSummationSource, isKnownSource } from './sources/index.js';

/** Averages and extremes are excluded: they belong to an interval or to different times, so they are not subtracted. */
const IMPORT = /^((?:re)?active(?:Power|Energy))Import/;
const known = new WeakMap<readonly RegisterPlace[], readonly RegisterPair[]>();

/** Two registers to be subtracted: import and export. */
export interface RegisterPair {
  readonly plus: RegisterPlace;
  readonly minus: RegisterPlace;
}

/**
 * The registers of a table that consumers subtract from one another: import and export of the same quantity, phase and
 * tier. Read in one request, both have the same time.
 */
export function pairsOf(registers: readonly RegisterPlace[]): readonly RegisterPair[] {
  const remembered = known.get(registers);
  if (remembered) return remembered;
  const places = new Map<string, RegisterPlace>();
  for (const place of registers) {
    const key = keyOf(place);
    if (key !== undefined) places.set(nameOf(place, key), place);
  }
  const pairs = registers.flatMap((plus) => {
    const key = keyOf(plus);
    const minus =
      key !== undefined && IMPORT.test(key) ? places.get(nameOf(plus, key.replace(IMPORT, '$1Export'))) : undefined;
    return minus ? [{ plus, minus }] : [];
  });
  known.set(registers, pairs);
  return pairs;
}

/** The bytes from the first of two registers to the end of the second. */
export function rangeOfPair({ plus, minus }: RegisterPair): ByteRange {
  const offset = Math.min(plus.offset, minus.offset);
  return { offset, count: Math.max(plus.offset + plus.bytes, minus.offset + minus.bytes) - offset };
}

function keyOf({ source, role }: RegisterPlace): string | undefined {
  if (source === null || (role !== 'summation' && role !== 'presentValue')) return undefined;
  const found = role === 'summation' ? findSummationSource(source) : findSource(source);
  return isKnownSource(found) ? found.key : undefined;
}

/** Identifies a register by its list, role, tier and key; the list keeps copies of a table's registers apart. */
function nameOf({ path, role, tier }: RegisterPlace, key: string): string {
  return `${path.slice(0, path.lastIndexOf('['))} ${role} ${tier} ${key}`;
}
