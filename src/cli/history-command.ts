import {
  EMPTY_HISTORY,
  type HistoryKind,
  type HistoryNote,
  HistoryReader,
  type HistoryRecord,
  type MeterSettings,
  printableJson,
} from '../internal.js';
import { HistoryCsv, historyRows } from './history-rows.js';
import { tableText } from './layout-text.js';
import { withMeter } from './meter-command.js';
import { mayStyle, type Terminal } from './terminal.js';
import { EXIT, type ExitCode } from './texts.js';
import type { TraceOption } from './trace-option.js';

export interface HistoryOptions extends TraceOption {
  /** How far back; default: as far as the meter remembers. */
  readonly days?: number;
  readonly dataSet?: 1 | 2 | 3 | 4;
  readonly csv?: true;
  readonly json?: true;
}

const NO_PROFILE = {
  'no-profile': 'This meter records no load profile. The grid company decides about that.',
  'switched-off': 'The load profile of this meter is switched off.',
  'not-permitted': 'The meter does not permit this to be read with this key.',
};
const CLEAR_LINE = '\r\u001b[K';
const BAR_WIDTH = 30;

/** Reads what the meter remembers and prints it. */
export async function runHistory(
  settings: MeterSettings,
  what: HistoryKind,
  options: HistoryOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { days, dataSet = 'auto' } = options;
  const start = days === undefined ? 'everything' : { days };
  const output = outputOf(what, options, terminal);
  const progress = new Progress(what, terminal);
  let code: ExitCode = EXIT.ok;
  output.begin();
  try {
    await withMeter(
      settings,
      terminal,
      async (meter) => {
        const reader = new HistoryReader(meter, { what, dataSet });
        const parts = reader.look(EMPTY_HISTORY, { start, isReportDue: true, signal: terminal.signal });
        for await (const { records, notes } of parts) {
          for (const note of notes) {
            progress.clear();
            terminal.err(noteText(note));
            if ('reason' in note.payload && note.topic === 'profile') code = EXIT.refused;
          }
          output.add(records);
          progress.show(records);
        }
      },
      options,
    );
  } finally {
    progress.clear();
    output.end();
  }
  return code;
}

interface Output {
  readonly begin: () => void;
  readonly add: (records: readonly HistoryRecord[]) => void;
  readonly end: () => void;
}

function outputOf(what: HistoryKind, options: HistoryOptions, terminal: Terminal): Output {
  if (options.json) return jsonOutput(terminal);
  const rowsOf = (records: readonly HistoryRecord[]): ReturnType<typeof historyRows> =>
    records.flatMap((record) => historyRows(what, record));
  if (options.csv) {
    const csv = new HistoryCsv();
    return {
      begin: () => undefined,
      add: (records) => {
        terminal.out(csv.lines(rowsOf(records)));
      },
      end: () => undefined,
    };
  }
  const rows: ReturnType<typeof historyRows> = [];
  return {
    begin: () => undefined,
    add: (records) => {
      rows.push(...rowsOf(records));
    },
    end: () => {
      const [first] = rows;
      if (first === undefined) return;
      const columns = Object.keys(first).map((heading) => ({ heading, isNumber: typeof first[heading] === 'number' }));
      const cells = rows.map((row) => columns.map(({ heading }) => String(row[heading] ?? '')));
      terminal.out(tableText(columns, cells, mayStyle(terminal)));
    },
  };
}

/** A JSON array with one record a line. */
function jsonOutput(terminal: Terminal): Output {
  let isEmpty = true;
  return {
    begin: () => {
      terminal.out('[');
    },
    add: (records) => {
      for (const record of records) {
        terminal.out(`${isEmpty ? '' : ','}\n${printableJson(record)}`);
        isEmpty = false;
      }
    },
    end: () => {
      terminal.out(isEmpty ? ']\n' : '\n]\n');
    },
  };
}

function noteText(note: HistoryNote): string {
  if (note.topic === 'news') return `Note: ${note.payload.reason}\n`;
  if ('reason' in note.payload) return `${NO_PROFILE[note.payload.reason]}\n`;
  const { dataSet, minutes, oldest, newest, days } = note.payload;
  return `Data set ${dataSet}: intervals of ${minutes} minutes, ${days} days, ${oldest ?? ''} to ${newest ?? ''}\n`;
}

/** A bar on the screen that shows how much was read. */
class Progress {
  readonly #what: HistoryKind;
  readonly #terminal: Terminal;
  #count = 0;

  constructor(what: HistoryKind, terminal: Terminal) {
    this.#what = what;
    this.#terminal = terminal;
  }

  show(records: readonly HistoryRecord[]): void {
    this.#count += records.length;
    const last = records.at(-1);
    if (!this.#terminal.isErrorScreen || last === undefined) return;
    const { more } = last.history;
    const all = this.#count + (typeof more === 'number' ? more : 0);
    const done = '#'.repeat(Math.floor((BAR_WIDTH * this.#count) / all)).padEnd(BAR_WIDTH, '.');
    this.#terminal.err(`${CLEAR_LINE}[${done}] ${this.#count} of ${all} ${this.#what}`);
  }

  clear(): void {
    if (this.#terminal.isErrorScreen) this.#terminal.err(CLEAR_LINE);
  }
}
