/** Repeatable pseudo-random numbers: all of them are given by the seed of the simulator. */

const STEP = 0x9e3779b9;

/** A number from 0 up to, but not including, 1, given by the arguments alone. */
export function noise(seed: number, ...places: readonly number[]): number {
  let state = seed | 0;
  for (const place of places) state = mix((state + STEP) ^ (place | 0));
  return (mix(state + STEP) >>> 0) / 0x1_0000_0000;
}

/** `noise` between `low` and `high`. */
export function noiseBetween(low: number, high: number, seed: number, ...places: readonly number[]): number {
  return low + (high - low) * noise(seed, ...places);
}

/** Noise that is interpolated between whole positions. */
export function smoothNoise(seed: number, position: number, ...places: readonly number[]): number {
  const from = Math.floor(position);
  const part = position - from;
  const eased = part * part * (3 - 2 * part);
  return noise(seed, from, ...places) * (1 - eased) + noise(seed, from + 1, ...places) * eased;
}

/** A sequence of pseudo-random numbers. */
export class Random {
  readonly #seed: number;
  #count = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** From 0 up to, but not including, 1. */
  next(): number {
    return noise(this.#seed, this.#count++);
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor((high - low + 1) * this.next());
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.integer(0, 0xff));
  }
}

/** A 32-bit integer hash whose every input bit moves every output bit. */
function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}
