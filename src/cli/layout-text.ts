import { printable, printableJson } from '../internal.js';

/** A column of a table: its heading, and whether it holds numbers. */
export interface Column {
  readonly heading: string;
  readonly isNumber?: boolean;
}

const GAP = '  ';
const BOLD = '\u001b[1m';
const PLAIN = '\u001b[0m';

/**
 * Rows under headings, each column as wide as its widest cell; an empty column is left out. Ends with
 * a line break.
 * @param isStyled whether the headings may be bold
 */
export function tableText(columns: readonly Column[], cells: readonly (readonly string[])[], isStyled = false): string {
  const rows = cells.map((row) => row.map(cellText));
  const used = columns.map((_, index) => index).filter((index) => rows.some((row) => (row[index] ?? '') !== ''));
  const headings = columns.map((column) => column.heading);
  const widths = columns.map((_, index) => Math.max(...[headings, ...rows].map((row) => (row[index] ?? '').length)));
  const line = (row: readonly string[]): string =>
    used
      .map((index) => {
        const cell = row[index] ?? '';
        const width = widths[index] ?? 0;
        return columns[index]?.isNumber ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(GAP)
      .trimEnd();
  const head = isStyled ? `${BOLD}${line(headings)}${PLAIN}` : line(headings);
  return [head, ...rows.map(line)].map((text) => `${text}\n`).join('');
}

/** `Name  value` lines, names as wide as the widest. Ends with a line break. */
export function listText(entries: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${name.padEnd(width)}${GAP}${cellText(value)}\n`).join('');
}

/** The text with blanks before each of its lines. */
export function indented(text: string, by = '    '): string {
  return text.replace(/^(?=.)/gm, by);
}

/** A value from a meter or a file, without control characters for the terminal. */
function cellText(text: string): string {
  return printable(text, Infinity);
}

/** Indented JSON. */
export function jsonText(value: unknown): string {
  return `${printableJson(value, 2)}\n`;
}
