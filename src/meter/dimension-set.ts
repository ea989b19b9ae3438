import type { TableLink } from '../c1218/table-link.js';
import { isRefusal } from '../error-kinds.js';
import { DecodeError, type MeterError } from '../errors.js';
import {
  type Dimensions,
  fieldSince,
  isAtLeast,
  layoutOf,
  mayHave,
  type RegisterPlace,
  type TableDescription,
  type TableName,
  type TableValues,
} from '../tables/index.js';
import { requireTable, readFields, readValues, unlessRefused, withOwnDimensions } from './value-reader.js';

/** Firmware before 2.12 has no tables of actual dimensions: those of the largest ones hold the same there. [OPT p.24, p.50] */
const MAXIMA: ReadonlyMap<string, string> = new Map([
  ['BT21', 'BT20'],
  ['BT71', 'BT70'],
]);

type Place = 'own' | 'ET42';

/** Fields of other tables that scale or qualify registers. */
interface Context {
  readonly table: TableName;
  /** Needed for tables with registers of this role. */
  readonly when: RegisterPlace['role'];
  /** Fields that share their bytes and are read without the rest of a long table; default: the whole table. */
  readonly fields?: readonly [string, ...string[]];
  /** Where the fields are read, in this order until one holds them: the table itself, or ET42, which repeats some. */
  readonly places: readonly Place[];
  /** The same from generation 4 on. */
  readonly placesOnGen4?: readonly Place[];
  /**
   * `required`: a register without it would be a guess, so only a meter that does not have it is read without.
   * `optional`: it makes values clearer, and nothing depends on a meter that refuses it.
   */
  readonly onAbsence: 'required' | 'optional';
}

const GEN4 = 4;
const CONTEXTS: readonly Context[] = [
  // A meter without the setting counts in single Wh. [MEP p.118, p.158]
  {
    table: 'ET55',
    when: 'summation',
    fields: ['energyRegisterUnit'],
    places: ['own', 'ET42'],
    onAbsence: 'required',
  },
  // After how many digits energy registers begin again: a rollover is no register that fell. The guide does not give its
  // place in ET07 of Gen 4. [MEP p.119]
  {
    table: 'ET07',
    when: 'summation',
    fields: ['accumulatorRolloverDigit'],
    places: ['own'],
    placesOnGen4: ['ET42'],
    onAbsence: 'optional',
  },
  // CT/VT ratios: which of the present values are primary values. [MEP p.200]
  { table: 'BT15', when: 'presentValue', places: ['own'], onAbsence: 'optional' },
  // Whether there is more than one phase. [MEP p.102]
  {
    table: 'ET29',
    when: 'presentValue',
    fields: ['singlePhase', 'polyphase'],
    places: ['own'],
    onAbsence: 'optional',
  },
];
const REQUIRED_SECTION = 'requiredSection';

/** Dimension tables of one meter under one set-up: loaded when first needed, each once. */
export class DimensionSet {
  readonly #link: TableLink;
  readonly #tables: Record<string, TableValues>;
  readonly #absent = new Set<string>();
  #repeated: TableValues | undefined;

  /** @param general BT01, undefined where the meter refuses it */
  constructor(link: TableLink, general: TableValues | undefined) {
    this.#link = link;
    this.#tables = general ? { BT01: general } : {};
  }

  /** What has been loaded, by table name; a table that the meter lacks is not among them. */
  get tables(): Dimensions {
    return { ...this.#tables };
  }

  /** A whole table's values; undefined where the meter does not have it, or does not let it be read. */
  async valuesOf(name: string, signal: AbortSignal): Promise<TableValues | undefined> {
    const table = requireTable(name);
    await this.#loadNeeds(table, signal);
    return unlessRefused(() => readValues(this.#link, table, this.#tables, signal));
  }

  /**
   * The dimensions with which a table is laid out and its registers are scaled and named.
   * @throws DecodeError `dimensions-missing`; ProtocolError of a refusal that does not prove absence; what the link throws
   */
  async forTable(table: TableDescription, signal: AbortSignal): Promise<Dimensions> {
    await this.#loadNeeds(table, signal);
    const dimensions = await withOwnDimensions(this.#link, table, this.#tables, signal);
    const { registers } = layoutOf(table, dimensions);
    for (const context of CONTEXTS) {
      if (registers.some(({ role }) => role === context.when)) await this.#loadContext(context, signal);
    }
    return { ...dimensions, ...this.#tables, [table.name]: dimensions[table.name] };
  }

  async #loadNeeds(table: TableDescription, signal: AbortSignal): Promise<void> {
    for (const needed of table.needs) await this.#load(requireTable(needed), signal);
  }

  async #load(table: TableDescription, signal: AbortSignal): Promise<void> {
    if (this.#isSettled(table.name)) return;
    await this.#loadNeeds(table, signal);
    const values = await this.#unlessAbsent(table, signal);
    if (values) {
      this.#tables[table.name] = values;
      return;
    }
    const maximum = MAXIMA.get(table.name);
    if (maximum === undefined) this.#absent.add(table.name);
    else this.#tables[table.name] = structuredClone(await this.#maximumOf(table.name, maximum, signal));
  }

  async #maximumOf(name: string, maximum: string, signal: AbortSignal): Promise<TableValues> {
    await this.#load(requireTable(maximum), signal);
    const values = this.#tables[maximum];
    if (values) return values;
    throw new DecodeError('dimensions-missing', `The meter has neither ${name} nor ${maximum}`, {
      values: { table: name },
    });
  }

  async #loadContext(context: Context, signal: AbortSignal): Promise<void> {
    const table = requireTable(context.table);
    if (this.#isSettled(table.name)) return;
    const refusals: MeterError[] = [];
    const attempt = async (read: () => Promise<TableValues | undefined>): Promise<TableValues | undefined> => {
      try {
        return await read();
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refusals.push(error);
        return undefined;
      }
    };
    for (const place of this.#placesOf(context, table)) {
      const values = await attempt(() => this.#readContext(context, table, place, signal));
      if (values) {
        this.#tables[table.name] = values;
        return;
      }
    }
    const unproven = refusals.find((refusal) => !this.#meansAbsence(refusal));
    if (context.onAbsence === 'required' && unproven) throw unproven;
    this.#absent.add(table.name);
  }

  #placesOf({ fields, places, placesOnGen4 = places }: Context, table: TableDescription): readonly Place[] {
    if (fields && !mayHave(this.#general, fieldSince(table, fields[0]))) return [];
    return Number(this.#general?.['firmwareMajor'] ?? 0) < GEN4 ? places : placesOnGen4;
  }

  /** undefined where ET42 does not have the fields, or their place depends on a table that the meter lacks */
  async #readContext(
    { fields }: Context,
    table: TableDescription,
    place: Place,
    signal: AbortSignal,
  ): Promise<TableValues | undefined> {
    if (place === 'ET42') return this.#copies(fields ?? [], signal);
    await this.#loadNeeds(table, signal);
    if (!table.needs.every((needed) => this.#tables[needed])) return undefined;
    return fields
      ? readFields(this.#link, table, fields, this.#tables, signal)
      : readValues(this.#link, table, this.#tables, signal);
  }

  /** What ET42 repeats of fields; undefined where it does not, or cannot be decoded. */
  async #copies(fields: readonly string[], signal: AbortSignal): Promise<TableValues | undefined> {
    try {
      const section = (this.#repeated ??= await this.#requiredSection(signal));
      const found = fields.flatMap((field) => {
        const value = section[field];
        return value === undefined ? [] : [[field, value] as const];
      });
      return found.length === fields.length ? Object.fromEntries(found) : undefined;
    } catch (error) {
      if (error instanceof DecodeError) return undefined;
      throw error;
    }
  }

  async #requiredSection(signal: AbortSignal): Promise<TableValues> {
    const table = requireTable('ET42');
    await this.#loadNeeds(table, signal);
    const { [REQUIRED_SECTION]: section } = await readValues(this.#link, table, this.#tables, signal);
    return typeof section === 'object' && section !== null && !Array.isArray(section) ? section : {};
  }

  /** undefined when the meter does not have the table. */
  async #unlessAbsent(table: TableDescription, signal: AbortSignal): Promise<TableValues | undefined> {
    if (!mayHave(this.#general, table.since)) return undefined;
    try {
      return await readValues(this.#link, table, this.#tables, signal);
    } catch (error) {
      if (isRefusal(error) && this.#meansAbsence(error, table)) return undefined;
      throw error;
    }
  }

  get #general(): TableValues | undefined {
    return this.#tables['BT01'];
  }

  #isSettled(name: string): boolean {
    return this.#tables[name] !== undefined || this.#absent.has(name);
  }

  /**
   * "No such table" proves absence, and so does any refusal by firmware that is known to be too old. Other refusals may be
   * temporary, or hide a table that exists.
   */
  #meansAbsence(refusal: MeterError, table?: TableDescription): boolean {
    const isOld = this.#general !== undefined && table?.since !== undefined && !isAtLeast(this.#general, table.since);
    return refusal.code === 'table-not-available' || isOld;
  }
}
