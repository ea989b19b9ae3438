import { isRefusal } from '../../error-kinds.js';
import type { HistoryRequest, Steps } from '../../history/index.js';
import type { MeterDescription, ReadTableOptions, TablePiece, TableReading } from '../../meter/index.js';
import { decodeTable, findTable, isStructure, type TableDescription, type TableValues } from '../../tables/index.js';
import type { FieldValue } from '../../tables/index.js';

/** What the history is read from: a meter, or a connection that shares one. */
export interface HistorySource {
  readTable(name: string, options?: ReadTableOptions): Promise<TableReading>;
  readPiece(
    name: string,
    range: { readonly offset: number; readonly count: number },
    signal?: AbortSignal,
    isVerified?: boolean,
  ): Promise<TablePiece>;
}

/** A table with its values. */
export interface TableContents {
  readonly values: TableValues;
  readonly reading: TableReading;
}

/** Reads and decodes a table at the priority of history. @throws what the source throws; DecodeError */
export async function contentsOf(
  source: HistorySource,
  name: string,
  signal: AbortSignal | undefined,
): Promise<TableContents> {
  const reading = await source.readTable(name, { priority: 'history', signal });
  return { values: decodeTable(tableNamed(name), reading.bytes, reading.meter.dimensions), reading };
}

/** The same; undefined where the meter refuses the table. */
export async function contentsIfAny(
  source: HistorySource,
  name: string,
  signal: AbortSignal | undefined,
): Promise<TableContents | undefined> {
  try {
    return await contentsOf(source, name, signal);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** Reads a part of a table; undefined where the meter refuses it. */
export async function readingIfAny(
  source: HistorySource,
  name: string,
  range: { readonly offset: number; readonly count: number },
  signal: AbortSignal | undefined,
): Promise<TableReading | undefined> {
  try {
    return await source.readTable(name, { ...range, priority: 'history', signal });
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** Reads all bytes of a range in as many pieces as it takes. */
export async function wholeRange(
  source: HistorySource,
  table: string,
  { offset, count }: { readonly offset: number; readonly count: number },
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let done = 0; done < count;) {
    const piece = await source.readPiece(table, { offset: offset + done, count: count - done }, signal);
    bytes.set(piece.bytes, done);
    done += piece.bytes.length;
  }
  return bytes;
}

/** Takes a reader to its last step. @returns that step, and the meter as described with the last response */
export async function follow<S extends { readonly request: HistoryRequest | undefined }>(
  source: HistorySource,
  steps: Steps<S, void>,
  signal: AbortSignal | undefined,
): Promise<{ readonly last: S; readonly meter: MeterDescription }> {
  let step = steps.next().value as S;
  for (let meter: MeterDescription | undefined; ;) {
    if (step.request === undefined) {
      if (meter === undefined) throw new TypeError('The reader has read nothing');
      return { last: step, meter };
    }
    const { table, ...range } = step.request;
    const piece = await source.readPiece(table, range, signal);
    ({ meter } = piece);
    step = steps.next(piece.bytes).value as S;
  }
}

/** A table of the catalogue. */
export function tableNamed(name: string): TableDescription {
  const table = findTable(name);
  if (table === undefined) throw new TypeError(`There is no table ${name}`);
  return table;
}

export function structuresOf(value: FieldValue | undefined): TableValues[] {
  return Array.isArray(value) ? value.filter(isStructure) : [];
}
