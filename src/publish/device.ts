import { fieldsOf, hasTransformers, isFields, textOf } from '../readings/index.js';

/** What is told of a meter as a device; null = the meter did not say. */
export interface DeviceInfo {
  readonly serial: string;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly firmware: string | null;
  /** The meter is behind transformers, and applies their ratio only to values that say so. [MEP p.200, p.215] */
  readonly hasTransformers?: true;
}

/** The setting for messages that bring no serial number; empty = such messages are refused. */
export interface SerialSetting {
  readonly serial: string;
}

/** Who a message says its meter is; its serial number is empty where neither message nor settings tell one. */
export function deviceOf(meter: unknown, settings: SerialSetting): DeviceInfo {
  const fields = fieldsOf(meter);
  return {
    serial: textOf(fields['serial']) ?? settings.serial,
    manufacturer: textOf(fields['manufacturer']),
    model: textOf(fields['model']),
    firmware: textOf(fields['firmware']),
    ...(hasTransformers(fields['dimensions']) && { hasTransformers: true }),
  };
}

/** What two messages tell of one meter; the very same object when the second tells nothing new. */
export function mergedDevice(known: DeviceInfo | undefined, news: DeviceInfo): DeviceInfo {
  if (known === undefined) return news;
  const merged = {
    serial: news.serial,
    manufacturer: news.manufacturer ?? known.manufacturer,
    model: news.model ?? known.model,
    firmware: news.firmware ?? known.firmware,
    ...((news.hasTransformers ?? known.hasTransformers) && { hasTransformers: true as const }),
  };
  return JSON.stringify(merged) === JSON.stringify(known) ? known : merged;
}

/** Whether something kept is what a device is described by. */
export function isDevice(value: unknown): value is DeviceInfo {
  if (!isFields(value)) return false;
  const { serial, manufacturer, model, firmware, hasTransformers } = value;
  return (
    typeof serial === 'string' &&
    (hasTransformers === undefined || hasTransformers === true) &&
    [manufacturer, model, firmware].every((item) => item === null || typeof item === 'string')
  );
}
