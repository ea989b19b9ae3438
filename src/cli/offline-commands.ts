/** The commands that need no meter. */
import { CATALOGUE, attributesOf, listPorts, serialUnavailable, type TableDescription } from '../internal.js';
import { decodeBytes, decodedJson, decodedText } from './decoded.js';
import { type DimensionOptions, dimensionsOf, isGuess } from './dimension-options.js';
import { tableBytesIn } from './hex-input.js';
import { jsonText, listText, tableText } from './layout-text.js';
import { mayStyle, type Terminal } from './terminal.js';
import { CommandError, EXIT, type ExitCode } from './texts.js';

export interface DecodeOptions extends DimensionOptions {
  readonly offset: number;
  readonly json?: true;
}

/** Decodes bytes of a table that were read elsewhere. */
export async function runDecode(
  table: TableDescription,
  words: readonly string[],
  options: DecodeOptions,
  terminal: Terminal,
): Promise<void> {
  const bytes = tableBytesIn((await pipedText(words, terminal)) ?? words.join(' '), options.offset);
  if (bytes.length === 0) throw noBytes();
  const decoded = decodeBytes(table, bytes, { offset: options.offset }, await dimensionsOf(options));
  terminal.out(options.json ? jsonText(decodedJson(decoded)) : decodedText(decoded, mayStyle(terminal)));
  if (decoded.kind === 'reading') noteGuess(options, terminal);
}

function noteGuess(options: DimensionOptions & { readonly json?: true }, terminal: Terminal): void {
  if (isGuess(options) && !options.json) terminal.err(GUESS);
}

const GUESS =
  '\nNote: the layout is that of a Gen 3 meter (83331, 83334) without demands, unless BT21, BT22 and BT27 are among the\n' +
  'messages. For another meter give --dimensions.\n';
/** Undefined where the words themselves are the input. */
async function pipedText(words: readonly string[], terminal: Terminal): Promise<string | undefined> {
  const isPiped = words.length === 0 || (words.length === 1 && words[0] === '-');
  return isPiped ? terminal.readInput() : undefined;
}

/** The error of an input without bytes. */
export const noBytes = (): CommandError =>
  new CommandError('No bytes were found. Give them in hex, such as "00 14 3F 00 17".');

/**
 * Lists the serial ports of this machine.
 * @throws TransportError `serial-unavailable`
 */
export async function runPorts(isJson: boolean, terminal: Terminal): Promise<void> {
  const unavailable = await serialUnavailable();
  if (unavailable) throw unavailable;
  const ports = await listPorts();
  if (isJson) terminal.out(jsonText(ports));
  else if (ports.length > 0) {
    const rows = ports.map(({ path, label }) => [path, label === path ? '' : label]);
    terminal.out(tableText([{ heading: 'Port' }, { heading: 'Description' }], rows, mayStyle(terminal)));
  } else terminal.err('No serial port was found. Plug in the adapter; in a container, pass the device in.\n');
}

/** Lists the tables whose name, number or description has all the words; an exact name or number gives all details. */
export function runTables(words: readonly string[], isJson: boolean, terminal: Terminal): ExitCode {
  const wanted = words.join(' ').trim().toLowerCase();
  const exact = CATALOGUE.find(({ name, number }) => name.toLowerCase() === wanted || String(number) === wanted);
  const found = exact ? [exact] : CATALOGUE.filter((table) => wanted.split(/\s+/).every((word) => has(table, word)));
  if (isJson) terminal.out(jsonText(found.map((table) => tableJson(table, table === exact))));
  else if (exact) terminal.out(tableDetails(exact, mayStyle(terminal)));
  else if (found.length > 0) terminal.out(tableList(found, mayStyle(terminal)));
  if (found.length > 0) return EXIT.ok;
  terminal.err('No table has all these words in its name or description.\n');
  return EXIT.refused;
}

function has({ name, number, title, summary }: TableDescription, word: string): boolean {
  return [name, String(number), title, summary].some((text) => text.toLowerCase().includes(word));
}

function tableList(tables: readonly TableDescription[], isStyled: boolean): string {
  const columns = [{ heading: 'Table' }, { heading: 'Key' }, { heading: 'Title' }, { heading: 'Contents' }];
  const rows = tables.map(({ name, read, title, summary }) => [name, read, title, summary]);
  return tableText(columns, rows, isStyled);
}

function tableDetails(table: TableDescription, isStyled: boolean): string {
  const { name, number, title, summary, pages, read, write, since, needs } = table;
  const facts: [string, string][] = [
    ['Table', `${name} (${number})`],
    ['Title', title],
    ['Contents', summary],
    ['Pages', pages],
    ['Key to read', read],
    ['Key to write', write],
  ];
  if (since !== undefined) facts.push(['Since firmware', since]);
  if (needs.length > 0) facts.push(['Layout from', needs.join(', ')]);
  const rows = fieldsJson(table).map(({ field, unit, description }) => [field, unit ?? '', description ?? '']);
  const columns = [{ heading: 'Field' }, { heading: 'Unit' }, { heading: 'Description' }];
  return `${listText(facts)}\n${tableText(columns, rows, isStyled)}`;
}

function tableJson(table: TableDescription, isDetailed: boolean): Record<string, unknown> {
  const { name, number, title, summary, pages, read, write, since, needs } = table;
  return {
    id: name,
    number,
    name: title,
    summary,
    pages,
    read,
    write,
    ...(since !== undefined && { since }),
    needs,
    ...(isDetailed && { fields: fieldsJson(table) }),
  };
}

function fieldsJson(table: TableDescription): { field: string; unit?: string; description?: string }[] {
  return [...attributesOf(table)].map(([field, { unit, description }]) => ({
    field,
    ...(unit !== undefined && { unit }),
    ...(description !== undefined && { description }),
  }));
}
