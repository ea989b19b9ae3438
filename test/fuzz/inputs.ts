import { Random } from '../../src/simulator/random.js';

export { Random };

/** Texts that often cause errors. */
const TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  '1e999',
  'null',
  'BT28',
  'bt23 ',
  'ET03',
  '__proto__',
  'constructor',
  'toString',
  '\0',
  'ü𝄞\ud800',
  '12/3#+',
  '${HOME}',
  '2026-02-30T25:61:61Z',
  'x'.repeat(2_000),
];
const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.5,
  255,
  256,
  65_535,
  65_536,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e308,
  NaN,
  Infinity,
  -Infinity,
];

export function oneOf<T>(random: Random, choices: readonly T[]): T {
  return choices[random.integer(0, choices.length - 1)] as T;
}

/** Arbitrary bytes: random, all the same, or counting. */
export function someBytes(random: Random, most: number): Uint8Array {
  const length = random.integer(0, random.chance(0.3) ? Math.min(8, most) : most);
  const kind = random.integer(0, 3);
  if (kind < 2) return random.bytes(length);
  const same = oneOf(random, [0, 0xff, 0x80, 0x7f]);
  return Uint8Array.from({ length }, (_, index) => (kind === 2 ? same : index & 0xff));
}

/** Arbitrary values for a message, a setting or a context store. */
export function junk(random: Random, depth = 3): unknown {
  switch (random.integer(0, depth > 0 ? 9 : 6)) {
    case 0:
      return undefined;
    case 1:
      return null;
    case 2:
      return random.chance(0.5);
    case 3:
      return random.chance(0.5) ? oneOf(random, NUMBERS) : random.integer(-300, 300);
    case 4:
      return oneOf(random, TEXTS);
    case 5:
      return someBytes(random, 40);
    case 6:
      return random.chance(0.5) ? BigInt(random.integer(0, 99)) : new Date(oneOf(random, [0, NaN]));
    case 7:
      return Array.from({ length: random.integer(0, 4) }, () => junk(random, depth - 1));
    default: {
      const fields: [string, unknown][] = [];
      for (let count = random.integer(0, 4); count > 0; count--) {
        fields.push([oneOf(random, TEXTS), junk(random, depth - 1)]);
      }
      return Object.fromEntries(fields);
    }
  }
}

export type Fields = Record<string, unknown>;

export function isFields(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The bytes with some of them flipped, removed, repeated or replaced. */
export function mutateBytes(random: Random, bytes: Uint8Array): Uint8Array {
  const kind = random.integer(0, 4);
  const at = random.integer(0, bytes.length);
  if (kind === 0) return bytes.slice(0, at);
  if (kind === 1) return Uint8Array.from([...bytes.subarray(0, at), ...someBytes(random, 12), ...bytes.subarray(at)]);
  const changed = bytes.slice();
  if (changed.length === 0) return changed;
  for (let times = random.integer(1, 4); times > 0; times--) {
    const place = random.integer(0, changed.length - 1);
    changed[place] = kind === 2 ? (changed[place] ?? 0) ^ (1 << random.integer(0, 7)) : random.integer(0, 255);
  }
  return changed;
}

/** A copy with one change at any depth: a value replaced, a field removed or added, bytes garbled. */
export function mutate(random: Random, value: unknown): unknown {
  if (random.chance(0.15)) return junk(random);
  if (value instanceof Uint8Array) return mutateBytes(random, value);
  if (typeof value === 'number') {
    return oneOf(random, [value + 1, -value, value * 256, value / 3, String(value), ...NUMBERS]);
  }
  if (Array.isArray(value)) {
    const copy = [...(value as unknown[])];
    const at = random.integer(0, copy.length);
    if (at === copy.length || random.chance(0.2)) copy.splice(at, random.integer(0, 1), junk(random, 1));
    else copy[at] = mutate(random, copy[at]);
    return copy;
  }
  if (!isFields(value)) return junk(random);
  const names = Object.keys(value);
  if (names.length === 0) return { [oneOf(random, TEXTS)]: junk(random, 1) };
  const name = oneOf(random, names);
  if (!random.chance(0.15)) return { ...value, [name]: mutate(random, value[name]) };
  return Object.fromEntries(Object.entries(value).filter(([other]) => other !== name));
}
