import type { GuardedMeter, Oddity } from './guard.js';
import type { Reason } from './finding.js';
import { REASONS } from './finding.js';
import { fieldsOf, isFields } from '../message.js';
import { isRegisterValue, isTime } from '../numbers.js';
import type { KnownRegister } from './registers.js';
import { isEnergy } from './sample.js';

/** What is worth keeping of a meter over a restart, JSON-safe. */
export interface RememberedGuard {
  readonly id: string;
  /**
   * By key: the last good value, when it was read (ms since 1970), the last certain one, and when it was read by the
   * meter's clock; null where that is not known.
   */
  readonly registers: Readonly<
    Record<string, readonly [value: number, at: number, anchor: number, meterAt: number | null]>
  >;
  /** By key: from where a register fell far when that was believed. */
  readonly formers: Readonly<Record<string, number>>;
  /** Keys with what is odd about them and was accepted. */
  readonly oddities: readonly (readonly [key: string, reason: Reason])[];
}

/** What to keep over a restart. What was being confirmed begins again. */
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
  // What was kept by a version that knew nothing of the meter's clock has three parts.
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
 * A remembered meter, before its first reading since the start.
 * @param remembered what `remember` gave, back from wherever it was kept
 * @returns undefined when it is something else: then the first reading is confirmed by a second one
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
