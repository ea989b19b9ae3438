import { printable } from '../texts.js';
import { fieldsOf, hasTransformers, isFields, isSimulatedMeter, serialIn, textOf } from '../readings/index.js';

/** A meter as a device; null = not known. */
export interface DeviceInfo {
  readonly serial: string;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly firmware: string | null;
  /** The meter is behind transformers, and applies their ratio only to values that say so. [MEP p.200, p.215] */
  readonly hasTransformers?: true;
  readonly isSimulated?: true;
}

/**
 * The setting for messages without a serial number; empty = such messages are refused.
 * @inline
 */
export interface SerialSetting {
  readonly serial: string;
}

/** Characters of a name that a meter has; the rest of a longer name is dropped. */
const MAX_NAME_LENGTH = 64;

/**
 * The meter of a message; its serial number is empty where neither message nor settings have one.
 * @throws UsageError `serial-too-long`
 */
export function deviceOf(meter: unknown, settings: SerialSetting): DeviceInfo {
  const fields = fieldsOf(meter);
  return {
    serial: serialIn(fields) || settings.serial,
    manufacturer: nameOf(fields['manufacturer']),
    model: nameOf(fields['model']),
    firmware: nameOf(fields['firmware']),
    ...(hasTransformers(fields['dimensions']) && { hasTransformers: true }),
    ...(isSimulatedMeter(meter) && { isSimulated: true }),
  };
}

/** The name of a meter in other programs; a simulated one says so in all of them. */
export function deviceName({ serial, isSimulated }: DeviceInfo): string {
  return `Electricity meter ${printable(serial)}${isSimulated ? ' (simulated)' : ''}`;
}

function nameOf(value: unknown): string | null {
  return textOf(value)?.slice(0, MAX_NAME_LENGTH) ?? null;
}

/** The device of a meter after a further message; the very same object when the message adds nothing. */
export function mergedDevice(known: DeviceInfo | undefined, newer: DeviceInfo): DeviceInfo {
  if (known === undefined) return newer;
  const merged = {
    serial: newer.serial,
    manufacturer: newer.manufacturer ?? known.manufacturer,
    model: newer.model ?? known.model,
    firmware: newer.firmware ?? known.firmware,
    ...((newer.hasTransformers ?? known.hasTransformers) && { hasTransformers: true as const }),
    // A real meter may have the serial number of a simulated one.
    ...(newer.isSimulated && { isSimulated: true as const }),
  };
  return JSON.stringify(merged) === JSON.stringify(known) ? known : merged;
}

/** Whether something kept is what a device is described by. */
export function isDevice(value: unknown): value is DeviceInfo {
  if (!isFields(value)) return false;
  const { serial, manufacturer, model, firmware, hasTransformers, isSimulated } = value;
  return (
    typeof serial === 'string' &&
    [hasTransformers, isSimulated].every((mark) => mark === undefined || mark === true) &&
    [manufacturer, model, firmware].every((item) => item === null || typeof item === 'string')
  );
}
