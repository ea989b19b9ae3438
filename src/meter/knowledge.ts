import type { TableLink } from '../c1218/table-link.js';
import { DecodeError, MeterError, UsageError } from '../errors.js';
import {
  decodeTable,
  type Dimensions,
  dimensionsFromBT20,
  findTable,
  formatFirmware,
  placeOf,
  type TableDescription,
  tableSize,
  type TableValues,
} from '../tables/index.js';

/** Who the meter is, and what must be known to decode its tables. */
export interface MeterDescription {
  /** The utility's serial number (ET03), null where the grid company left it empty. */
  readonly serial: string | null;
  readonly manufacturer: string | null;
  readonly model: string | null;
  /** `3.72.04`; null where BT01 does not tell. */
  readonly firmware: string | null;
  readonly protocol: 'mep' | 'optical';
  /** Decoded dimension tables by name, as far as they were needed. */
  readonly dimensions: Dimensions;
}

type Identity = Omit<MeterDescription, 'protocol' | 'dimensions'>;

/** What a meter answers when it does not have what was asked for; anything else is a failure, not an answer. */
const NOT_THERE: ReadonlySet<string> = new Set([
  'table-not-available',
  'operation-not-possible',
  'unsupported-request',
  'unrecognised-request',
  'no-permission',
]);

/**
 * What is known of a meter: read once, kept over reconnects, and dropped when the meter says that it changed (its IDT
 * version, its firmware) or turns out to be another one. [MEP p.54-55]
 */
export class MeterKnowledge {
  readonly #link: TableLink;
  #identity: Identity | undefined;
  #version: string | undefined;
  #dimensions: Record<string, TableValues> = {};
  #isDoubtful = true;

  constructor(link: TableLink) {
    this.#link = link;
  }

  /** Asks to look again before the next use: the line was lost, or the sequence number jumped. */
  doubt(): void {
    this.#isDoubtful = true;
  }

  get isDoubtful(): boolean {
    return this.#isDoubtful;
  }

  get description(): MeterDescription | undefined {
    if (!this.#identity) return undefined;
    return { ...this.#identity, protocol: this.#link.protocol, dimensions: { ...this.#dimensions } };
  }

  /**
   * Makes sure that the meter is known and is still the same.
   * @returns whether what was known before still holds.
   */
  async confirm(signal: AbortSignal): Promise<boolean> {
    if (!this.#isDoubtful) return true;
    this.#isDoubtful = false;
    try {
      const identity = await this.#readIdentity(signal);
      const version = JSON.stringify([identity, await this.#readIdtVersion(signal)]);
      const isSame = this.#version === version;
      if (!isSame) this.#dimensions = {};
      this.#identity = identity;
      this.#version = version;
      return isSame;
    } catch (error) {
      this.#isDoubtful = true;
      throw error;
    }
  }

  /** The dimensions that a table needs, reading those that are not known yet. */
  async dimensionsFor(table: TableDescription, signal: AbortSignal): Promise<Dimensions> {
    for (const name of table.needs) {
      if (this.#dimensions[name]) continue;
      const needed = findTable(name);
      if (!needed) throw new UsageError('unknown-table', `${table.name} needs ${name}`, { values: { table: name } });
      await this.dimensionsFor(needed, signal);
      this.#dimensions[name] = await this.#readDimensions(needed, signal);
    }
    return this.#dimensions;
  }

  /** BT21 is missing on old firmware: BT20 says the same there. [OPT p.24] What a meter lacks otherwise is empty. */
  async #readDimensions(table: TableDescription, signal: AbortSignal): Promise<TableValues> {
    const values = await this.#readIfThere(table, signal);
    if (values) return values;
    if (table.name !== 'BT21') return {};
    const maximum = await this.#readIfThere(known('BT20'), signal);
    if (!maximum)
      throw new DecodeError('dimensions-missing', 'The meter has neither BT21 nor BT20', { values: { table: 'BT21' } });
    return dimensionsFromBT20(maximum);
  }

  async #readIdentity(signal: AbortSignal): Promise<Identity> {
    const utility = await this.#readIfThere(known('ET03'), signal);
    const general = await this.#readIfThere(known('BT01'), signal);
    return {
      serial: textOf(utility?.['utilitySerialNumber']),
      manufacturer: textOf(general?.['manufacturer']),
      model: textOf(general?.['model']),
      firmware: general ? formatFirmware(general) : null,
    };
  }

  /** Grows whenever any dimension changes: one byte instead of all the tables. [MEP p.55] */
  async #readIdtVersion(signal: AbortSignal): Promise<number | null> {
    const table = known('ET04');
    const place = placeOf(table, 'idtVersion', this.#dimensions);
    const bytes = await this.#ifThere(() => this.#link.read(table.number, place.offset, place.length, { signal }));
    return bytes?.[0] ?? null;
  }

  async #readIfThere(table: TableDescription, signal: AbortSignal): Promise<TableValues | undefined> {
    const size = tableSize(table, this.#dimensions);
    const bytes = await this.#ifThere(() => this.#link.read(table.number, 0, size, { signal }));
    return bytes && decodeTable(table, bytes, this.#dimensions);
  }

  async #ifThere<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof MeterError && NOT_THERE.has(error.code)) return undefined;
      throw error;
    }
  }
}

function known(name: string): TableDescription {
  const table = findTable(name);
  if (!table) throw new UsageError('unknown-table', `The catalogue has no ${name}`, { values: { table: name } });
  return table;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
