import { isMeterError } from '../../src/errors.js';
import { fromHex, toHex } from '../../src/bytes/hex.js';
import { isFields, Random } from './inputs.js';

/** A function that takes input from outside. */
export interface Target {
  readonly name: string;
  /** Share of the cases, relative to the other targets. */
  readonly weight: number;
  make(random: Random): unknown;
  /** Tries an input. May throw errors of this package; anything else it throws is a failure. */
  run(input: unknown): void;
}

export interface Failure {
  readonly target: string;
  /** The kind of failure and its place. */
  readonly signature: string;
  /** The smallest input found that still has the same failure. */
  readonly input: unknown;
  readonly cases: number;
}

export interface Tally {
  readonly cases: Readonly<Record<string, number>>;
  /** Cases that were refused with an error of this package. */
  readonly refused: number;
  readonly failures: readonly Failure[];
}

/** CPU time limit of a case; the largest load profile of a meter needs a fraction of it. */
const SLOW_MS = 1_500;
const MAX_SHRINKING_RUNS = 3_000;

/** @returns the failure of a target with an input; undefined if there is none */
export function failureOf(target: Target, input: unknown, note: { refused?: boolean } = {}): string | undefined {
  const begun = process.cpuUsage();
  let failure: string | undefined;
  try {
    target.run(input);
  } catch (error) {
    if (isMeterError(error)) note.refused = true;
    else failure = signatureOf(error);
  }
  if (hasPollution()) return 'Object.prototype has got a property';
  return failure ?? (cpuMs(begun) > SLOW_MS ? 'slow' : undefined);
}

function hasPollution(): boolean {
  for (const _ in {}) return true;
  return false;
}

function signatureOf(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${typeof error}`;
  const frame = error.stack?.split('\n').find((line) => /\/(src|nodes|test\/fuzz)\//.test(line)) ?? '';
  const place = /(?:src|nodes|test\/fuzz)\/[^:]*:\d+/.exec(frame)?.[0] ?? '';
  return `${error.name}: ${error.message.slice(0, 120).replace(/\d+/g, 'N')} (${place})`;
}

/** Distributes `cases` inputs over the targets; each kind of failure is minimised and reported once. */
export function fuzz(targets: readonly Target[], cases: number, seed: number): Tally {
  const weights = targets.reduce((sum, { weight }) => sum + weight, 0);
  const failures = new Map<string, Failure>();
  const tried: Record<string, number> = {};
  let refused = 0;
  for (const [place, target] of targets.entries()) {
    const share = Math.ceil((cases * target.weight) / weights);
    tried[target.name] = share;
    const random = new Random(seed * 1_000 + place);
    for (let index = 0; index < share; index++) {
      const input = target.make(random);
      const note: { refused?: boolean } = {};
      const signature = failureOf(target, input, note);
      if (note.refused === true) refused++;
      // A machine that was busy for a moment is not a failure.
      if (signature === undefined || (signature === 'slow' && failureOf(target, input) !== 'slow')) continue;
      const key = `${target.name} ${signature}`;
      const known = failures.get(key);
      if (known) failures.set(key, { ...known, cases: known.cases + 1 });
      else failures.set(key, { target: target.name, signature, input: minimised(target, input, signature), cases: 1 });
    }
  }
  return { cases: tried, refused, failures: [...failures.values()] };
}

/** Makes an input smaller for as long as it fails in the same way. */
function minimised(target: Target, input: unknown, signature: string): unknown {
  let smallest = input;
  let runs = signature === 'slow' ? MAX_SHRINKING_RUNS - 100 : 0;
  for (;;) {
    let isSmaller = false;
    for (const candidate of smaller(smallest)) {
      if (runs++ > MAX_SHRINKING_RUNS) return smallest;
      if (failureOf(target, candidate) !== signature) continue;
      smallest = candidate;
      isSmaller = true;
      break;
    }
    if (!isSmaller) return smallest;
  }
}

/** Inputs that are a little smaller than this one. */
function* smaller(value: unknown): Generator {
  if (value instanceof Uint8Array) yield* smallerBytes(value);
  else if (typeof value === 'string' && value !== '') yield* ['', value.slice(0, value.length >> 1)];
  else if (typeof value === 'number' && value !== 0)
    yield* [0, 1, Math.trunc(value / 2)].filter((less) => less !== value);
  else if (Array.isArray(value)) {
    const items = value as unknown[];
    if (items.length > 1) yield* [items.slice(0, items.length >> 1), items.slice(items.length >> 1)];
    for (const index of items.keys()) yield items.filter((_, other) => other !== index);
    for (const [index, item] of items.entries())
      for (const less of smaller(item)) yield items.map((other, at) => (at === index ? less : other));
  } else if (isFields(value)) {
    for (const name of Object.keys(value)) {
      yield Object.fromEntries(Object.entries(value).filter(([other]) => other !== name));
    }
    for (const [name, item] of Object.entries(value))
      for (const less of smaller(item)) yield { ...value, [name]: less };
  }
}

function* smallerBytes(bytes: Uint8Array): Generator {
  if (bytes.length === 0) return;
  yield bytes.slice(0, bytes.length >> 1);
  yield bytes.slice(bytes.length >> 1);
  yield bytes.slice(0, -1);
  if (bytes.some((byte) => byte !== 0)) yield new Uint8Array(bytes.length);
  if (bytes.length > 64) return;
  for (const [index, byte] of bytes.entries())
    if (byte !== 0) yield bytes.map((other, at) => (at === index ? 0 : other));
}

/** Any input as JSON, to store a failure in a file. */
export function toJson(input: unknown): string {
  const wrapped = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return { $bytes: toHex(value, '') };
    if (value instanceof Date) return { $date: String(value.getTime()) };
    if (value === undefined) return { $undefined: true };
    if (typeof value === 'bigint') return { $bigint: String(value) };
    if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
      return { $number: Object.is(value, -0) ? '-0' : String(value) };
    }
    if (Array.isArray(value)) return value.map(wrapped);
    if (isFields(value)) return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, wrapped(item)]));
    return value;
  };
  return JSON.stringify(wrapped(input), undefined, 2);
}

/** Reads an input written by `toJson`. */
export function fromJson(text: string): unknown {
  const unwrapped = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(unwrapped);
    if (!isFields(value)) return value;
    const [[name, item] = []] = Object.entries(value);
    if (name === '$bytes') return fromHex(String(item));
    if (name === '$date') return new Date(Number(item));
    if (name === '$undefined') return undefined;
    if (name === '$bigint') return BigInt(String(item));
    if (name === '$number') return Number(item);
    return Object.fromEntries(Object.entries(value).map(([other, inner]) => [other, unwrapped(inner)]));
  };
  return unwrapped(JSON.parse(text));
}

/** A target with typed inputs; the target must refuse shrunken inputs that lack something. */
export function target<Input>(
  name: string,
  weight: number,
  make: (random: Random) => Input,
  run: (input: Input) => void,
): Target {
  return {
    name,
    weight,
    make,
    run: (input) => {
      run(input as Input);
    },
  };
}

/** CPU time since a start: wall time is unreliable on a busy machine. */
function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}
