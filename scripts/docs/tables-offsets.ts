import type { Expression, FieldNode } from '../../src/tables/index.js';

/** A number of bytes as the description gives it: a constant, and terms that depend on dimensions. */
export interface Extent {
  readonly bytes: number;
  readonly terms: readonly string[];
}

export const NO_BYTES: Extent = { bytes: 0, terms: [] };
const CLOCK_BYTES = { TIME: 3, LTIME_DATE: 6, STIME_DATE: 5, DATE: 3, ANSI_DATE: 2, RDATE: 2 } as const;

/** A longer sum is unreadable: the offset is then given relative to the field before. */
const MAX_TEXT_LENGTH = 90;

export const sumOf = (one: Extent, other: Extent): Extent => ({
  bytes: one.bytes + other.bytes,
  terms: [...one.terms, ...other.terms],
});

/** `4 + 4 × BT21.numberOfSummations` */
export function extentText({ bytes, terms }: Extent): string {
  const counts = new Map<string, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  const parts = [...counts].map(([term, count]) => (count === 1 ? term : `${count} × ${term}`));
  if (bytes !== 0 || parts.length === 0) parts.unshift(String(bytes));
  return parts.join(' + ');
}

export const isTooLong = (extent: Extent): boolean => extentText(extent).length > MAX_TEXT_LENGTH;

/** An expression as text for the documentation. */
export function expressionText({ text }: Expression): string {
  return text
    .replace(/([\w.[\]]+) \?\? (\d+)/g, '($1 or $2)')
    .replaceAll('*', '×')
    .replaceAll('==', '=')
    .replaceAll('!=', '≠')
    .replaceAll('<=', '≤')
    .replaceAll('>=', '≥');
}

/** The number of bytes that an expression gives, in brackets if its text is more than one word. */
export function extentOf(expression: Expression): Extent {
  const { tree } = expression;
  if (tree.kind === 'number') return { bytes: tree.value, terms: [] };
  const text = expressionText(expression);
  return { bytes: 0, terms: [tree.kind === 'name' ? text : `(${text})`] };
}

/** The bytes of several fields one after the other. */
export function extentOfAll(fields: readonly FieldNode[]): Extent {
  return fields.reduce((before, field) => behind(before, field), NO_BYTES);
}

/** The offset after `field`, which begins at `start`. */
export function behind(start: Extent, field: FieldNode): Extent {
  if (field.kind === 'seek') return extentOf(field.offset);
  if (field.kind === 'sequence') return extentOf(field.until);
  return sumOf(start, extentOfField(field));
}

type Placed = Exclude<FieldNode, { kind: 'seek' | 'sequence' }>;

function extentOfField(field: Placed): Extent {
  switch (field.kind) {
    case 'integer':
    case 'bits':
      return { bytes: field.bytes, terms: [] };
    case 'clock':
      return { bytes: CLOCK_BYTES[field.type], terms: [] };
    case 'nibbles':
      return { bytes: 0, terms: [`((${expressionText(field.count)} + 2) / 2)`] };
    case 'text':
    case 'opaque':
    case 'set':
    case 'reserved':
      return extentOf(field.length);
    case 'array':
      return times(field.count, field.size === null ? extentOfAll(field.element) : extentOf(field.size));
    case 'record':
      return field.size === null ? extentOfAll(field.fields) : extentOf(field.size);
    case 'when':
      return { bytes: 0, terms: [`[${extentText(extentOfAll(field.fields))} if ${expressionText(field.condition)}]`] };
    case 'since':
    case 'block':
      return extentOfAll(field.fields);
    case 'selfSized':
      return extentOf(field.max);
    case 'rest':
      return NO_BYTES;
  }
}

function times(count: Expression, { bytes, terms }: Extent): Extent {
  if (count.tree.kind === 'number') {
    const number = count.tree.value;
    return {
      bytes: number * bytes,
      terms: terms.length === 0 ? [] : [`${number} × (${extentText({ bytes: 0, terms })})`],
    };
  }
  const [factor = ''] = extentOf(count).terms;
  if (terms.length > 0) return { bytes: 0, terms: [`${factor} × (${extentText({ bytes, terms })})`] };
  return { bytes: 0, terms: bytes === 0 ? [] : [bytes === 1 ? factor : `${bytes} × ${factor}`] };
}
