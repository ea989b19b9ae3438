import { DecodeError } from '../errors.js';
import type { TableValues } from '../tables/index.js';

/** BT00's number for 4-byte signed integers; 0 is what an empty table holds. [MEP p.197] */
const INT32_FORMAT = 8;
const UNSTATED_FORMAT = 0;

/**
 * Tables are described for little-endian bytes and 4-byte integers, which every known meter declares. A meter that declares
 * anything else would be decoded wrongly. [MEP p.196-197]
 * @throws DecodeError `value-out-of-range`
 */
export function checkFormats(formats: TableValues): void {
  const expected: readonly [field: string, value: number][] = [
    ['dataOrder', 0],
    ['integerFormat', 0],
    ['nonIntegerFormat1', INT32_FORMAT],
    ['nonIntegerFormat2', INT32_FORMAT],
  ];
  for (const [field, value] of expected) {
    const found = formats[field];
    if (found === value || found === UNSTATED_FORMAT) continue;
    throw new DecodeError('value-out-of-range', `BT00 ${field} is ${JSON.stringify(found)} instead of ${value}`, {
      values: { table: 'BT00', field },
    });
  }
}
