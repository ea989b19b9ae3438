import type { TableLink } from '../c1218/table-link.js';
import { DecodeError, type MeterError, UsageError } from '../errors.js';
import {
  beginningOf,
  decodeTable,
  type Dimensions,
  fieldPlace,
  fieldSince,
  type FieldValue,
  findTable,
  firmwareVersion,
  isAtLeast,
  layoutOf,
  mayHave,
  type TableDescription,
  tableSize,
  type TableValues,
} from '../tables/index.js';
import { checkFormats } from './number-formats.js';
import { isRefusal } from './refusal.js';
import { endsEarly, readStretch } from './stretch-reader.js';

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

/** Where the unit of energy registers stands. */
const UNIT = 'energyRegisterUnit';
/** After how many digits energy registers begin again: what tells a rollover from a register that fell. [MEP p.119] */
const ROLLOVER_DIGIT = 'accumulatorRolloverDigit';
const GEN4 = 4;
/** Fields of long tables that stand together. */
const HINTS = {
  ET07: [ROLLOVER_DIGIT],
  /** Whether there is more than one phase. [MEP p.102] */
  ET29: ['singlePhase', 'polyphase'],
} as const;
const REQUIRED_SECTION = 'requiredSection';
/** Firmware before 2.12 has no tables of actual dimensions: those of the most there can be say the same there. [OPT p.24, p.50] */
const MAXIMA: ReadonlyMap<string, string> = new Map([
  ['BT21', 'BT20'],
  ['BT71', 'BT70'],
]);
/** Times that an identity which was refused is asked for again: a refusal may pass, or stay for ever. */
const MOST_IDENTITY_REPETITIONS = 5;

/**
 * What is known of a meter: read once, kept over reconnects, and dropped when the meter says that it changed (its IDT
 * version, its firmware) or turns out to be another one. [MEP p.54-55]
 */
export class MeterKnowledge {
  readonly #link: TableLink;
  #serial: string | null = null;
  #version: string | undefined;
  #idtVersion: FieldValue | undefined;
  #tables: Record<string, TableValues> = {};
  readonly #absent = new Set<string>();
  /** What ET42 repeats of other tables. */
  #repeated: TableValues | undefined;
  #isDoubtful = true;
  #refuted: string | undefined;
  #isIdentityRefused = false;
  #identityRepetitions = 0;

  constructor(link: TableLink) {
    this.#link = link;
  }

  /** Asks to look again before the next use: the line was lost, or the sequence number jumped. */
  doubt(): void {
    this.#isDoubtful = true;
  }

  /**
   * A table was not what its dimensions say: they are learnt anew, whatever version the meter names. Where the same come
   * back, the table is at fault, and asking once more would not help.
   */
  refute(): void {
    const refuted = JSON.stringify(this.#tables);
    if (refuted === this.#refuted) return;
    this.#refuted = refuted;
    this.#version = undefined;
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
    const isToRepeat = this.#isIdentityRefused && this.#identityRepetitions < MOST_IDENTITY_REPETITIONS;
    if (!this.#isDoubtful && !isToRepeat) return true;
    if (!this.#isDoubtful) this.#identityRepetitions++;
    const wasDoubtful = this.#isDoubtful;
    this.#isDoubtful = false;
    try {
      return await this.#identify(wasDoubtful, signal);
    } catch (error) {
      this.#isDoubtful = true;
      throw error;
    }
  }

  /**
   * Looks whether the dimensions are still those that a table has just been read with, for a link that does not tell.
   * Asks to look again at all that is known if they are not, or if the meter does not say.
   * @returns whether the meter says it at all
   */
  async watch(signal: AbortSignal): Promise<boolean> {
    const idtVersion = await answered(() => this.#readField('ET04', 'idtVersion', signal));
    if (idtVersion === undefined || idtVersion !== this.#idtVersion) this.#isDoubtful = true;
    return idtVersion !== undefined;
  }

  /** @param isDoubtful whether the dimensions may have changed: without an IDT version nothing tells that they have not. */
  async #identify(isDoubtful: boolean, signal: AbortSignal): Promise<boolean> {
    const formats = await answered(() => this.#readUpTo('BT00', 'numberOfPendingTables', signal));
    if (formats) checkFormats(formats);
    const general = await this.#readGeneral(signal);
    const serial = await answered(() => this.#readField('ET03', 'utilitySerialNumber', signal));
    const idtVersion = await answered(() => this.#readField('ET04', 'idtVersion', signal));
    const version = JSON.stringify([general, serial, idtVersion]);
    const isSame = this.#version === version && !(isDoubtful && idtVersion === undefined);
    if (!isSame) {
      this.#tables = general ? { BT01: general } : {};
      this.#absent.clear();
      this.#repeated = undefined;
    }
    this.#serial = textOf(serial);
    this.#isIdentityRefused = serial === undefined || general === undefined;
    this.#version = version;
    this.#idtVersion = idtVersion;
    return isSame;
  }

  /**
   * The firmware that BT01 names tells which fields a table ends with. Where those that it lacks are read as zeros, nothing
   * else does, so the meter cannot be read without it. [OPT p.9]
   */
  #readGeneral(signal: AbortSignal): Promise<TableValues | undefined> {
    const read = (): Promise<TableValues> => this.#readUpTo('BT01', 'firmwareBuild', signal);
    return this.#link.padsWithZeros ? read() : answered(read);
  }

  /** A table from its first byte up to a field: what follows is not needed, and not every meter is sure to have it. */
  async #readUpTo(name: string, field: string, signal: AbortSignal): Promise<TableValues> {
    const table = knownTable(name);
    const { offset, length } = fieldPlace(table, field, {});
    return decodeTable(table, await this.#read(table, 0, offset + length, signal), {});
  }

  /** A whole table's values; undefined where the meter does not have it, or does not let it be read. */
  async valuesOf(name: string, signal: AbortSignal): Promise<TableValues | undefined> {
    const table = knownTable(name);
    for (const needed of table.needs) await this.#learn(knownTable(needed), signal);
    return answered(() => this.#readWhole(table, this.#tables, signal));
  }

  /** The dimensions with which a table is laid out and its registers are scaled; reads those that are not known yet. */
  async dimensionsFor(table: TableDescription, signal: AbortSignal): Promise<Dimensions> {
    for (const name of table.needs) await this.#learn(knownTable(name), signal);
    const dims = await this.#withOwn(table, this.#tables, signal);
    const { registers } = layoutOf(table, dims);
    if (registers.some(({ role }) => role === 'summation')) {
      await this.#learnEnergyRegisterUnit(signal);
      await this.#learnRolloverDigit(signal);
    }
    if (registers.some(({ role }) => role === 'presentValue')) {
      await this.#learnRatios(signal);
      await this.#learnHint('ET29', signal);
    }
    return { ...dims, ...this.#tables, [table.name]: dims[table.name] };
  }

  /** The dimensions, with what a table tells of its own: that is read from its beginning, as far as it must be known. */
  async #withOwn(table: TableDescription, dims: Dimensions, signal: AbortSignal): Promise<Dimensions> {
    let head = new Uint8Array(0);
    for (;;) {
      const beginning = beginningOf(table, dims, head);
      if (beginning.needed === 0) return beginning.dims;
      head = Uint8Array.from(await this.#read(table, 0, beginning.needed, signal));
    }
  }

  async #learn(table: TableDescription, signal: AbortSignal): Promise<void> {
    if (this.#tables[table.name] || this.#absent.has(table.name)) return;
    for (const name of table.needs) await this.#learn(knownTable(name), signal);
    const values = await this.#readIfThere(table, signal);
    if (values) this.#tables[table.name] = values;
    else {
      const maximum = MAXIMA.get(table.name);
      if (maximum === undefined) this.#absent.add(table.name);
      else await this.#learnFromMaximum(table.name, maximum, signal);
    }
  }

  async #learnFromMaximum(name: string, maximumName: string, signal: AbortSignal): Promise<void> {
    await this.#learn(knownTable(maximumName), signal);
    const maximum = this.#tables[maximumName];
    if (!maximum) {
      throw new DecodeError('dimensions-missing', `The meter has neither ${name} nor ${maximumName}`, {
        values: { table: name },
      });
    }
    this.#tables[name] = structuredClone(maximum);
  }

  /**
   * The unit of energy registers stands in ET55, alone asked for because the table is long, and once more in ET42. Only
   * a meter that has neither counts in single Wh: one that refuses to tell is not guessed at. [MEP p.118, p.158]
   */
  async #learnEnergyRegisterUnit(signal: AbortSignal): Promise<void> {
    const table = knownTable('ET55');
    if (this.#tables[table.name] || this.#absent.has(table.name)) return;
    if (!mayHave(this.#tables['BT01'], fieldSince(table, UNIT))) {
      this.#absent.add(table.name);
      return;
    }
    for (const needed of table.needs) await this.#learn(knownTable(needed), signal);
    const canBePlaced = table.needs.every((needed) => this.#tables[needed]);
    let refusal: MeterError | undefined;
    try {
      if (canBePlaced) this.#tables[table.name] = { [UNIT]: await this.#readField(table.name, UNIT, signal) };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refusal = error;
    }
    if (this.#tables[table.name]) return;
    const { value: unit, refusal: another } = await this.#fromET42(UNIT, signal);
    if (unit !== undefined) {
      this.#tables[table.name] = { [UNIT]: unit };
      return;
    }
    const doubt = [refusal, another].find((said) => said !== undefined && !this.#meansAbsence(said));
    if (doubt) throw doubt;
    this.#absent.add(table.name);
  }

  /** The digit stands in ET07, on Gen 4 at a place that is not known; ET42 has it as well there. [MEP p.119] */
  async #learnRolloverDigit(signal: AbortSignal): Promise<void> {
    if (this.#tables['ET07'] || this.#absent.has('ET07')) return;
    if (Number(this.#tables['BT01']?.['firmwareMajor'] ?? 0) < GEN4) return this.#learnHint('ET07', signal);
    const { value: digit } = await this.#fromET42(ROLLOVER_DIGIT, signal);
    if (digit === undefined) this.#absent.add('ET07');
    else this.#tables['ET07'] = { [ROLLOVER_DIGIT]: digit };
  }

  /**
   * A few fields that make values plain to people, asked for alone: the ones of `HINTS`. Nothing depends on a meter that
   * refuses to tell.
   */
  async #learnHint(name: keyof typeof HINTS, signal: AbortSignal): Promise<void> {
    const table = knownTable(name);
    if (this.#tables[name] || this.#absent.has(name)) return;
    const values = await answered(async () => {
      for (const needed of table.needs) await this.#learn(knownTable(needed), signal);
      return table.needs.every((needed) => this.#tables[needed])
        ? await this.#readFields(name, HINTS[name], signal)
        : {};
    });
    if (values === undefined || Object.keys(values).length === 0) this.#absent.add(name);
    else this.#tables[name] = values;
  }

  /** Current and voltage transformer ratios: they tell which of the present values are those of the house. */
  async #learnRatios(signal: AbortSignal): Promise<void> {
    const table = knownTable('BT15');
    if (this.#tables[table.name] || this.#absent.has(table.name)) return;
    const values = await this.#readIfAnswered(table, signal);
    if (values) this.#tables[table.name] = values;
    else this.#absent.add(table.name);
  }

  /** A field that ET42 repeats; without a value where it has none, cannot be decoded, or is refused. */
  async #fromET42(field: string, signal: AbortSignal): Promise<{ value?: FieldValue; refusal?: MeterError }> {
    try {
      this.#repeated ??= await this.#readRequiredSection(signal);
      const value = this.#repeated[field];
      return value === undefined ? {} : { value };
    } catch (error) {
      if (isRefusal(error)) return { refusal: error };
      if (error instanceof DecodeError) return {};
      throw error;
    }
  }

  async #readRequiredSection(signal: AbortSignal): Promise<TableValues> {
    const table = knownTable('ET42');
    for (const needed of table.needs) await this.#learn(knownTable(needed), signal);
    const { [REQUIRED_SECTION]: section } = await this.#readWhole(table, this.#tables, signal);
    return typeof section === 'object' && section !== null && !Array.isArray(section) ? section : {};
  }

  /**
   * "No such table" is believed, and any refusal by firmware that is known to be too old. Any other may pass, or hide a
   * table that is there.
   */
  #meansAbsence(refusal: MeterError, table?: TableDescription): boolean {
    const general = this.#tables['BT01'];
    const isOld = general !== undefined && table?.since !== undefined && !isAtLeast(general, table.since);
    return refusal.code === 'table-not-available' || isOld;
  }

  /** @throws ProtocolError of a refusal as well */
  async #readField(name: string, field: string, signal: AbortSignal): Promise<FieldValue> {
    const values = await this.#readFields(name, [field], signal);
    return values[field] ?? null;
  }

  /**
   * Fields that share their bytes, or one field.
   * @throws ProtocolError of a refusal as well
   */
  async #readFields(name: string, fields: readonly [string, ...string[]], signal: AbortSignal): Promise<TableValues> {
    const table = knownTable(name);
    const place = fieldPlace(table, fields[0], this.#tables);
    const bytes = await this.#read(table, place.offset, place.length, signal);
    // The fields alone are decoded by their own description: in their place, in an image that is empty otherwise.
    const image = new Uint8Array(tableSize(table, this.#tables));
    image.set(bytes, place.offset);
    const values = decodeTable(table, image, this.#tables);
    return Object.fromEntries(fields.map((field) => [field, values[field] ?? null]));
  }

  async #readWhole(table: TableDescription, dims: Dimensions, signal: AbortSignal): Promise<TableValues> {
    const { size, blocks, fields } = layoutOf(table, await this.#withOwn(table, dims, signal));
    const bytes = await readStretch(this.#link, {
      table,
      wanted: { offset: 0, length: size },
      blocks,
      fields: [...fields.values()],
      isAll: (read) => endsEarly(table, read, dims),
      signal,
    });
    return decodeTable(table, bytes, dims);
  }

  /** undefined when the meter does not have the table. */
  async #readIfThere(table: TableDescription, signal: AbortSignal): Promise<TableValues | undefined> {
    if (!mayHave(this.#tables['BT01'], table.since)) return undefined;
    try {
      return await this.#readWhole(table, this.#tables, signal);
    } catch (error) {
      if (isRefusal(error) && this.#meansAbsence(error, table)) return undefined;
      throw error;
    }
  }

  /** undefined when the meter refused. */
  #readIfAnswered(table: TableDescription, signal: AbortSignal): Promise<TableValues | undefined> {
    return answered(() => this.#readWhole(table, {}, signal));
  }

  /** @throws ProtocolError `inconsistent-answer` when the table has fewer bytes */
  #read(table: TableDescription, offset: number, count: number, signal: AbortSignal): Promise<Uint8Array> {
    return readStretch(this.#link, { table, wanted: { offset, length: count }, signal });
  }
}

/** What `read` yields; undefined when the meter refused. */
async function answered<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** @throws UsageError `unknown-table` */
export function knownTable(name: string): TableDescription {
  const table = findTable(name);
  if (!table) throw new UsageError('unknown-table', `There is no table ${name}`, { values: { table: name } });
  return table;
}

function textOf(value: FieldValue | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
