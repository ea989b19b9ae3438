import { printable } from '../../texts.js';
import { FORMAT_SETTINGS } from '../format-settings.js';
import type { FormatDefinition } from '../format.js';
import type { HistoryEntry } from '../history-entry.js';
import type { HistoryWriter } from '../history-writer.js';
import { plainNumber } from '../plain-number.js';
import { choiceSetting, textSetting } from '../settings.js';
import { COLUMNS, formatOfRows, type Row, rowOfEntry } from './columns.js';
import { isWritten, recallTimes, withTime, type WrittenTimes } from './written-times.js';

interface Style {
  readonly separator: ',' | ';';
  readonly point: string;
}

/** How programs want it (a comma between values), or spreadsheets in countries that have a decimal comma. */
const STYLES: Readonly<Record<string, Style>> = {
  comma: { separator: ',', point: '.' },
  semicolon: { separator: ';', point: ',' },
};
const DEFAULTS = FORMAT_SETTINGS.csv;

const styleSetting = (value: unknown): Style => choiceSetting('style', value, DEFAULTS.style, STYLES);

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
const meterOf = ({ serial, id }: Pick<Row, 'serial' | 'id'>): string => (printable(serial) === serial ? serial : id);

function lineOf(row: Row, style: Style): string {
  return [timeText(row.at), textCell(meterOf(row)), ...numberCells([...row.values.values()], style)].join(
    style.separator,
  );
}

function numberCells(values: readonly (number | null)[], { point }: Style): string[] {
  return values.map((value) => (value === null ? '' : plainNumber(value).replace('.', point)));
}

/** The columns of the rows of intervals behind `start_utc`, `end_utc`, `serial` and `minutes`. */
const INTERVAL_COLUMNS: readonly (readonly [name: string, valueOf: (entry: HistoryEntry) => number | null])[] = [
  ['used_import_wh', (entry) => entry.used['activeEnergyImport'] ?? null],
  ['used_export_wh', (entry) => entry.used['activeEnergyExport'] ?? null],
  ['energy_import_wh', (entry) => entry.values['activeEnergyImport'] ?? null],
  ['energy_export_wh', (entry) => entry.values['activeEnergyExport'] ?? null],
];
const WH_PER_KWH = 1_000;
const MINUTE_MS = 60_000;

function intervalLine(entry: HistoryEntry, style: Style): string {
  const { at, minutes, quality, device, id } = entry;
  const energies = INTERVAL_COLUMNS.map(([, valueOf]) => valueOf(entry)).map((energy) =>
    energy === null ? null : Math.round(energy * WH_PER_KWH),
  );
  return [
    timeText(at - minutes * MINUTE_MS),
    timeText(at),
    textCell(meterOf({ serial: device.serial, id })),
    ...numberCells([minutes, ...energies], style),
    textCell(quality),
  ].join(style.separator);
}

/** What the rows of a file are, and how a row that is in the file is recognised. */
interface Rows {
  readonly columns: readonly string[];
  /** @returns undefined where the entry has nothing for a row */
  readonly lineOf: (entry: HistoryEntry, style: Style) => string | undefined;
  /** Where in a line the time of the row is, and the cells that name its series. */
  readonly timeAt: number;
  readonly seriesAt: readonly number[];
}

const ROWS: Readonly<Record<string, Rows>> = {
  readings: {
    columns: ['time_utc', 'serial', ...COLUMNS.map(({ name }) => name)],
    lineOf: (entry, style) => {
      const row = rowOfEntry(entry);
      return row && lineOf(row, style);
    },
    timeAt: 0,
    seriesAt: [1],
  },
  intervals: {
    columns: ['start_utc', 'end_utc', 'serial', 'minutes', ...INTERVAL_COLUMNS.map(([name]) => name), 'quality'],
    lineOf: (entry, style) => (entry.kind === 'interval' ? intervalLine(entry, style) : undefined),
    timeAt: 1,
    seriesAt: [2, 3],
  },
};

/**
 * The first line of a file, without its end.
 * @param style `comma` or `semicolon`
 * @param rows `readings` or `intervals`
 * @throws UsageError `bad-setting`
 */
export function csvHeader(style: string, rows = 'readings'): string {
  return choiceSetting('rows', rows, DEFAULTS.rows, ROWS).columns.join(styleSetting(style).separator);
}

const CELL = { ',': /"(?:[^"]|"")*"|[^,]*/y, ';': /"(?:[^"]|"")*"|[^;]*/y } as const;

/** The cells of a line as they are, with their quotes; empty where it is not a whole row. */
function cellsOf(line: string, { separator }: Style, count: number): readonly string[] {
  const pattern = new RegExp(CELL[separator]);
  const cells: string[] = [];
  for (let at = 0; at <= line.length; at = pattern.lastIndex + 1) {
    pattern.lastIndex = at;
    cells.push(pattern.exec(line)?.[0] ?? '');
    if (pattern.lastIndex < line.length && line.charAt(pattern.lastIndex) !== separator) return [];
  }
  return cells.length === count ? cells : [];
}

/** Time and series of a row; undefined where the line is none. */
function placeOf(line: string, rows: Rows, style: Style): { series: string; at: number } | undefined {
  const cells = cellsOf(line, style, rows.columns.length);
  const at = Date.parse(`${(cells[rows.timeAt] ?? '').replace(' ', 'T')}Z`);
  return Number.isNaN(at) ? undefined : { series: rows.seriesAt.map((index) => cells[index]).join(' '), at };
}

/** Writes each row once: one that is in `times` is left out. The rows of a list are one text. */
function csvWriter(times: WrittenTimes, rows: Rows, style: Style): HistoryWriter {
  return {
    kept: times,
    write: (entries) => {
      let written = times;
      const lines: string[] = [];
      for (const entry of entries) {
        const line = rows.lineOf(entry, style);
        const place = line === undefined ? undefined : placeOf(line, rows, style);
        if (line === undefined || place === undefined || isWritten(written, place.series, place.at)) continue;
        written = withTime(written, place.series, place.at);
        lines.push(line);
      }
      const messages = lines.length === 0 ? [] : [{ payload: lines.join('\n') }];
      return { writer: csvWriter(written, rows, style), messages };
    },
  };
}

function timesIn(lines: readonly string[], rows: Rows, style: Style): WrittenTimes {
  let times: WrittenTimes = {};
  for (const line of lines) {
    const place = placeOf(line, rows, style);
    // History has whole minutes only.
    if (place === undefined || place.at % MINUTE_MS !== 0 || isWritten(times, place.series, place.at)) continue;
    times = withTime(times, place.series, place.at);
  }
  return times;
}

/**
 * A line of a CSV file for each reading, without its end: the *file* node adds that. What was not measured is empty. Each
 * interval of the history is written once, those of a list as one text.
 */
export const csv: FormatDefinition = {
  name: 'csv',
  defaults: DEFAULTS,
  create: (given) => {
    const style = styleSetting(given['style']);
    const rows = choiceSetting('rows', given['rows'], DEFAULTS.rows, ROWS);
    const path = textSetting(given['file'], DEFAULTS.file);
    const heading = rows.columns.join(style.separator);
    return {
      ...(rows === ROWS['readings'] && formatOfRows((row) => ({ payload: lineOf(row, style) }))),
      history: (kept) => csvWriter(recallTimes(kept), rows, style),
      ...(path !== '' && { file: { path, heading, keptOf: (lines) => timesIn(lines, rows, style) } }),
    };
  },
};
