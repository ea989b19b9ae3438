import type { ArrayNode, FieldNode, TableDescription } from './description.js';
import type { FieldValue, TableValues } from './values.js';
import { elementPath, isStructure, joinPath } from './paths.js';

/** Values of a table, with null for fields that the meter marks as not recorded. */
export interface RecordedValues {
  readonly values: TableValues;
  /** Paths of structures that were not recorded: `selfReadEntries[2]`, or '' for the whole table. */
  readonly gaps: readonly string[];
}

const marked = new WeakMap<TableDescription, boolean>();

/**
 * Removes values that the meter marks as invalid: a snapshot or a block without a time was never written, intervals of
 * a load profile may be skipped, and a channel's status may invalidate its value. [MEP p.238-241]
 * @param isThere whether the field of a path is among the bytes; a mark that is missing has no effect
 */
export function recordedOnly(
  table: TableDescription,
  values: TableValues,
  isThere: (path: string) => boolean,
): RecordedValues {
  let isMarked = marked.get(table);
  if (isMarked === undefined) marked.set(table, (isMarked = hasMarks(table.fields)));
  if (!isMarked) return { values, gaps: [] };
  const gaps: string[] = [];
  return { values: structureOf(table.fields, values, '', { isThere, gaps }), gaps };
}

function hasMarks(fields: readonly FieldNode[]): boolean {
  return fields.some((node) => {
    if (
      'attributes' in node &&
      (node.attributes.isStamp ?? node.attributes.recordedBy ?? node.attributes.validBy) !== undefined
    )
      return true;
    if ('element' in node) return hasMarks(node.element);
    return 'fields' in node && hasMarks(node.fields);
  });
}

interface Search {
  readonly isThere: (path: string) => boolean;
  readonly gaps: string[];
}

/** The fields of one structure, including those in its blocks and conditions. */
function ownFields(fields: readonly FieldNode[]): FieldNode[] {
  return fields.flatMap((node) => ('fields' in node && !('name' in node) ? ownFields(node.fields) : [node]));
}

function structureOf(fields: readonly FieldNode[], values: TableValues, path: string, search: Search): TableValues {
  const own = ownFields(fields);
  const isGap = own.some(
    (node) =>
      node.kind === 'clock' &&
      node.attributes.isStamp === true &&
      values[node.name] === null &&
      search.isThere(joinPath(path, node.name)),
  );
  if (isGap) {
    search.gaps.push(path);
    return blank(values) as TableValues;
  }
  const kept: TableValues = { ...values };
  for (const node of own) {
    if (node.kind !== 'array') continue;
    const list = values[node.name];
    if (Array.isArray(list)) kept[node.name] = listOf(node, list, values, joinPath(path, node.name), search);
  }
  return kept;
}

function listOf(
  node: ArrayNode,
  list: readonly FieldValue[],
  around: TableValues,
  path: string,
  search: Search,
): FieldValue[] {
  return list.map((element, index) => {
    if (!isRecorded(node, around, index)) return blank(element);
    return isStructure(element) ? structureOf(node.element, element, elementPath(path, index), search) : element;
  });
}

function isRecorded({ attributes: { recordedBy, validBy } }: ArrayNode, around: TableValues, index: number): boolean {
  const numbers = recordedBy === undefined ? null : around[recordedBy];
  if (Array.isArray(numbers) && !numbers.includes(index)) return false;
  const states = validBy === undefined ? null : around[validBy.field];
  const state = Array.isArray(states) ? states[index] : null;
  return !(typeof state === 'number' && validBy?.noValue.includes(state) === true);
}

/** The same shape, with null for every value. */
function blank(value: FieldValue): FieldValue {
  if (Array.isArray(value)) return value.map(blank);
  if (!isStructure(value)) return null;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, blank(member)]));
}
