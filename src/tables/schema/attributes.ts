import type { FieldAttributes, FieldNode, TableDescription } from './description.js';
import type { FieldValue, TableValues } from './values.js';
import { isStructure, joinPath } from './paths.js';

const known = new WeakMap<TableDescription, ReadonlyMap<string, FieldAttributes>>();

/** The attributes of each field by its path without element numbers, in table order. */
export function attributesOf(table: TableDescription): ReadonlyMap<string, FieldAttributes> {
  let attributes = known.get(table);
  if (attributes === undefined) known.set(table, (attributes = new Map(describedFields(table.fields, ''))));
  return attributes;
}

/** Properties of a table's description that every decoding needs, computed once. */
interface Traits {
  readonly holdsRegisters: boolean;
  /** Fields that are keys: paths without the numbers of elements, `devices.securityKey`. */
  readonly secrets: ReadonlySet<string>;
}

const traits = new WeakMap<TableDescription, Traits>();

function traitsOf(table: TableDescription): Traits {
  let found = traits.get(table);
  if (found === undefined) {
    const fields = [...attributesOf(table)];
    found = {
      holdsRegisters: fields.some(([, attributes]) => attributes.register !== undefined),
      secrets: new Set(fields.filter(([, attributes]) => attributes.isSecret).map(([path]) => path)),
    };
    traits.set(table, found);
  }
  return found;
}

/** Whether the table has registers under any dimensions. */
export function holdsRegisters(table: TableDescription): boolean {
  return traitsOf(table).holdsRegisters;
}

/** Whether the table has a field with a key under any dimensions. */
export function holdsSecrets(table: TableDescription): boolean {
  return traitsOf(table).secrets.size > 0;
}

/** The values with null in place of each key. Values of a table without keys are returned unchanged. */
export function withoutSecrets(table: TableDescription, values: TableValues): TableValues {
  const { secrets } = traitsOf(table);
  return secrets.size === 0 ? values : (hidden(values, '', secrets) as TableValues);
}

function hidden(value: FieldValue, path: string, secrets: ReadonlySet<string>): FieldValue {
  if (secrets.has(path)) return null;
  if (Array.isArray(value)) return value.map((element) => hidden(element, path, secrets));
  if (!isStructure(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, hidden(member, joinPath(path, name), secrets)]),
  );
}

function describedFields(nodes: readonly FieldNode[], around: string): [path: string, attributes: FieldAttributes][] {
  return nodes.flatMap((node): [string, FieldAttributes][] => {
    const path = 'name' in node ? joinPath(around, node.name) : around;
    if ('fields' in node) return describedFields(node.fields, path);
    if ('element' in node) return describedFields(node.element, path);
    const parts = node.kind === 'bits' ? node.parts : node.kind === 'nibbles' ? node.head : [];
    return [
      ...parts.map((part): [string, FieldAttributes] => [joinPath(around, part.name), part.attributes]),
      ...('attributes' in node ? [[path, node.attributes] as [string, FieldAttributes]] : []),
    ];
  });
}
