import type { Dimensions } from './description.js';
import { hasFields } from './firmware.js';
import type { Visitor } from './walk.js';

/** Methods of a visitor that decide which trailing fields a table has, and the length of the last one. */
type Presence = Pick<Visitor, 'isThere' | 'hasElement' | 'extent'>;

/** Trailing fields by the meter's firmware; all described fields where BT01 is not among the dimensions. */
export function byFirmware(dims: Dimensions): Presence {
  const firmware = dims['BT01'] ?? undefined;
  return {
    isThere: ({ group }) => hasFields(firmware, group.firmware),
    hasElement: ({ growth }) => hasFields(firmware, growth?.firmware ?? null),
    extent: (_leaf, _offset, max) => max,
  };
}

/** Trailing fields by the number of bytes: those that begin before the end of the bytes. */
export function byLength(end: number): Presence {
  return {
    isThere: (_trailing, offset) => offset < end,
    hasElement: (_array, _index, offset) => offset < end,
    extent: (_leaf, offset, max) => Math.min(max, Math.max(0, end - offset)),
  };
}
