import type { TableLink } from '../c1218/table-link.js';
import { DecodeError, isMeterError, ProtocolError, UsageError } from '../errors.js';
import {
  beginningOf,
  decodeTable,
  type Dimensions,
  dimensionsFromBT20,
  fieldPlace,
  fieldSince,
  type FieldValue,
  findTable,
  firmwareVersion,
  mayHave,
  registerLayout,
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
  /** Decoded dimension tables by name, as far as they were needed; a table that the meter lacks is not among them. */
  readonly dimensions: Dimensions;
}

/** BT00's number for 4-byte signed integers; 0 is what an empty table holds. [MEP p.197] */
const INT32_FORMAT = 8;
const UNSTATED_FORMAT = 0;

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
  #serial: string | null = null;
  #version: string | undefined;
  #tables: Record<string, TableValues> = {};
  readonly #absent = new Set<string>();
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

  /** What is known now. */
  get description(): MeterDescription {
    const general = this.#tables['BT01'];
    return {
      serial: this.#serial,
      manufacturer: textOf(general?.['manufacturer']),
      model: textOf(general?.['model']),
      firmware: (general && firmwareVersion(general)) ?? null,
      protocol: this.#link.protocol,
      dimensions: { ...this.#tables },
    };
  }

  /**
   * Makes sure that the meter is known and is still the same.
   * @returns whether what was known before still holds.
   */
  async confirm(signal: AbortSignal): Promise<boolean> {
    if (!this.#isDoubtful) return true;
    this.#isDoubtful = false;
    try {
      const formats = await this.#readIfThere(known('BT00'), {}, signal);
      if (formats) checkFormats(formats);
      const general = await this.#readIfThere(known('BT01'), {}, signal);
      const serial = textOf(await this.#readField('ET03', 'utilitySerialNumber', signal));
      const version = JSON.stringify([general, serial, await this.#readField('ET04', 'idtVersion', signal)]);
      const isSame = this.#version === version;
      if (!isSame) {
        this.#tables = general ? { BT01: general } : {};
        this.#absent.clear();
      }
      this.#serial = serial;
      this.#version = version;
      return isSame;
    } catch (error) {
      this.#isDoubtful = true;
      throw error;
    }
  }

  /** The dimensions with which a table is laid out and its registers are scaled; reads those that are not known yet. */
  async dimensionsFor(table: TableDescription, signal: AbortSignal): Promise<Dimensions> {
    for (const name of table.needs) await this.#learn(known(name), signal);
    const dims = await this.#withOwn(table, this.#tables, signal);
    const hasEnergy = registerLayout(table, dims).some((register) => register.role === 'summation');
    if (hasEnergy) await this.#learnField('ET55', 'energyRegisterUnit', signal);
    return { ...dims, ...this.#tables, [table.name]: dims[table.name] };
  }

  /** The dimensions, with what a table tells of its own: that is read from its beginning, as far as it must be known. */
  async #withOwn(table: TableDescription, dims: Dimensions, signal: AbortSignal): Promise<Dimensions> {
    let head = new Uint8Array(0);
    for (;;) {
      const beginning = beginningOf(table, dims, head);
      if (beginning.needed === 0) return beginning.dims;
      const bytes = await this.#read(table, 0, beginning.needed, signal);
      if (bytes.length < beginning.needed) throw cutShort(table, beginning.needed, bytes);
      head = Uint8Array.from(bytes);
    }
  }

  async #learn(table: TableDescription, signal: AbortSignal): Promise<void> {
    if (this.#tables[table.name] || this.#absent.has(table.name)) return;
    for (const name of table.needs) await this.#learn(known(name), signal);
    const values = mayHave(this.#tables['BT01'], table.since)
      ? await this.#readIfThere(table, this.#tables, signal)
      : undefined;
    if (values) this.#tables[table.name] = values;
    else if (table.name === 'BT21') await this.#learnFromBT20(signal);
    else this.#absent.add(table.name);
  }

  /** Firmware before 2.12 has no BT21: BT20 says the same there. [OPT p.24] */
  async #learnFromBT20(signal: AbortSignal): Promise<void> {
    await this.#learn(known('BT20'), signal);
    const maximum = this.#tables['BT20'];
    if (!maximum) {
      throw new DecodeError('dimensions-missing', 'The meter has neither BT21 nor BT20', {
        values: { table: 'BT21', field: 'numberOfSummations' },
      });
    }
    this.#tables['BT21'] = dimensionsFromBT20(maximum);
  }

  /** One field of a large table, asked for alone. */
  async #learnField(name: string, field: string, signal: AbortSignal): Promise<void> {
    const table = known(name);
    if (this.#tables[name] || this.#absent.has(name)) return;
    for (const needed of table.needs) await this.#learn(known(needed), signal);
    const isNewEnough = mayHave(this.#tables['BT01'], fieldSince(table, field));
    const canBeFound = isNewEnough && table.needs.every((needed) => this.#tables[needed]);
    const value = canBeFound ? await this.#readField(name, field, signal) : undefined;
    if (value === undefined) this.#absent.add(name);
    else this.#tables[name] = { [field]: value };
  }

  async #readField(name: string, field: string, signal: AbortSignal): Promise<FieldValue | undefined> {
    const table = known(name);
    const place = fieldPlace(table, field, this.#tables);
    const bytes = await ifThere(() => this.#read(table, place.offset, place.length, signal));
    if (!bytes) return undefined;
    // The field alone is decoded by its own description: in its place, in an image that is empty otherwise.
    const image = new Uint8Array(tableSize(table, this.#tables));
    image.set(bytes, place.offset);
    return decodeTable(table, image, this.#tables)[field];
  }

  async #readIfThere(table: TableDescription, dims: Dimensions, signal: AbortSignal): Promise<TableValues | undefined> {
    const bytes = await ifThere(async () => {
      const size = tableSize(table, await this.#withOwn(table, dims, signal));
      return this.#read(table, 0, size, signal);
    });
    return bytes && decodeTable(table, bytes, dims);
  }

  async #read(table: TableDescription, offset: number, count: number, signal: AbortSignal): Promise<Uint8Array> {
    if (count === 0) return new Uint8Array(0);
    return this.#link.read(table.number, offset, count, { signal });
  }
}

async function ifThere<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isMeterError(error) && NOT_THERE.has(error.code)) return undefined;
    throw error;
  }
}

function known(name: string): TableDescription {
  const table = findTable(name);
  if (!table) throw new UsageError('unknown-table', `The catalogue has no ${name}`, { values: { table: name } });
  return table;
}

/**
 * Tables are described for little-endian bytes and 4-byte integers, which is what every meter of this kind says. One
 * that says something else would be read wrongly. [MEP p.196-197]
 * @throws DecodeError `value-out-of-range`
 */
function checkFormats(formats: TableValues): void {
  const expected: readonly [field: string, value: number][] = [
    ['dataOrder', 0],
    ['integerFormat', 0],
    ['nonIntegerFormat1', INT32_FORMAT],
    ['nonIntegerFormat2', INT32_FORMAT],
  ];
  for (const [field, value] of expected) {
    const found = formats[field];
    if (found === value || found === UNSTATED_FORMAT) continue;
    throw new DecodeError('value-out-of-range', `BT00 ${field} is ${JSON.stringify(found)} instead of ${value}`, {
      values: { table: 'BT00', field },
    });
  }
}

function cutShort(table: TableDescription, needed: number, bytes: Uint8Array): ProtocolError {
  return new ProtocolError(
    'inconsistent-answer',
    `${table.name}: ${bytes.length} bytes came where its structure takes ${needed}`,
    { values: { table: table.name }, raw: bytes },
  );
}

function textOf(value: FieldValue | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
