import type { Meaning } from './meaning.js';

/** The effect of a combinable VIFE on the meaning of a record. [EN 13757-3:2018 table 15] */
export interface Modifier {
  /** In camel case; undefined where the VIFE only scales the value. */
  readonly name?: string;
  readonly change?: (meaning: Meaning) => Meaning;
  /** The device reports that it has no value. */
  readonly hasNoValue?: true;
}

const TIME_UNITS = ['s', 'min', 'h', 'd'] as const;

const named = (name: string): Modifier => ({ name });
const timesTen = (power: number): Modifier => ({
  change: (meaning) => ({ ...meaning, exponent: meaning.exponent + power }),
});
const per = (name: string, unit: string): Modifier => ({
  name,
  change: (meaning) => ({ ...meaning, unit: `${meaning.unit ?? '1'}/${unit}` }),
});
const times = (name: string, unit: string): Modifier => ({
  name,
  change: (meaning) => ({ ...meaning, unit: `${meaning.unit ?? '1'}·${unit}` }),
});
const dateOf = (name: string): Modifier => ({
  name,
  change: (meaning) => ({ ...meaning, unit: null, exponent: 0, coding: 'date' }),
});
const countOf = (name: string): Modifier => ({
  name,
  change: (meaning) => ({ ...meaning, unit: null, exponent: 0, coding: 'unsigned' }),
});
const durationOf = (name: string, unit: string): Modifier => ({
  name,
  change: (meaning) => ({ ...meaning, unit, exponent: 0, coding: 'number' }),
});
const refusal = (name: string): Modifier => ({ name, hasNoValue: true });

const sideOf = (bit: number): string => (bit ? 'upper' : 'lower');
const orderOf = (bit: number): string => (bit ? 'Last' : 'First');
const edgeOf = (bit: number): string => (bit ? 'end' : 'begin');

/** Codes 0x40 to 0x6F: limits, and the number and duration of their exceedances. */
function limitModifier(code: number): Modifier | undefined {
  const low = code & 0x07;
  const side = sideOf(code & 0x08);
  if (code < 0x50) {
    if (low === 0) return named(`${side}Limit`);
    if (low === 1) return countOf(`${side}LimitExceeds`);
    if ((low & 0x02) === 0) return undefined;
    return dateOf(`${edgeOf(low & 0x01)}Of${orderOf(low & 0x04)}${capital(side)}LimitExceed`);
  }
  const unit = TIME_UNITS[code & 0x03] ?? 's';
  if (code < 0x60) return durationOf(`durationOf${orderOf(low & 0x04)}${capital(side)}LimitExceed`, unit);
  if (code < 0x68) return durationOf(`durationOf${orderOf(low & 0x04)}`, unit);
  if (low === 0) return named('duringLowerLimitExceed');
  if (low === 4) return named('duringUpperLimitExceed');
  if (low === 1) return named('leakage');
  if (low === 5) return named('overflow');
  return dateOf(`${edgeOf(low & 0x01)}Of${orderOf(low & 0x04)}`);
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

const RATES: readonly Modifier[] = [
  per('perSecond', 's'),
  per('perMinute', 'min'),
  per('perHour', 'h'),
  per('perDay', 'd'),
  per('perWeek', 'week'),
  per('perMonth', 'month'),
  per('perYear', 'year'),
  per('perRevolution', 'revolution'),
  named('perInputPulse0'),
  named('perInputPulse1'),
  named('perOutputPulse0'),
  named('perOutputPulse1'),
  per('perLitre', 'l'),
  per('perCubicMetre', 'm³'),
  per('perKilogram', 'kg'),
  per('perKelvin', 'K'),
  per('perKilowattHour', 'kWh'),
  per('perGigajoule', 'GJ'),
  per('perKilowatt', 'kW'),
  per('perKelvinLitre', '(K·l)'),
  per('perVolt', 'V'),
  per('perAmpere', 'A'),
  times('timesSecond', 's'),
  times('timesSecondPerVolt', 's/V'),
  times('timesSecondPerAmpere', 's/A'),
  dateOf('startOf'),
  named('uncorrected'),
  named('positiveOnly'),
  named('negativeOnly'),
];
const FIRST_RATE = 0x20;

/** Codes that a device sends in place of a value. */
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [0x01, 'tooManyDifes'],
  [0x02, 'storageNotImplemented'],
  [0x03, 'subunitNotImplemented'],
  [0x04, 'tariffNotImplemented'],
  [0x05, 'functionNotImplemented'],
  [0x06, 'dataClassNotImplemented'],
  [0x07, 'dataSizeNotImplemented'],
  [0x0b, 'tooManyVifes'],
  [0x0c, 'illegalVifGroup'],
  [0x0d, 'illegalVifExponent'],
  [0x0e, 'vifDifMismatch'],
  [0x0f, 'actionNotImplemented'],
  [0x15, 'noDataAvailable'],
  [0x16, 'dataOverflow'],
  [0x17, 'dataUnderflow'],
  [0x18, 'dataError'],
  [0x1c, 'prematureEndOfRecord'],
]);

/** @param code a VIFE without its extension bit */
export function modifierOf(code: number): Modifier | undefined {
  if (code === 0) return {};
  if (code < FIRST_RATE) return refusal(REFUSALS.get(code) ?? 'recordError');
  if (code < FIRST_RATE + RATES.length) return RATES[code - FIRST_RATE];
  if (code === 0x3e) return named('atBaseConditions');
  if (code < 0x40) return undefined;
  if (code < 0x70) return limitModifier(code);
  if (code < 0x78) return timesTen((code & 0x07) - 6);
  if (code === 0x7d) return timesTen(3);
  if (code === 0x7e) return named('futureValue');
  return undefined;
}

/** VIFEs after FCh. [EN 13757-3:2018 table 16] */
const EXTENDED: ReadonlyMap<number, string> = new Map([
  [0x01, 'phaseL1'],
  [0x02, 'phaseL2'],
  [0x03, 'phaseL3'],
  [0x04, 'neutral'],
  [0x05, 'phasesL1L2'],
  [0x06, 'phasesL2L3'],
  [0x07, 'phasesL3L1'],
  [0x08, 'quadrant1'],
  [0x09, 'quadrant2'],
  [0x0a, 'quadrant3'],
  [0x0b, 'quadrant4'],
  [0x0c, 'importMinusExport'],
  [0x10, 'absoluteValue'],
]);

/** @param code the VIFE after FCh, without its extension bit */
export function extendedModifierOf(code: number): Modifier | undefined {
  const name = EXTENDED.get(code);
  return name === undefined ? undefined : named(name);
}
