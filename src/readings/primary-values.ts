import { describeKey } from './keys.js';
import { fieldsOf } from './message.js';

/**
 * Whether a meter is behind current or voltage transformers and applies their ratio to the post-ratio values only, by
 * BT15; false where BT15 was not read. [MEP p.200, p.215]
 * @param dimensions `msg.meter.dimensions`, unchecked
 */
export function hasTransformers(dimensions: unknown): boolean {
  const { applied, ctRatio, vtRatio } = fieldsOf(fieldsOf(dimensions)['BT15']);
  return applied === true && [ctRatio, vtRatio].some((ratio) => typeof ratio === 'number' && ratio > 1);
}

/** Key of the primary value: behind transformers the value after CT/VT ratio, else the value without ratio. */
export function primaryValueKey(key: string, isBehindTransformers: boolean): string {
  const afterRatio = `${key}PostRatio`;
  return isBehindTransformers && describeKey(afterRatio) !== undefined ? afterRatio : key;
}
