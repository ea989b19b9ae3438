import type {
  ArrayNode,
  BitPart,
  BitsNode,
  BlockNode,
  ClockNode,
  ClockType,
  FieldAttributes,
  FieldNode,
  IntegerNode,
  NibblesNode,
  OpaqueNode,
  RecordNode,
  ReservedNode,
  RestNode,
  SeekNode,
  SelfSizedNode,
  SequenceNode,
  SetNode,
  SinceNode,
  TableDescription,
  TextNode,
  WhenNode,
} from './description.js';
import { expression } from './expression.js';

/** Builders of table descriptions: the guide's data types [MEP p.40-42] and the structures of its tables. */

type Count = string | number;
type IntegerOptions = FieldAttributes & { readonly bigEndian?: boolean };

const integer =
  (bytes: number, signed: boolean) =>
  (name: string, options: IntegerOptions = {}): IntegerNode => {
    const { bigEndian = false, ...attributes } = options;
    return { kind: 'integer', name, bytes, signed, bigEndian, attributes };
  };

export const uint8 = integer(1, false);
export const uint16 = integer(2, false);
export const uint32 = integer(4, false);
export const int8 = integer(1, true);
export const int16 = integer(2, true);
export const int32 = integer(4, true);
/** INT32 on every NES meter, by BT00. [MEP p.40] */
export const niFormat1 = int32;
export const niFormat2 = int32;

export const bool = (bit: number, name: string, attributes: FieldAttributes = {}): BitPart => ({
  type: 'bool',
  name,
  from: bit,
  to: bit,
  attributes,
});
export const uint = (from: number, to: number, name: string, attributes: FieldAttributes = {}): BitPart => ({
  type: 'uint',
  name,
  from,
  to,
  attributes,
});
export const int = (from: number, to: number, name: string, attributes: FieldAttributes = {}): BitPart => ({
  type: 'int',
  name,
  from,
  to,
  attributes,
});
/** Bit fields that share one or more bytes; bits without a name are filler. */
export const bits = (bytes: number, parts: readonly BitPart[], order: 'little' | 'big' = 'little'): BitsNode => ({
  kind: 'bits',
  bytes,
  bigEndian: order === 'big',
  parts,
});

/** ARRAY OF CHAR. */
export const chars = (
  name: string,
  length: Count,
  attributes: FieldAttributes = {},
  padding: 'null' | 'blank' = 'null',
): TextNode => ({
  kind: 'text',
  name,
  length: expression(length),
  padding,
  attributes,
});
export const opaque = (name: string, length: Count, attributes: FieldAttributes = {}): OpaqueNode => ({
  kind: 'opaque',
  name,
  length: expression(length),
  isOpenEnded: false,
  isReversed: false,
  attributes,
});
/** A number in packed BCD, the last two digits first; decoded to its digits as text. */
export const bcd = (name: string, bytes: number, attributes: FieldAttributes = {}): OpaqueNode => ({
  ...opaque(name, bytes, attributes),
  isReversed: true,
});
/** The last field of a table: the remaining bytes, at most `length`. */
export const remainder = (name: string, length: Count, attributes: FieldAttributes = {}): OpaqueNode => ({
  ...opaque(name, length, attributes),
  isOpenEnded: true,
});
/** `count` 4-bit numbers, the high half of a byte first, after a first half with the bits `head`. */
export const nibbles = (
  name: string,
  count: Count,
  head: readonly BitPart[],
  attributes: FieldAttributes = {},
): NibblesNode => ({
  kind: 'nibbles',
  name,
  head,
  count: expression(count),
  attributes,
});
/** SET(length): `length` bytes of flags. */
export const set = (name: string, length: Count, attributes: FieldAttributes = {}): SetNode => ({
  kind: 'set',
  name,
  length: expression(length),
  attributes,
});

const clock =
  (type: ClockType) =>
  (name: string, attributes: FieldAttributes = {}): ClockNode => ({ kind: 'clock', type, name, attributes });
export const time = clock('TIME');
export const ltimeDate = clock('LTIME_DATE');
export const stimeDate = clock('STIME_DATE');
/** Year, month, day: used in ET54, but not among the guide's types. */
export const date = clock('DATE');
export const ansiDate = clock('ANSI_DATE');
export const rdate = clock('RDATE');

/** Reserved bytes. They are not in the values, and are written as zeros. */
export const reserved = (length: Count): ReservedNode => ({ kind: 'reserved', length: expression(length) });

const listed = (element: FieldNode | readonly FieldNode[]): readonly FieldNode[] =>
  'kind' in element ? [element] : element;

/** ARRAY[count] OF a type (its name is '') or OF a structure (a list of fields). */
export const array = (
  name: string,
  count: Count,
  element: FieldNode | readonly FieldNode[],
  attributes: FieldAttributes = {},
): ArrayNode => ({
  kind: 'array',
  name,
  count: expression(count),
  size: null,
  element: listed(element),
  tiers: false,
  growth: null,
  attributes,
});
/** `ARRAY[count] of size-byte structure`: each takes `size` bytes even where its fields need fewer. */
export const sized = (
  name: string,
  count: Count,
  size: Count,
  element: readonly FieldNode[],
  attributes: FieldAttributes = {},
): ArrayNode => ({ ...array(name, count, element, attributes), size: expression(size) });
/** An array of `count` elements, of which firmware before `firmware` has only the first `from`. */
export const growing = (
  name: string,
  from: number,
  firmware: string,
  count: Count,
  element: readonly FieldNode[],
  attributes: FieldAttributes = {},
): ArrayNode => ({ ...array(name, count, element, attributes), growth: { from, firmware } });
/** An array with one element for each tariff. */
export const tiers = (
  name: string,
  count: Count,
  element: readonly FieldNode[],
  attributes: FieldAttributes = {},
): ArrayNode => ({
  ...array(name, count, element, attributes),
  tiers: true,
});
/** Structures of various lengths up to the offset `until`. */
export const sequence = (
  name: string,
  until: Count,
  element: readonly FieldNode[],
  attributes: FieldAttributes = {},
): SequenceNode => ({ kind: 'sequence', name, until: expression(until), element, attributes });
/** A structure within a table; with `size` it takes that many bytes even where its fields need fewer. */
export const record = (
  name: string,
  fields: readonly FieldNode[],
  size?: Count,
  attributes: FieldAttributes = {},
): RecordNode => ({
  kind: 'record',
  name,
  size: size === undefined ? null : expression(size),
  fields,
  attributes,
});
export const when = (condition: string, ...fields: FieldNode[]): WhenNode => ({
  kind: 'when',
  condition: expression(condition),
  fields,
});
export const since = (firmware: string, ...fields: FieldNode[]): SinceNode => ({ kind: 'since', firmware, fields });
/** Fields at the end that every firmware has, but that may be missing from the given bytes. */
export const ending = (...fields: FieldNode[]): SinceNode => ({ kind: 'since', firmware: null, fields });
export const block = (...fields: FieldNode[]): BlockNode => ({ kind: 'block', fields });
export const seek = (offset: Count): SeekNode => ({ kind: 'seek', offset: expression(offset) });
/** The end of a table whose own bytes define its structure; at most `max` bytes. */
export const selfSized = (max: Count, ...fields: FieldNode[]): SelfSizedNode => ({
  kind: 'selfSized',
  max: expression(max),
  fields,
});
export const rest = (): RestNode => ({ kind: 'rest' });

const FIRST_EXTENDED_TABLE = 2048;

/** A table; its number follows from its name. */
export function table(description: Omit<TableDescription, 'number'>): TableDescription {
  const number = Number(description.name.slice(2)) + (description.name.startsWith('ET') ? FIRST_EXTENDED_TABLE : 0);
  return { ...description, number };
}
