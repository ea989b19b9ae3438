/** The field for a table, in which the user types a name or words of the description. */
import { isVariable, must } from './fields.js';
import type { Choice, Property } from './red.js';

/** A table of the catalogue, as `nes-meter/tables` lists it. */
export interface ListedTable {
  readonly name: string;
  readonly number: number;
  readonly title: string;
  readonly summary: string;
  /** The key that reads it. */
  readonly read: string;
}

const TEXTS = '@nes-meter/node-red-nes-meter/mep-config:mep-config.tables.';
const NAME = /^[BE]T\d{2,3}$/i;

/** Kinds of match between a word and a table, from the best to the worst. */
const LIKENESS = {
  name: 100,
  number: 80,
  nameStart: 60,
  titleWord: 40,
  title: 25,
  summaryWord: 15,
  summary: 8,
} as const;

const wordsOf = (text: string): readonly string[] => text.toLowerCase().split(/[^a-z0-9$]+/);

function likeness(table: ListedTable, word: string): number {
  const name = table.name.toLowerCase();
  if (name === word) return LIKENESS.name;
  const numbers = [String(table.number), `0x${table.number.toString(16)}`, name.slice(2)];
  if (numbers.includes(word) || Number(name.slice(2)) === Number(word)) return LIKENESS.number;
  if (name.startsWith(word)) return LIKENESS.nameStart;
  if (wordsOf(table.title).some((part) => part.startsWith(word))) return LIKENESS.titleWord;
  if (table.title.toLowerCase().includes(word)) return LIKENESS.title;
  if (wordsOf(table.summary).some((part) => part.startsWith(word))) return LIKENESS.summaryWord;
  return table.summary.toLowerCase().includes(word) ? LIKENESS.summary : 0;
}

/** The tables that match every word, the best match first. Without words all tables, an exact name first. */
export function searchTables<Table extends ListedTable>(tables: readonly Table[], text: string): Table[] {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...tables];
  const named = tables.find((table) => table.name.toLowerCase() === words.join(' '));
  if (named) return [named, ...tables.filter((table) => table !== named)];
  const likenessOf = (table: Table): number => {
    const each = words.map((word) => likeness(table, word));
    return each.includes(0) ? 0 : each.reduce((sum, one) => sum + one);
  };
  return tables
    .map((table) => ({ table, likeness: likenessOf(table) }))
    .filter((found) => found.likeness > 0)
    .sort((one, other) => other.likeness - one.likeness)
    .map((found) => found.table);
}

/** True if a field contains the name of a table, an environment variable, or nothing. */
export function isTable(value: string): boolean {
  return value === '' || NAME.test(value) || isVariable(value);
}

/** The setting that names a table. */
export function tableField(value: string, reason: string): Property<string> {
  return { value, validate: must(isTable, reason) };
}

function choiceOf(table: ListedTable): Choice {
  const label = $('<div class="nes-meter-table">');
  $('<b>').text(table.name).appendTo(label);
  $('<span>').text(table.title).appendTo(label);
  $('<small>').text(table.summary).appendTo(label);
  return { value: table.name, label };
}

/**
 * Offers the tables of the catalogue below a field.
 * @param onLoaded called with the tables, once they are known
 */
export function offerChoices(
  input: JQuery,
  onLoaded: (tables: readonly ListedTable[]) => void = () => undefined,
): void {
  let tables: readonly ListedTable[] = [];
  input.autoComplete({ minLength: 0, search: (text) => searchTables(tables, text).map(choiceOf) });
  // A choice made with Tab or Enter changes the input without a `change` event.
  input.on('keydown', (event) => {
    if (event.key === 'Tab' || event.key === 'Enter') setTimeout(() => input.trigger('change'));
  });
  void $.getJSON('nes-meter/tables').done((answer: { readonly tables?: readonly ListedTable[] } | null) => {
    tables = answer?.tables ?? [];
    onLoaded(tables);
  });
}

/**
 * Attaches the catalogue to the field of the table, and shows the chosen table below it.
 * @param empty text for an empty field
 */
export function offerTables(empty: string): void {
  const input = $('#node-input-table');
  const note = $('#nes-meter-table-note');
  let tables: readonly ListedTable[] = [];
  const showNote = (): void => {
    const value = String(input.val()).trim();
    const table = tables.find(({ name }) => name.toLowerCase() === value.toLowerCase());
    note.empty();
    if (value === '') note.text(empty);
    else if (table) {
      $('<b>').text(table.title).appendTo(note);
      note.append($('<br>'), document.createTextNode(`${table.summary} ${RED._(`${TEXTS}read-${table.read}`)}`));
    } else if (tables.length > 0 && !isVariable(value)) note.text(RED._(`${TEXTS}unknown`));
  };
  input.on('change input keyup blur', showNote);
  offerChoices(input, (loaded) => {
    tables = loaded;
    showNote();
  });
  showNote();
}
