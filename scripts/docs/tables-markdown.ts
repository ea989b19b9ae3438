import {
  type Access,
  type BitPart,
  type Expression,
  type FieldAttributes,
  type FieldNode,
  hasRiskyFields,
  isRateLimited,
  isWritable,
  type TableDescription,
  type WriteRisk,
} from '../../src/tables/index.js';
import { behind, expressionText, type Extent, extentText, isTooLong, NO_BYTES } from './tables-offsets.js';

const KEYS: Readonly<Record<Access, string>> = {
  none: 'by anyone',
  MBK: 'by MBK',
  MAK: 'by MAK',
  never: 'never',
};
const RISKS: Readonly<Record<WriteRisk, string>> = {
  power: 'it can switch the power off',
  access: 'it can close a port or lock out a key',
  billing: 'it changes what is billed',
};

/** docs/TABLES.md: every table of the catalogue, from its description alone. */
export function tablesMarkdown(tables: readonly TableDescription[]): string {
  return [
    HEAD,
    ...tables.map(
      ({ name, title, summary }) => `| [${name}](#${name.toLowerCase()}) | ${cell(title)} | ${cell(summary)} |`,
    ),
    '',
    ...tables.map(tableMarkdown),
  ].join('\n');
}

const HEAD = `# Tables

<!-- Written by \`npm run docs\` from the descriptions in src/tables: change those, not this page. -->

All tables that this package describes. \`mep-read-table\` reads them, \`mep-decode-table\` decodes their bytes to values with
the names given here.

**Offset** counts bytes from the table's first; \`+\` counts from the beginning of the structure around the field.
\`4 × BT21.numberOfTiers\` is calculated from the meter's BT21, \`[5 if BT21.dateTimeField]\` are 5 bytes that exist only
under that condition, and a division drops its remainder. _Behind_ a field is the offset after it, or its own offset
where it does not exist. Numbers are little-endian and times are the meter's local time, unless noted otherwise.
**Key**: MBK is the usual key of the MEP port, MAK the advanced one, which opens everything the MBK opens.
**Written**: tables in non-volatile memory wear it out, so writes to them are rate-limited. A dangerous table, or field, is
written only where the connection also allows dangerous writes, and only where the node names the table.
**Pages** are the printed pages of the MEP guide, \`opt\` those of the optical guide.

| Table | Title | What it holds |
| ----- | ----- | ------------- |`;

function tableMarkdown(table: TableDescription): string {
  const { name, number, title, summary, pages, read, since, needs } = table;
  const remarks = [
    `number ${number} (0x${number.toString(16).toUpperCase().padStart(4, '0')})`,
    `read ${KEYS[read]}`,
    writingOf(table),
    ...(since === undefined ? [] : [`since firmware ${since}`]),
    ...(needs.length === 0
      ? []
      : [`laid out by ${needs.map((other) => `[${other}](#${other.toLowerCase()})`).join(', ')}`]),
    `pages ${pages}`,
  ];
  const rows = rowsOf(table.fields, { prefix: '', sign: '', conditions: [] }).map(
    (row) => `| ${row.map(cell).join(' | ')} |`,
  );
  return `## ${name}

**${title}.** ${summary}

${remarks.join(' · ')}

| Offset | Field | Type | Unit | Meaning |
| ------ | ----- | ---- | ---- | ------- |
${rows.join('\n')}
`;
}

function writingOf(table: TableDescription): string {
  if (table.write === 'never') return 'never written';
  if (!isWritable(table)) return `written ${KEYS[table.write]}, never by this package`;
  const limits = [
    ...(table.isVolatile === true ? [] : ['in non-volatile memory']),
    ...(isRateLimited(table) ? ['rate-limited'] : []),
    ...(table.risk === undefined ? [] : [`dangerous: ${RISKS[table.risk]}`]),
    ...(hasRiskyFields(table) ? ['some fields are dangerous'] : []),
  ];
  return `written ${KEYS[table.write]}${limits.length > 0 ? ` (${limits.join('; ')})` : ''}`;
}

type Row = readonly [offset: string, field: string, type: string, unit: string, meaning: string];

/** The structure around the fields being listed. */
interface Around {
  /** `tiers[].` */
  readonly prefix: string;
  /** `+` where offsets count from the beginning of a structure. */
  readonly sign: string;
  /** The conditions under which the fields are present. */
  readonly conditions: readonly string[];
}

/** The position within a structure while its fields are listed. */
interface Place {
  readonly at: Extent;
  /** The field before, '' for none. */
  readonly after: string;
}

const BEGINNING: Place = { at: NO_BYTES, after: '' };

function rowsOf(fields: readonly FieldNode[], around: Around, start = BEGINNING): Row[] {
  const rows: Row[] = [];
  let place = start;
  for (const field of fields) {
    rows.push(...rowsOfField(field, around, place));
    place = { at: behind(place.at, field), after: lastNameIn(field) ?? place.after };
  }
  return rows;
}

/** Name of the last field that a field adds to the enclosing structure. */
function lastNameIn(field: FieldNode): string | undefined {
  if (field.kind === 'bits') return field.parts.at(-1)?.name;
  if (field.kind === 'array' || field.kind === 'sequence') return `${field.name}[]`;
  if ('name' in field) return field.name;
  return 'fields' in field
    ? field.fields
        .map(lastNameIn)
        .filter((name) => name !== undefined)
        .at(-1)
    : undefined;
}

function rowsOfField(field: FieldNode, around: Around, place: Place): Row[] {
  const { prefix, conditions } = around;
  const isNear = place.after === '' || !isTooLong(place.at);
  const offset = isNear ? around.sign + extentText(place.at) : `behind \`${prefix}${place.after}\``;
  const row = (name: string, type: string, attributes: FieldAttributes): Row => [
    offset,
    `\`${prefix}${name}\``,
    type,
    attributes.unit ?? '',
    meaningOf(attributes, conditions),
  ];
  switch (field.kind) {
    case 'seek':
    case 'rest':
    case 'reserved':
      return [];
    case 'bits':
      return field.parts.map((part) =>
        row(part.name, `${bitsText(part)} of ${field.bytes} ${bytesWord(field.bytes)}`, part.attributes),
      );
    case 'nibbles':
      return [
        ...field.head.map((part) => row(part.name, `${bitsText(part)} of the first 4-bit number`, part.attributes)),
        row(field.name, `${expressionText(field.count)} 4-bit numbers`, field.attributes),
      ];
    case 'when':
      return rowsOf(
        field.fields,
        { ...around, conditions: [...conditions, `Only if ${expressionText(field.condition)}.`] },
        place,
      );
    case 'since':
      return rowsOf(
        field.fields,
        field.firmware === null
          ? around
          : { ...around, conditions: [...conditions, `Since firmware ${field.firmware}.`] },
        place,
      );
    case 'block':
    case 'selfSized':
      return rowsOf(field.fields, around, place);
    case 'array':
    case 'sequence':
    case 'record':
      return structureRows(field, around, row);
    default:
      return [row(field.name, typeText(field), field.attributes)];
  }
}

type Structure = Extract<FieldNode, { kind: 'array' | 'sequence' | 'record' }>;

function structureRows(
  field: Structure,
  { prefix }: Around,
  row: (name: string, type: string, attributes: FieldAttributes) => Row,
): Row[] {
  if (field.kind === 'record') {
    const inside = { prefix: `${prefix}${field.name}.`, sign: '+', conditions: [] };
    return [row(field.name, 'structure', field.attributes), ...rowsOf(field.fields, inside)];
  }
  const many =
    field.kind === 'sequence'
      ? `structures of various lengths up to offset ${expressionText(field.until)}`
      : `${expressionText(field.count)} ×`;
  const [only] = field.element;
  const isBare = only !== undefined && field.element.length === 1 && 'name' in only && only.name === '';
  if (isBare && field.kind === 'array') {
    const attributes = { ...('attributes' in only ? only.attributes : {}), ...field.attributes };
    return [row(`${field.name}[]`, `${many} ${typeText(only)}`, attributes)];
  }
  const size = field.kind === 'array' && field.size !== null ? ` of ${expressionText(field.size)} bytes` : '';
  const growth =
    field.kind === 'array' && field.growth
      ? `, from number ${field.growth.from} on since firmware ${field.growth.firmware}`
      : '';
  const type = field.kind === 'sequence' ? many : `${many} structure${size}${growth}`;
  const inside = { prefix: `${prefix}${field.name}[].`, sign: '+', conditions: [] };
  return [row(`${field.name}[]`, type, field.attributes), ...rowsOf(field.element, inside)];
}

function typeText(field: FieldNode): string {
  switch (field.kind) {
    case 'integer':
      return `${field.signed ? '' : 'U'}INT${8 * field.bytes}${field.bigEndian ? ', big-endian' : ''}`;
    case 'text':
      return `text of ${expressionText(field.length)} characters`;
    case 'opaque':
      return `${field.isOpenEnded ? 'at most ' : ''}${bytesText(field.length)}${field.isReversed ? ', BCD' : ''}`;
    case 'set':
      return `SET of ${bytesText(field.length)}`;
    case 'clock':
      return field.type;
    default:
      return 'structure';
  }
}

const bytesText = (length: Expression): string => `${expressionText(length)} ${length.text === '1' ? 'byte' : 'bytes'}`;
const bytesWord = (count: number): string => (count === 1 ? 'byte' : 'bytes');
const bitsText = ({ from, to, type }: BitPart): string =>
  from === to ? `bit ${from}` : `bits ${from}-${to}${type === 'int' ? ', signed' : ''}`;

function meaningOf(attributes: FieldAttributes, conditions: readonly string[]): string {
  const { description, meanings, divisor, since, register, erratum, isSecret, page, risk } = attributes;
  const source = register?.source;
  return [
    ...conditions,
    ...(since === undefined ? [] : [`Since firmware ${since}.`]),
    ...(description === undefined ? [] : [description]),
    ...(meanings === undefined
      ? []
      : [
          `${Object.entries(meanings)
            .map(([number, text]) => `${number}: ${text}`)
            .join('; ')}.`,
        ]),
    ...(divisor === undefined ? [] : [`On the wire times ${divisor}.`]),
    ...(source === undefined ? [] : [`A register; ${source.table}.${source.field} says of what.`]),
    ...(risk === undefined ? [] : [`Dangerous: ${RISKS[risk]}.`]),
    ...(isSecret ? ['A key: not shown.'] : []),
    ...(page === undefined ? [] : [`Page ${page}.`]),
    ...(erratum === undefined ? [] : [`_The guide: ${erratum}_`]),
  ].join(' ');
}

/** Text of a table cell: a single line with its separators escaped. */
function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;').trim();
}
