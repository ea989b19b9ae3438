import { printable } from '../../texts.js';
import { FORMAT_SETTINGS } from '../format-settings.js';
import type { FormatDefinition } from '../format.js';
import { plainNumber } from '../plain-number.js';
import { choiceSetting } from '../settings.js';
import { COLUMNS, type Row, formatOfRows } from './columns.js';

interface Style {
  readonly separator: string;
  readonly point: string;
}

/** How programs want it (a comma between values), or spreadsheets in countries that have a decimal comma. */
const STYLES: Readonly<Record<string, Style>> = {
  comma: { separator: ',', point: '.' },
  semicolon: { separator: ';', point: ',' },
};
const DEFAULTS = FORMAT_SETTINGS.csv;

const styleSetting = (value: unknown): Style => choiceSetting('style', value, DEFAULTS.style, STYLES);

/**
 * The first line of a file, without its end.
 * @param style `comma` or `semicolon`
 * @throws UsageError `bad-setting`
 */
export function csvHeader(style: string): string {
  return ['time_utc', 'serial', ...COLUMNS.map(({ name }) => name)].join(styleSetting(style).separator);
}

/** What begins a formula for a spreadsheet, also behind what it may take for the end of a cell. */
const FORMULA = /(^|[,;|"'\s])(?=[=+\-@＝＋－＠])/gu;

/**
 * A text as a cell. One in which a separator or a quote would be one is quoted; one that a spreadsheet would run, such as
 * `=HYPERLINK(...)`, gets an apostrophe, which makes it a text.
 */
function textCell(text: string): string {
  const harmless = text.replace(FORMULA, "$1'");
  return /[",;]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** `2026-11-20 11:20:00`, which every spreadsheet takes for a time. */
const timeText = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

/** A serial number that a line cannot hold as it is, such as one with a line break, is replaced by the meter's id. */
const meterOf = ({ serial, id }: Row): string => (printable(serial) === serial ? serial : id);

function lineOf(row: Row, style: Style): string {
  const { at, values } = row;
  const numbers = [...values.values()].map((value) =>
    value === null ? '' : plainNumber(value).replace('.', style.point),
  );
  return [timeText(at), textCell(meterOf(row)), ...numbers].join(style.separator);
}

/** A line of a CSV file for each reading, without its end: the *file* node adds that. What was not measured is empty. */
export const csv: FormatDefinition = {
  name: 'csv',
  defaults: DEFAULTS,
  create: ({ style }) => {
    const chosen = styleSetting(style);
    return formatOfRows((row) => ({ payload: lineOf(row, chosen) }));
  },
};
