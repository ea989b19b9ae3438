import { toHex } from '../../bytes/hex.js';
import { type DeviceRead, deviceReadOf } from '../../history/index.js';
import type { MeterDescription } from '../../meter/index.js';
import { isFields } from '../../readings/index.js';
import type { TableValues } from '../../tables/index.js';
import { LogMemory, wantedBy } from './entries.js';
import { meterMoments, type MomentsOf } from './local-clock.js';
import { noLog } from './log-looks.js';
import type { HistoryLook, HistoryPart } from './look.js';
import type { HistoryMemory } from './memory.js';
import { type HistoryRecord, tableOf } from './records.js';
import { contentsIfAny, type HistorySource, structuresOf, wholeRange } from './source.js';

/** M-Bus devices have the handles up to here. [MEP p.84-85] */
const LAST_HANDLE = 999;
/** Time and response information of a stored read. [MEP p.92] */
const HEAD_BYTES = 7;
const LOG_HEADER_BYTES = 6;
/** Length, identifier, handle, execution status and result of an entry in ET45. [MEP p.119-121] */
const ENTRY_HEAD_BYTES = 8;
const HANDLE_BYTES = 2;
const SUCCESS = 4;
/** Element of ET36 that describes ET45. [MEP p.28] */
const LOG_ELEMENT = 4;
const SEQUENCES = 0x1_0000;
const MAX_ROUNDS = 3;

interface Log {
  readonly entries: number;
  readonly entryBytes: number;
}

interface Found {
  readonly serial: string | null;
  readonly momentsOf: MomentsOf;
  readonly log: Log | undefined;
}

/** A stored read, with the key by which it is remembered. */
interface StoredRead {
  readonly read: DeviceRead;
  readonly table: 'ET16' | 'ET45';
  readonly handle: number;
}

/** Looks for the reads of M-Bus devices that the meter has stored. */
export class DeviceLooks {
  readonly #source: HistorySource;
  readonly #hostZone: string;
  #found: Found | undefined;

  constructor(source: HistorySource, hostZone: string) {
    this.#source = source;
    this.#hostZone = hostZone;
  }

  async *look(memory: HistoryMemory, options: HistoryLook): AsyncGenerator<HistoryPart, void> {
    const { signal, span } = options;
    const status = await contentsIfAny(this.#source, 'ET14', signal);
    if (status === undefined) {
      yield noLog(memory);
      return;
    }
    const { meter } = status.reading;
    if (this.#found?.serial !== meter.serial) this.#found = undefined;
    this.#found ??= await this.#find(meter.serial, signal);
    const { momentsOf, log } = this.#found;
    const kept = new LogMemory('mbus', memory, meter.serial, options);
    const known = span ? {} : (kept.entry ?? {});
    const logged = log ? await this.#logged(log, known['log'], momentsOf, signal) : undefined;
    const latest = await this.#latest(
      status.values,
      Number(meter.dimensions['ET11']?.['dataEntrySize']),
      known['reads'],
      momentsOf,
      signal,
    );
    const all = [
      ...(logged?.reads ?? []),
      ...latest.reads.filter((one) => !logged?.reads.some((other) => isSame(one, other))),
    ];
    const isWanted = wantedBy(
      options,
      kept.entry === undefined,
      all.map(({ read: { at } }) => at),
    );
    const records = all.filter(({ read: { at } }) => isWanted(at)).map((one) => deviceRecord(one, meter));
    const moved = kept.move({ reads: latest.heads, ...(logged && { log: logged.sequence }) });
    if (records.length > 0 || moved !== memory) yield { records, notes: kept.notes, memory: moved };
  }

  async #find(serial: string | null, signal: AbortSignal | undefined): Promise<Found> {
    const { momentsOf } = await meterMoments(this.#source, this.#hostZone, signal);
    const sizes = await contentsIfAny(this.#source, 'ET36', signal);
    const element = structuresOf(sizes?.values['actualDimensionList'])[LOG_ELEMENT];
    const entries = Number(element?.['currentEntries'] ?? 0);
    const entryBytes = Number(element?.['entrySize'] ?? 0);
    return {
      serial,
      momentsOf,
      log: entries > 0 && entryBytes > ENTRY_HEAD_BYTES ? { entries, entryBytes } : undefined,
    };
  }

  /** The reads in ET45 that are newer than a known one, ascending. */
  async #logged(
    { entries, entryBytes }: Log,
    known: unknown,
    momentsOf: MomentsOf,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly reads: readonly StoredRead[]; readonly sequence: number }> {
    const header = await wholeRange(this.#source, 'ET45', { offset: 0, count: LOG_HEADER_BYTES }, signal);
    const view = new DataView(header.buffer, header.byteOffset, header.length);
    const [valid, newest, sequence] = [view.getUint8(1), view.getUint8(2), view.getUint16(3, true)];
    const made = typeof known === 'number' ? (sequence - known + SEQUENCES) % SEQUENCES : valid;
    const count = Math.min(valid, made, entries);
    const reads: StoredRead[] = [];
    for (let back = count - 1; back >= 0; back--) {
      const offset = LOG_HEADER_BYTES + ((newest - back + entries) % entries) * entryBytes;
      const head = await wholeRange(this.#source, 'ET45', { offset, count: ENTRY_HEAD_BYTES }, signal);
      const fields = new DataView(head.buffer, head.byteOffset, head.length);
      const length = Math.min(fields.getUint16(0, true) - HANDLE_BYTES, entryBytes - ENTRY_HEAD_BYTES);
      const handle = fields.getUint16(4, true);
      const isRead = fields.getUint8(7) === SUCCESS && handle >= 1 && handle <= LAST_HANDLE && length > HEAD_BYTES;
      if (!isRead) continue;
      const range = { offset: offset + ENTRY_HEAD_BYTES, count: length };
      const read = deviceReadOf(await wholeRange(this.#source, 'ET45', range, signal), momentsOf);
      if (read) reads.push({ read, table: 'ET45', handle });
    }
    return { reads, sequence };
  }

  /** The reads in ET16 that differ from those that were read before. */
  async #latest(
    status: TableValues,
    elementBytes: number,
    known: unknown,
    momentsOf: MomentsOf,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly reads: readonly StoredRead[]; readonly heads: Readonly<Record<string, string>> }> {
    const heads: Record<string, string> = {};
    const reads: StoredRead[] = [];
    for (const [index, device] of structuresOf(status['devices']).entries()) {
      const handle = Number(device['deviceHandle'] ?? 0);
      const count = Math.min(Number(device['billingReadLength'] ?? 0), elementBytes);
      if (handle < 1 || handle > LAST_HANDLE || count <= HEAD_BYTES) continue;
      const range = { offset: index * elementBytes, count };
      const former = isFields(known) ? known[handle] : undefined;
      const stored = await this.#stored(range, former, signal);
      heads[handle] = stored.head;
      const read = stored.bytes && deviceReadOf(stored.bytes, momentsOf);
      if (read) reads.push({ read, table: 'ET16', handle });
    }
    return { reads, heads };
  }

  /** A stored read, unless its head is known; read again where the meter has stored another one meanwhile. */
  async #stored(
    range: { readonly offset: number; readonly count: number },
    known: unknown,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly head: string; readonly bytes?: Uint8Array }> {
    const readHead = async (): Promise<string> =>
      toHex(await wholeRange(this.#source, 'ET16', { offset: range.offset, count: HEAD_BYTES }, signal));
    let head = await readHead();
    if (head === known) return { head };
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const bytes = await wholeRange(this.#source, 'ET16', range, signal);
      const now = await readHead();
      if (now === head && toHex(bytes.subarray(0, HEAD_BYTES)) === head) return { head, bytes };
      head = now;
    }
    return { head: '' };
  }
}

function isSame(one: StoredRead, other: StoredRead): boolean {
  return one.read.device.serial === other.read.device.serial && one.read.local === other.read.local;
}

function deviceRecord({ read, table }: StoredRead, meter: MeterDescription): HistoryRecord {
  const { serial, manufacturer, medium, version, alarms } = read.device;
  return {
    topic: 'mbus',
    payload: read.payload,
    registers: read.records,
    history: { kind: 'mbus', at: read.at, local: read.local },
    table: tableOf(table, read.at),
    meter: {
      ...{ serial, manufacturer, medium, version, alarms },
      encrypted: read.isEncrypted,
      through: meter.serial,
      ...(meter.simulated && { simulated: true }),
    },
  };
}
