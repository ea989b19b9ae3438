import { setTimeout as sleep } from 'node:timers/promises';
import {
  isMeterError,
  type Meter,
  type MeterSettings,
  printableJson,
  ProtocolError,
  type TableDescription,
  type TableReading,
  TransportError,
} from '../internal.js';
import { decodeBytes, type Decoded, decodedJson, fieldsText, payloadText } from './decoded.js';
import { withMeter } from './meter-command.js';
import { extentOf, titleOf } from './read-command.js';
import { mayStyle, type Terminal } from './terminal.js';
import { errorText } from './texts.js';
import type { TraceOption } from './trace-option.js';

export interface WatchOptions extends TraceOption {
  /** Seconds from the start of one round to the next. */
  readonly interval: number;
  /** Rounds; without end if left out. */
  readonly rounds?: number;
  readonly json?: true;
}

const CLEAR = '\u001b[2J';
const HOME = '\u001b[H';
const CLEAR_TO_END_OF_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** Reads tables again and again: redrawn on a screen, else one JSON line for each reading. Ctrl-C is its normal end. */
export async function runWatch(
  settings: MeterSettings,
  tables: readonly TableDescription[],
  options: WatchOptions,
  terminal: Terminal,
): Promise<void> {
  const { signal } = terminal;
  const isDrawn = terminal.isScreen && !options.json && terminal.env['TERM'] !== 'dumb';
  if (isDrawn) terminal.out(CLEAR);
  const watch = async (meter: Meter): Promise<void> => {
    for (let round = 1; ; round++) {
      const started = performance.now();
      const blocks: string[] = [];
      for (const table of tables) {
        // Errors of the first round are wiring or keys and end the command; later ones may pass.
        const block = await readBlock(meter, table, round === 1, isDrawn, terminal);
        if (signal.aborted) return;
        if (block !== undefined) blocks.push(block);
      }
      if (isDrawn) terminal.out(screen(blocks.join('\n')));
      else terminal.out(blocks.join(''));
      if (round === options.rounds) return;
      const rest = options.interval * 1_000 - (performance.now() - started);
      await sleep(Math.max(0, rest), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
    }
  };
  await withMeter(settings, terminal, watch, options);
}

/** One table as text; undefined when it could not be read this time. */
async function readBlock(
  meter: Meter,
  table: TableDescription,
  isFirst: boolean,
  isDrawn: boolean,
  terminal: Terminal,
): Promise<string | undefined> {
  const { signal } = terminal;
  try {
    const reading = await meter.readTable(table.name, { priority: 'poll', signal });
    const decoded = decodeBytes(table, reading.bytes, extentOf(reading), reading.meter.dimensions);
    return isDrawn ? drawn(reading, decoded, mayStyle(terminal)) : line(reading, decoded);
  } catch (error) {
    if (signal.aborted) return undefined;
    const mayPass = error instanceof TransportError || error instanceof ProtocolError;
    if (isFirst || !mayPass || !isMeterError(error)) throw error;
    if (isDrawn) return `${table.name} ${table.title}\n${errorText(error)}\n`;
    terminal.err(`${table.name}: ${errorText(error)}\n`);
    return undefined;
  }
}

function drawn(reading: TableReading, decoded: Decoded, isStyled: boolean): string {
  const values =
    decoded.kind === 'reading' ? payloadText(decoded.payload, isStyled) : fieldsText(decoded.rows, isStyled);
  return `${titleOf(reading)}\n${values}`;
}

function line({ table, meter }: TableReading, decoded: Decoded): string {
  const values = decoded.kind === 'reading' ? { payload: decoded.payload } : decodedJson(decoded);
  return `${printableJson({ readAt: table.readAt, table: table.id, serial: meter.serial, ...values })}\n`;
}

/** Overwrites the previous screen without clearing it, which would flicker. */
function screen(text: string): string {
  const lines = `${text}\nCtrl-C ends.\n`;
  return `${HOME}${lines.replace(/\n/g, `${CLEAR_TO_END_OF_LINE}\n`)}${CLEAR_BELOW}`;
}
