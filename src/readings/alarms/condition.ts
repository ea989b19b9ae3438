import { primaryValueKey } from '../primary-values.js';
import type { AlarmSettings } from './settings.js';

export const PHASES = ['L1', 'L2', 'L3'] as const;
export type Phase = (typeof PHASES)[number];

export const ALARM_KINDS = ['power', 'overload', 'voltage-low', 'voltage-high', 'silence'] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

/** One alarm of a reading: the measured value, its limit, and whether the limit is exceeded. */
export interface Condition {
  readonly kind: AlarmKind;
  readonly phase: Phase | null;
  readonly value: number;
  readonly limit: number;
  /** Beyond the limit. */
  readonly isBeyond: boolean;
  /** Back within the limit by at least the hysteresis, so that a value at the limit does not toggle the alarm. */
  readonly isBack: boolean;
}

/** The input of the conditions: the values of a reading and the phases of the meter. */
export interface Measured {
  readonly values: ReadonlyMap<string, number>;
  readonly isBehindTransformers: boolean;
  /** Phases that have had voltage at any time. A phase that never had is not connected, so it raises no alarm. */
  readonly phases: ReadonlySet<Phase>;
}

/** Share of a voltage limit. It is smaller than the hysteresis of power because voltage varies less. */
const VOLTAGE_HYSTERESIS = 0.01;
/** Below this voltage a phase counts as not connected: open inputs of a meter show some volts by coupling. */
const MIN_VOLTS = 50;

/** The phases with voltage. */
export function livePhases(values: Measured['values'], isBehindTransformers: boolean): readonly Phase[] {
  return PHASES.filter(
    (phase) => (values.get(primaryValueKey(`voltage${phase}`, isBehindTransformers)) ?? 0) >= MIN_VOLTS,
  );
}

/** The conditions that the settings enable and for which the reading has a value. */
export function conditionsOf(measured: Measured, settings: AlarmSettings): readonly Condition[] {
  const { powerLimit, fuse, voltageMin, voltageMax, hysteresis } = settings;
  const valueOf = (key: string): number | undefined =>
    measured.values.get(primaryValueKey(key, measured.isBehindTransformers));
  const swing = hysteresis / 100;
  const found = [
    above('power', null, valueOf('activePower') ?? valueOf('activePowerImport'), powerLimit, swing),
    ...PHASES.map((phase) => above('overload', phase, amountOf(valueOf(`current${phase}`)), fuse, swing)),
    ...[...measured.phases].flatMap((phase) => [
      below('voltage-low', phase, valueOf(`voltage${phase}`), voltageMin, VOLTAGE_HYSTERESIS),
      above('voltage-high', phase, valueOf(`voltage${phase}`), voltageMax, VOLTAGE_HYSTERESIS),
    ]),
  ];
  return found.filter((condition) => condition !== undefined);
}

/** The magnitude of a current: some readers add the sign of the power, which does not matter to a fuse. */
function amountOf(current: number | undefined): number | undefined {
  return current === undefined ? undefined : Math.abs(current);
}

type Check = (
  kind: AlarmKind,
  phase: Phase | null,
  value: number | undefined,
  limit: number,
  swing: number,
) => Condition | undefined;

const above: Check = (kind, phase, value, limit, swing) => {
  if (value === undefined || limit === 0) return undefined;
  return { kind, phase, value, limit, isBeyond: value > limit, isBack: value <= limit * (1 - swing) };
};

const below: Check = (kind, phase, value, limit, swing) => {
  if (value === undefined || limit === 0) return undefined;
  return { kind, phase, value, limit, isBeyond: value < limit, isBack: value >= limit * (1 + swing) };
};
