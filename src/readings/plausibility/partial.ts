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
 * A decoded message without its energy: every key is there, those of energy are null, and the table is no whole one any
 * more, so that nothing behind takes the null for a register that the meter does not have.
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
 * Asks to believe what is held back: topic `believe`, payload the serial number of a meter, or nothing for all.
 * @returns the serial number, empty for all; undefined for a message on another topic, or one that holds a reading
 */
export function approvalRequest(msg: Readonly<{ topic?: unknown; payload?: unknown }>): string | undefined {
  if (msg.topic !== 'believe' || isFields(msg.payload)) return undefined;
  return typeof msg.payload === 'string' ? msg.payload.trim() : '';
}
