import type { GuardedMeter, Oddity } from './guard.js';
import type { Reason } from './finding.js';
import { REASONS } from './finding.js';
import { fieldsOf, isFields } from '../message.js';
import { isRegisterValue, isTime } from '../numbers.js';
import type { KnownRegister } from './registers.js';
import { isEnergy } from './sample.js';

/** The part of a meter's state that is stored over a restart, JSON-safe. */
export interface RememberedGuard {
  readonly id: string;
  /**
   * By key: the last good value, its time (ms since 1970), the last certain value, and the time of the last good value
   * by the meter's clock, null where unknown.
   */
  readonly registers: Readonly<
    Record<string, readonly [value: number, at: number, anchor: number, meterAt: number | null]>
  >;
  /** By key: the value from which a register fell, where a large fall was accepted. */
  readonly formers: Readonly<Record<string, number>>;
  /** Accepted findings by key. */
  readonly oddities: readonly (readonly [key: string, reason: Reason])[];
}

/** The state to store over a restart. Confirmations in progress are dropped and begin again. */
export function remember({ id, registers, oddities }: GuardedMeter): RememberedGuard {
  return {
    id,
    registers: Object.fromEntries(
      [...registers].map(([key, { value, at, anchor, meterAt }]) => [key, [value, at, anchor, meterAt ?? null]]),
    ),
    formers: Object.fromEntries(
      [...registers].flatMap(([key, { former }]) => (former === undefined ? [] : [[key, former]])),
    ),
    oddities: [...oddities.values()].filter(({ isAccepted }) => isAccepted).map(({ key, reason }) => [key, reason]),
  };
}

function registerOf(stored: unknown, former: unknown): KnownRegister | undefined {
  // Earlier versions did not store the time by the meter's clock.
  if (!Array.isArray(stored) || stored.length < 3 || stored.length > 4) return undefined;
  const [value, at, anchor, meterAt = null] = stored as unknown[];
  if (!isRegisterValue(value) || !isTime(at) || !isRegisterValue(anchor)) return undefined;
  return {
    value,
    at,
    meterAt: isTime(meterAt) ? meterAt : undefined,
    arrivedAt: undefined,
    age: 0,
    anchor,
    trail: [],
    ...(isRegisterValue(former) && { former }),
  };
}

function oddityOf(stored: unknown): Oddity | undefined {
  if (!Array.isArray(stored) || stored.length !== 2) return undefined;
  const [key, name] = stored as unknown[];
  const reason = REASONS.find((known) => known === name);
  if (typeof key !== 'string' || reason === undefined) return undefined;
  return { key, reason, since: 0, confirmations: 0, isAccepted: true };
}

/**
 * Restores a stored meter before its first reading since the start.
 * @param remembered a stored result of `remember`, unchecked
 * @returns undefined when the value is invalid: then the first reading must be confirmed by a second one
 */
export function recall(remembered: unknown): GuardedMeter | undefined {
  if (!isFields(remembered)) return undefined;
  const { id, registers, oddities } = remembered;
  const formers = fieldsOf(remembered['formers']);
  if (typeof id !== 'string' || !isFields(registers)) return undefined;
  const known = new Map<string, KnownRegister>();
  for (const [key, stored] of Object.entries(registers)) {
    const register = registerOf(stored, formers[key]);
    if (register === undefined) return undefined;
    if (isEnergy(key)) known.set(key, register);
  }
  const odd = (Array.isArray(oddities) ? oddities : []).map(oddityOf).filter((oddity) => oddity !== undefined);
  return {
    id,
    registers: known,
    oddities: new Map(odd.map((oddity) => [`${oddity.reason} ${oddity.key}`, oddity])),
    candidates: new Map(),
  };
}
