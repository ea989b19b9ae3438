import { primaryValueKey } from '../primary-values.js';
import type { AlarmSettings } from './settings.js';

export const PHASES = ['L1', 'L2', 'L3'] as const;
export type Phase = (typeof PHASES)[number];

export const ALARM_KINDS = ['power', 'overload', 'voltage-low', 'voltage-high', 'silence'] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

/** What may be alarming, and whether it is. */
export interface Condition {
  readonly kind: AlarmKind;
  readonly phase: Phase | null;
  readonly value: number;
  readonly limit: number;
  /** Beyond the limit. */
  readonly isBeyond: boolean;
  /** Back within the limit, by more than the value swings anyway. */
  readonly isBack: boolean;
}

/** What the conditions look at. */
export interface Measured {
  readonly values: ReadonlyMap<string, number>;
  readonly isBehindTransformers: boolean;
  /** Phases that have had voltage: one that never had is not connected, and not out of order. */
  readonly phases: ReadonlySet<Phase>;
}

/** Voltage moves by less than power does. */
const VOLTAGE_HYSTERESIS = 0.01;
/** Less than this is no supply, but what a meter picks up where nothing is connected. */
const MIN_VOLTS = 50;

/** Phases that have voltage. */
export function livePhases(values: Measured['values'], isBehindTransformers: boolean): readonly Phase[] {
  return PHASES.filter(
    (phase) => (values.get(primaryValueKey(`voltage${phase}`, isBehindTransformers)) ?? 0) >= MIN_VOLTS,
  );
}

/** Everything that the settings want to have watched and the reading has. */
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

/** Some readers give currents the direction of the power; a fuse knows none. */
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
