/** The tables of a real meter, from a dump, a report or a trace. Pure. */
import { fromHex } from '../bytes/hex.js';
import { RESPONSE_CODES } from '../c1218/services.js';
import { isFields } from '../readings/message.js';
import { REPORT_FORMAT } from './report.js';
import { Conversation, type TracedExchange } from './trace/conversation.js';
import { parseTraceLine, type TraceLine } from './trace/line.js';

export const DUMP_FORMAT = 'nes-meter dump 1';
/** Limit for a table of unknown length; longer data is not a table. */
const MAX_TABLE_BYTES = 1_000_000;

/** The tables of a meter, by number. */
export interface Capture {
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly firmware: string | null;
  readonly tables: ReadonlyMap<number, Uint8Array>;
  /** The response codes of the tables that were refused. */
  readonly refusals: ReadonlyMap<number, number>;
}

/** Response codes of the meter by our error codes. */
const STATUSES: Readonly<Record<string, number>> = {
  'unrecognised-request': RESPONSE_CODES.unrecognisedRequest,
  'unsupported-request': RESPONSE_CODES.unsupportedRequest,
  'no-permission': RESPONSE_CODES.noPermission,
  'operation-not-possible': RESPONSE_CODES.operationNotPossible,
  'table-not-available': RESPONSE_CODES.tableOperationNotPossible,
};

/** Collects a capture from documents and from lines of a trace. */
export class CaptureReader {
  readonly #tables = new Map<number, Uint8Array>();
  readonly #refusals = new Map<number, number>();
  readonly #conversation = new Conversation();
  #meter: Pick<Capture, 'manufacturer' | 'model' | 'firmware'> = { manufacturer: null, model: null, firmware: null };
  #index = 0;

  /**
   * Adds a dump or a report.
   * @returns true if the document is one of them
   */
  addDocument(document: unknown): boolean {
    if (!isFields(document)) return false;
    const { format, meter, tables, trace } = document as Record<string, unknown>;
    if (format !== DUMP_FORMAT && format !== REPORT_FORMAT) return false;
    if (isFields(meter)) this.#describe(meter);
    // The tables of a report are complete; its trace has the other tables that were read.
    if (Array.isArray(trace)) for (const text of trace) this.addLine(parseTraceLine(String(text)));
    if (Array.isArray(tables)) for (const entry of tables) this.#addEntry(entry);
    return true;
  }

  /** Adds a line of a trace. */
  addLine(line: TraceLine | undefined): void {
    const exchange = line && this.#conversation.next(line, this.#index++);
    if (exchange) this.#addExchange(exchange);
  }

  /** The capture so far. */
  get capture(): Capture {
    const last = this.#conversation.end();
    if (last) this.#addExchange(last);
    return { ...this.#meter, tables: this.#tables, refusals: this.#refusals };
  }

  #describe({ manufacturer, model, firmware }: Record<string, unknown>): void {
    const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
    this.#meter = { manufacturer: textOf(manufacturer), model: textOf(model), firmware: textOf(firmware) };
  }

  #addEntry(entry: unknown): void {
    if (!isFields(entry)) return;
    const { number, raw, refused } = entry as Record<string, unknown>;
    if (typeof number !== 'number' || !Number.isInteger(number)) return;
    const bytes = typeof raw === 'string' ? fromHex(raw) : undefined;
    if (bytes) {
      this.#tables.set(number, bytes);
      this.#refusals.delete(number);
      return;
    }
    const code = isFields(refused) ? (refused as Record<string, unknown>)['code'] : undefined;
    this.#refusals.set(number, STATUSES[String(code)] ?? RESPONSE_CODES.tableOperationNotPossible);
  }

  #addExchange({ request, answer, head }: TracedExchange): void {
    if (!request || !('count' in request) || !answer || answer.isMasked) return;
    const offset = request.service === 'partial-read' ? request.offset : 0;
    const [status = 0] = answer.bytes;
    if (status !== RESPONSE_CODES.ok) {
      // A refused part of a table whose beginning was read is no refusal of the table; codes from 0A on concern the session.
      if (!this.#tables.has(request.table) && status < RESPONSE_CODES.deviceBusy)
        this.#refusals.set(request.table, status);
      return;
    }
    const end = answer.bytes.length - (head?.protocol === 'optical' ? 1 : 0);
    this.#keep(request.table, offset, answer.bytes.subarray(3, end));
  }

  #keep(table: number, offset: number, data: Uint8Array): void {
    const known = this.#tables.get(table) ?? new Uint8Array(0);
    const size = Math.max(known.length, offset + data.length);
    if (size > MAX_TABLE_BYTES) return;
    const bytes = new Uint8Array(size);
    bytes.set(known);
    bytes.set(data, offset);
    this.#tables.set(table, bytes);
    this.#refusals.delete(table);
  }
}
