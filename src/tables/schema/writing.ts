import type { Dimensions, FieldNode, TableDescription, WriteRisk } from './description.js';
import { layoutOf } from './layout.js';

/** Whether this package may write a table. */
export function isWritable(table: TableDescription): boolean {
  return table.write !== 'never' && table.mayBeWritten !== false;
}

/** Whether writes to a table are rate-limited, because they wear out memory or can do damage. */
export function isRateLimited(table: TableDescription): boolean {
  return table.isVolatile !== true || table.risk !== undefined;
}

/** Whether some fields of a table require a separate permission, though the table does not. */
export function hasRiskyFields(table: TableDescription): boolean {
  return table.risk === undefined && table.fields.some(isRisky);
}

function isRisky(node: FieldNode): boolean {
  switch (node.kind) {
    case 'bits':
      return node.parts.some(({ attributes }) => attributes.risk !== undefined);
    case 'array':
    case 'sequence':
      return node.attributes.risk !== undefined || node.element.some(isRisky);
    case 'record':
    case 'when':
    case 'since':
    case 'block':
    case 'selfSized':
      return node.fields.some(isRisky);
    case 'reserved':
    case 'rest':
    case 'seek':
      return false;
    default:
      return node.attributes.risk !== undefined;
  }
}

/**
 * The damage that a change can do, for which it requires a separate permission; undefined where it requires none.
 * @param offset offset of `before` and `after`, which have the same length, in the table
 * @throws DecodeError `dimensions-missing`
 */
export function riskOfChange(
  table: TableDescription,
  dims: Dimensions,
  offset: number,
  before: Uint8Array,
  after: Uint8Array,
): WriteRisk | undefined {
  if (table.risk !== undefined || !hasRiskyFields(table)) return table.risk;
  return layoutOf(table, dims).risky.find((byte) => {
    const was = before[byte.offset - offset];
    const becomes = after[byte.offset - offset];
    return was !== undefined && becomes !== undefined && ((was ^ becomes) & byte.mask) !== 0;
  })?.risk;
}
