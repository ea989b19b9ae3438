import { fieldsOf, isFields } from '../message.js';
import { isEnergy } from './sample.js';

/** The parts of a message that hold energy. */
interface EnergyParts {
  readonly payload?: unknown;
  readonly registers?: unknown;
  readonly table?: unknown;
}

const isEnergyRegister = (register: unknown): boolean =>
  isFields(register) && typeof register['key'] === 'string' && isEnergy(register['key']);

/**
 * A decoded message without its energy. All keys are kept, those of energy are null, and the table is marked as a part,
 * so that later nodes do not take null for a register that the meter does not have.
 */
export function withoutEnergy(msg: EnergyParts): Required<Pick<EnergyParts, 'payload'>> & EnergyParts {
  const { registers, table } = msg;
  const payload = Object.fromEntries(
    Object.entries(fieldsOf(msg.payload)).map(([key, value]) => [key, isEnergy(key) ? null : value]),
  );
  return {
    payload,
    ...(Array.isArray(registers) && { registers: registers.filter((register) => !isEnergyRegister(register)) }),
    ...(isFields(table) && { table: { ...table, complete: false } }),
  };
}

/**
 * The meter in a request to accept the reading that is held back: topic `believe`, payload its serial number, or none
 * for all meters.
 * @returns the serial number, empty for all; undefined for a message on another topic, or one with a reading
 */
export function approvalRequest(msg: Readonly<{ topic?: unknown; payload?: unknown }>): string | undefined {
  if (msg.topic !== 'believe' || isFields(msg.payload)) return undefined;
  return typeof msg.payload === 'string' ? msg.payload.trim() : '';
}
