import { describeKey } from './keys.js';
import { fieldsOf } from './message.js';

/**
 * Whether a meter is behind current or voltage transformers, and applies their ratio only to values that say so. BT15 tells,
 * where it was read. [MEP p.200, p.215]
 * @param dimensions `msg.meter.dimensions`, whatever it is
 */
export function hasTransformers(dimensions: unknown): boolean {
  const { applied, ctRatio, vtRatio } = fieldsOf(fieldsOf(dimensions)['BT15']);
  return applied === true && [ctRatio, vtRatio].some((ratio) => typeof ratio === 'number' && ratio > 1);
}

/** The key under which a meter tells a value of the house: behind transformers that is the value after their ratio. */
export function houseKey(key: string, isBehindTransformers: boolean): string {
  const afterRatio = `${key}PostRatio`;
  return isBehindTransformers && describeKey(afterRatio) !== undefined ? afterRatio : key;
}
