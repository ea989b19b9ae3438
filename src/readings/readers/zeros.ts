/**
 * Removes zeros that were not measured: before the reader has read its meter, and for values that the meter does not
 * have.
 */

/** Evidence from a source's earlier messages, needed for readers that publish each value separately. */
export interface SourceEvidence {
  /** The reader has read its meter: some message had a voltage, a frequency or a register above zero. */
  readonly hasRead: boolean;
  /** The meter measures power by phase. */
  readonly hasPhasePower: boolean;
}

const MEASURED = /^(?:voltage|current|frequency|active|reactive|apparent|powerFactor)(?!Energy)/;
const REGISTERS = ['activeEnergyImport', 'activeEnergyExport'] as const;
const PHASES = ['L1', 'L2', 'L3'] as const;
const PHASE_POWERS = PHASES.flatMap((phase) => [`activePowerImport${phase}`, `activePowerExport${phase}`]);
const VOLTAGES = PHASES.map((phase) => `voltage${phase}`);
const POWER_FACTORS = PHASES.map((phase) => `powerFactor${phase}`);
/** Possible ranges of a household meter; a value outside has another unit. */
const POSSIBLE: readonly (readonly [keys: readonly string[], min: number, max: number])[] = [
  [VOLTAGES, 0, 1000],
  [['frequency'], 10, 100],
  [POWER_FACTORS, -1, 1],
];

/**
 * Removes values that cannot have been measured.
 * @param known evidence before this message
 * @returns evidence after it; `isUnread` where the message itself shows that the meter has not been read
 */
export function withoutZeros(
  values: Map<string, number>,
  known: SourceEvidence,
): SourceEvidence & { readonly isUnread: boolean } {
  const isUnread = dropUnread(values);
  dropImpossible(values);
  const phasePower = known.hasPhasePower || PHASE_POWERS.some((key) => (values.get(key) ?? 0) !== 0);
  const hasRead = !isUnread && (known.hasRead || [...values.values()].some((value) => value !== 0));
  dropMissingPhases(values, phasePower);
  dropUnknownPowerFactors(values);
  if (!hasRead) for (const key of values.keys()) if (MEASURED.test(key)) values.delete(key);
  return { hasRead, hasPhasePower: phasePower, isUnread };
}

function dropUnread(values: Map<string, number>): boolean {
  const isZero = (keys: readonly string[]): boolean => {
    const present = keys.filter((key) => values.has(key));
    return present.length > 0 && present.every((key) => values.get(key) === 0);
  };
  const hasCounted = !(values.has('activeEnergyImport') && isZero(REGISTERS));
  if (!hasCounted) for (const key of REGISTERS) values.delete(key);
  const isUnread = isZero(VOLTAGES) || (isZero(['frequency']) && !VOLTAGES.some((key) => values.has(key)));
  if (isUnread) for (const key of values.keys()) if (MEASURED.test(key)) values.delete(key);
  return isUnread || (!hasCounted && values.size === 0);
}

function dropImpossible(values: Map<string, number>): void {
  for (const [keys, min, max] of POSSIBLE) {
    for (const key of keys) {
      const value = values.get(key);
      if (value !== undefined && (value < min || value > max)) values.delete(key);
    }
  }
}

/** A phase without voltage beside a phase with voltage does not exist: the meter has a single phase. */
function dropMissingPhases(values: Map<string, number>, hasPhasePower: boolean): void {
  for (const phase of ['L2', 'L3']) {
    const isMissing = values.get(`voltage${phase}`) === 0 && values.get(`current${phase}`) === 0;
    if (isMissing) for (const key of values.keys()) if (key.endsWith(phase)) values.delete(key);
  }
  const total = (values.get('activePowerImport') ?? 0) + (values.get('activePowerExport') ?? 0);
  const isNowhere = PHASE_POWERS.every((key) => (values.get(key) ?? 0) === 0);
  // A total without power on any phase: the meter does not measure power by phase.
  if (isNowhere && (total > 0 || !hasPhasePower)) for (const key of PHASE_POWERS) values.delete(key);
}

/** Readers send 0 for all three power factors where the meter measures none. */
function dropUnknownPowerFactors(values: Map<string, number>): void {
  const isUnknown = POWER_FACTORS.every((key) => (values.get(key) ?? 0) === 0);
  if (isUnknown) for (const key of POWER_FACTORS) values.delete(key);
}
