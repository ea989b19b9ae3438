/** One line of the report: what was measured, the ratio to compare, and its limit. */
export interface Row {
  readonly what: string;
  readonly figure: string;
  readonly limit: string;
  readonly isWithin: boolean | undefined;
}

/** The middle of the values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

/** Seconds that a call takes. */
export function seconds(call: () => void): number {
  const start = process.hrtime.bigint();
  call();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** The median ratio A/B of alternating measurements, so that a change of the machine's speed affects both. */
export function pairedRatio(a: () => number, b: () => number, pairs = 9): { ratio: number; a: number; b: number } {
  a();
  b();
  const both = Array.from({ length: pairs }, () => ({ a: a(), b: b() }));
  return {
    ratio: median(both.map((pair) => pair.a / pair.b)),
    a: median(both.map((pair) => pair.a)),
    b: median(both.map((pair) => pair.b)),
  };
}
