/**
 * Settings that several dialogs have in common: their defaults and their valid values. Every field may name an environment
 * variable, whose value is checked when the node starts.
 */
import type { EditorNodeProperties } from 'node-red';
import { isWithin, METER_LIMITS, type NumberLimits } from '../src/limits.js';
import type { EditorNode, Property, Validator } from './red.js';

const WHOLE = /^\d+$/;
const DECIMAL = /^\d+(\.\d+)?$/;
const TOPIC = /^[^+#\s/]+(\/[^+#\s/]+)*$/;

/** True if a field names an environment variable. */
export function isVariable(value: string): boolean {
  return /^\$\{[^}]+\}$/.test(value);
}

/**
 * A validator with one rule.
 * @param reason key of the text with the valid values
 * @param values values to insert into that text
 */
export function must<Settings extends EditorNodeProperties>(
  isRight: (this: EditorNode<Settings>, value: string) => boolean,
  reason: string,
  values: Readonly<Record<string, number>> = {},
): Validator<Settings> {
  return function (given, options) {
    const value = String(given ?? '');
    if (isVariable(value) || isRight.call(this, value)) return true;
    return options === undefined ? false : this._(reason, { ...values });
  };
}

interface NumberOptions<Settings extends EditorNodeProperties> {
  /** Value of a new node; default: that of the limits. */
  readonly value?: string;
  readonly required?: boolean;
  /** True if the field may be empty. */
  readonly isOptional?: boolean;
  /** True if the setting is in use with the other settings. */
  readonly isUsed?: (this: EditorNode<Settings>) => boolean;
}

/** A number within limits, with `__min__` and `__max__` in the text with the valid values. */
export function numberField<Settings extends EditorNodeProperties = EditorNodeProperties>(
  limits: NumberLimits,
  reason: string,
  options: NumberOptions<Settings> = {},
): Property<string, Settings> {
  const { value = String(limits.fallback), required = false, isOptional = false, isUsed } = options;
  const pattern = limits.isWhole ? WHOLE : DECIMAL;
  const { min, max } = limits;
  const validate = must<Settings>(
    function (text) {
      if (isUsed?.call(this) === false || (isOptional && text === '')) return true;
      return pattern.test(text) && isWithin(Number(text), limits);
    },
    reason,
    { min, max },
  );
  return { value, ...(required && { required }), validate };
}

/** Number of meters for which a node keeps data. Nodes of older flows have no such setting, and use the default. */
export function maxMetersField(reason: string): Property<string> {
  return numberField(METER_LIMITS, reason, { isOptional: true });
}

/** The MQTT topic below which a node publishes. */
export function topicField(value: string, reason: string, required = false): Property<string> {
  const validate = must((text) => text === '' || TOPIC.test(text), reason);
  return { value, ...(required && { required }), validate };
}

/** The name of a time zone; empty = that of the machine. */
export function timeZoneField(reason: string): Property<string> {
  return { value: '', validate: must((text) => /^([A-Za-z_]+(\/[A-Za-z0-9_+-]+)*)?$/.test(text), reason) };
}

/** The connection of a node. */
export const METER_FIELD: Property<string> = { value: '', type: 'mep-config', required: true };
