import { describeKey } from '../keys.js';
import { NOMINAL_VOLTS } from './connection.js';
import type { Finding, Reason } from './finding.js';
import type { Sample } from './sample.js';
import { isEnergy } from './sample.js';
import type { PlausibilitySettings } from './settings.js';

interface Range {
  readonly min: number;
  readonly max: number;
  /** A valid value outside the range. */
  readonly except?: number;
}

/** A missing phase has 0 V. A lost neutral may exceed this limit; its report can wait for a second reading. */
const MAX_VOLTS = 300;
/** Grids of 50 and 60 Hz; 0 where the meter does not measure the frequency. */
const FREQUENCIES: Range = { min: 45, max: 65, except: 0 };
/** Power factor and sine of the phase angle, which the meter may round up. */
const UNIT: Range = { min: -1.001, max: 1.001 };
/** A fuse carries this multiple of its permanent load for some seconds. */
const SHORT_OVERLOAD = 2;
/** Allowed difference of the total and the phases: watts for rounding, and a share for changes between measurements. */
const PHASE_TOLERANCE_W = 20;
const PHASE_TOLERANCE_SHARE = 0.1;

function rangeOf(key: string, settings: PlausibilitySettings): Range | undefined {
  const amperes = settings.fuse * settings.margin * SHORT_OVERLOAD;
  const ofPhase = amperes * NOMINAL_VOLTS;
  const ofAll = ofPhase * settings.phases;
  if (/^voltageL[123]$/.test(key)) return { min: 0, max: MAX_VOLTS };
  // Some readers give currents the sign of the power.
  if (/^currentL[123]$/.test(key)) return { min: -amperes, max: amperes };
  if (/^(?:powerFactor|sinPhaseAngle)L[123]$/.test(key)) return UNIT;
  if (key === 'frequency') return FREQUENCIES;
  if (key === 'activePower') return { min: -ofAll, max: ofAll };
  if (/^activePowerL[123]$/.test(key)) return { min: -ofPhase, max: ofPhase };
  if (/^(?:active|reactive)Power(?:Import|Export)$|^apparentPower$/.test(key)) return { min: 0, max: ofAll };
  if (/^(?:active|reactive)Power(?:Import|Export)L[123]$/.test(key)) return { min: 0, max: ofPhase };
  return undefined;
}

/** Whether a key names a value that counts up from zero: energies, times and numbers of events. */
function isCounter(key: string): boolean {
  return isEnergy(key) || describeKey(key)?.kind === 'cumulative';
}

function checkValue(key: string, value: unknown, settings: PlausibilitySettings): Finding | undefined {
  const finding = (reason: Reason, number: number | null, limit: number | null): Finding => {
    return { reason, key, value: number, last: null, limit };
  };
  if (typeof value !== 'number' || !Number.isFinite(value)) return finding('not-a-number', null, null);
  const range = rangeOf(key, settings);
  if (value < 0 && (range?.min === 0 || isCounter(key))) return finding('negative', value, 0);
  if (range === undefined || value === range.except) return undefined;
  if (value < range.min) return finding('out-of-range', value, range.min);
  if (value > range.max) return finding('out-of-range', value, range.max);
  return undefined;
}

/** Import minus export; undefined unless the reading has both. */
function netPower(values: Sample['values'], phase: string): number | undefined {
  const taken = values.get(`activePowerImport${phase}`);
  const returned = values.get(`activePowerExport${phase}`);
  return typeof taken === 'number' && typeof returned === 'number' ? taken - returned : undefined;
}

function checkPhases({ values }: Sample): Finding | undefined {
  const total = netPower(values, '');
  const phases = ['L1', 'L2', 'L3'].map((phase) => netPower(values, phase)).filter((power) => power !== undefined);
  if (total === undefined || phases.length < 3) return undefined;
  const sum = phases.reduce((all, power) => all + power, 0);
  const flow = phases.reduce((all, power) => all + Math.abs(power), Math.abs(total));
  // NaN is a finding of its own.
  const isApart = Math.abs(total - sum) > PHASE_TOLERANCE_W + PHASE_TOLERANCE_SHARE * flow;
  return isApart
    ? { reason: 'phases-disagree', key: 'activePowerImport', value: total, last: null, limit: sum }
    : undefined;
}

/** Findings on a reading by itself: no number, negative, outside the range, phases that contradict their total. */
export function checkValues(sample: Sample, settings: PlausibilitySettings): Finding[] {
  const single = [...sample.values].map(([key, value]) => checkValue(key, value, settings));
  return [...single, checkPhases(sample)].filter((finding) => finding !== undefined);
}
