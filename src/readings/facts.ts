import type { Facts, FieldNode, FieldValue, TableDescription, TableValues } from '../tables/index.js';

/** What of a table's description matters to its readers. */
interface Traits {
  readonly holdsRegisters: boolean;
  /** Fields that are keys: paths without the numbers of elements, `devices.securityKey`. */
  readonly secrets: ReadonlySet<string>;
}

const known = new WeakMap<TableDescription, Traits>();

function traitsOf(table: TableDescription): Traits {
  let traits = known.get(table);
  if (traits === undefined) {
    const fields = describedFields(table.fields, '');
    traits = {
      holdsRegisters: fields.some(({ facts }) => facts.register !== undefined),
      secrets: new Set(fields.filter(({ facts }) => facts.isSecret).map(({ path }) => path)),
    };
    known.set(table, traits);
  }
  return traits;
}

/** Whether the table has registers, under whatever dimensions. */
export function holdsRegisters(table: TableDescription): boolean {
  return traitsOf(table).holdsRegisters;
}

/** The values with null in place of every key the table holds. Values of tables without keys are handed back as they are. */
export function withoutSecrets(table: TableDescription, values: TableValues): TableValues {
  const { secrets } = traitsOf(table);
  return secrets.size === 0 ? values : (hidden(values, '', secrets) as TableValues);
}

function hidden(value: FieldValue, path: string, secrets: ReadonlySet<string>): FieldValue {
  if (secrets.has(path)) return null;
  if (Array.isArray(value)) return value.map((element) => hidden(element, path, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, hidden(member, joined(path, name), secrets)]),
  );
}

function describedFields(nodes: readonly FieldNode[], around: string): { path: string; facts: Facts }[] {
  return nodes.flatMap((node) => {
    const path = 'name' in node ? joined(around, node.name) : around;
    const parts = node.kind === 'bits' ? node.parts : node.kind === 'nibbles' ? node.head : [];
    return [
      ...('facts' in node ? [{ path, facts: node.facts }] : []),
      ...parts.map((part) => ({ path: joined(around, part.name), facts: part.facts })),
      ...('fields' in node ? describedFields(node.fields, path) : []),
      ...('element' in node ? describedFields(node.element, path) : []),
    ];
  });
}

function joined(path: string, name: string): string {
  if (name === '') return path;
  return path === '' ? name : `${path}.${name}`;
}
