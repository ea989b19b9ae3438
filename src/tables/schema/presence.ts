import type { Dimensions } from './description.js';
import { hasFields } from './firmware.js';
import type { Visitor } from './walk.js';

/** How a visitor decides which of the fields at the end of a table are there, and how long the last one is. */
type Presence = Pick<Visitor, 'isThere' | 'hasElement' | 'extent'>;

/** The fields that the meter's firmware has; all that are described where BT01 is not among the dimensions. */
export function byFirmware(dims: Dimensions): Presence {
  const firmware = dims['BT01'] ?? undefined;
  return {
    isThere: ({ group }) => hasFields(firmware, group.firmware),
    hasElement: ({ growth }) => hasFields(firmware, growth?.firmware ?? null),
    extent: (_leaf, _offset, max) => max,
  };
}

/** The fields that begin before the offset `end`, where the bytes of the table end. */
export function byLength(end: number): Presence {
  return {
    isThere: (_trailing, offset) => offset < end,
    hasElement: (_array, _index, offset) => offset < end,
    extent: (_leaf, offset, max) => Math.min(max, Math.max(0, end - offset)),
  };
}
