import type { TableLink } from '../c1218/table-link.js';
import type { Clock } from '../clock.js';
import { isInconsistent, isNoResponse, isNotSent, isRefusal } from '../error-kinds.js';
import { isMeterError, UsageError } from '../errors.js';
import {
  beginningOf,
  type Dimensions,
  type FieldValue,
  firmwareVersion,
  type TableDescription,
  type TableValues,
  variesWithFirmware,
} from '../tables/index.js';
import { DimensionSet } from './dimension-set.js';
import { checkFormats } from './number-formats.js';
import { requireTable, readFields, readUpTo, unlessRefused } from './value-reader.js';

/** The identity of a meter, and the dimensions that are needed to decode its tables. */
export interface MeterDescription {
  /** The utility's serial number (ET03), null where the grid company left it empty. */
  readonly serial: string | null;
  readonly manufacturer: string | null;
  readonly model: string | null;
  /** `3.72.04`; null where BT01 does not give it. */
  readonly firmware: string | null;
  readonly protocol: 'mep' | 'optical';
  /** Only of the simulated meter. */
  readonly simulated?: true;
  /** Decoded dimension tables by name, as far as they were needed; a table that the meter lacks is not among them. */
  readonly dimensions: Dimensions;
}

/**
 * `former`: the description of the meter that answered at this connection before.
 * @inline
 */
export type MeterChangeListener = (meter: MeterDescription, former: MeterDescription) => void;

/** The fields that identify a meter and its set-up; undefined where it refuses. */
interface Identity {
  readonly general: TableValues | undefined;
  readonly serial: string | null | undefined;
  /** The manufacturer's serial number, read if the utility has set none; null where the meter has none. */
  readonly number: FieldValue;
  readonly idtVersion: FieldValue | undefined;
}

const UNKNOWN: Identity = { idtVersion: undefined, general: undefined, serial: undefined, number: null };

/** The IDT version does not cover everything: units, ratios and the serial number are read again after this time. */
const MAX_AGE_MS = 3_600_000;
/** Repetitions after a refused identity: a refusal may be temporary or permanent. */
const MAX_IDENTITY_REPETITIONS = 5;
/** Of the manufacturer, in BT01. [OPT p.19] */
const NUMBER = 'manufacturerSerialNumber';
const NO_NUMBER_MS = 86_400_000;
/** A port may read bytes that a meter does not have as zeros, and memory that was never written is FF. */
const SET_NUMBER = /[1-9]/;

/**
 * Identity and dimensions of one meter, under one rule of validity for every port and security:
 *
 * - loaded under an IDT version, which is read again after the bytes of every table that depends on dimensions
 *   [MEP p.54-55]. If the meter does not give a version, these dimensions are loaded again after the bytes and compared.
 *   After a difference, bytes and dimensions are discarded.
 * - stale after `dimensionsMayHaveChanged` or a failed read: identity and version are read before the bytes are used.
 * - invalid after each write, procedure and reconnect, and after an hour.
 *
 * Used by one request at a time.
 */
export class DimensionCache {
  readonly #link: TableLink;
  readonly #clock: Clock;
  readonly #listeners = new Set<MeterChangeListener>();
  #set: DimensionSet | undefined;
  #meter = UNKNOWN;
  #lastNamed: { readonly names: ReadonlyMap<string, FieldValue>; readonly description: MeterDescription } | undefined;
  #noNumberUntil = Number.NEGATIVE_INFINITY;
  #loadedAt = 0;
  #isStale = false;
  #identityRepetitions = 0;
  readonly #isSimulated: boolean;
  #misfit: string | undefined;

  /** @param isSimulated whether the description of the meter names it as simulated */
  constructor(link: TableLink, clock: Clock, isSimulated: boolean) {
    this.#link = link;
    this.#clock = clock;
    this.#isSimulated = isSimulated;
  }

  /**
   * @param listener called when another meter answers at this connection, before any of its values is used
   * @returns a function that ends the listening.
   */
  onMeterChange(listener: MeterChangeListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Drops everything: the next use loads it. */
  invalidate(): void {
    this.#set = undefined;
  }

  /** Has identity and version checked before the next use. */
  readonly markStale = (): void => {
    this.#isStale = true;
  };

  /**
   * Reports that a table could not be read. A table that does not fit its dimensions invalidates them, unless they were
   * reloaded unchanged since: then the table is at fault.
   */
  noteFailure(error: unknown): void {
    if (!isMeterError(error) || error instanceof UsageError || isNotSent(error)) return;
    this.markStale();
    if (!isInconsistent(error)) return;
    const misfit = JSON.stringify(this.#set?.tables);
    if (misfit === this.#misfit) return;
    this.#misfit = misfit;
    this.invalidate();
  }

  /** The loaded dimensions, and the identity as last read. */
  get description(): MeterDescription {
    const { general, serial } = this.#meter;
    return {
      serial: serial ?? null,
      manufacturer: nonEmptyText(general?.['manufacturer']),
      model: nonEmptyText(general?.['model']),
      firmware: (general && firmwareVersion(general)) ?? null,
      protocol: this.#link.protocol,
      ...(this.#isSimulated && { simulated: true }),
      dimensions: this.#set?.tables ?? {},
    };
  }

  /**
   * What the manufacturer calls the meter. It stays when the utility changes the serial number; undefined where the meter
   * has none, or has no serial number of the utility to go with it.
   */
  async manufacturersName(signal: AbortSignal): Promise<string | undefined> {
    const { serial, manufacturer, model } = this.description;
    const number = serial === null ? null : await this.#readNumber(signal);
    if (typeof number !== 'string' || !SET_NUMBER.test(number)) return undefined;
    return [manufacturer, model, number].join(' ');
  }

  /** Loads or checks the identity where needed, before a read. */
  async refresh(signal: AbortSignal): Promise<void> {
    if (this.#clock.now() - this.#loadedAt >= MAX_AGE_MS) this.invalidate();
    if (this.#set && this.#isToConfirm()) await this.#confirm(signal);
    if (!this.#set) await this.#load(signal);
  }

  /** The dimensions of a table; loads missing ones. Call `refresh` before. */
  async dimensionsFor(table: TableDescription, signal: AbortSignal): Promise<Dimensions> {
    return (await this.#loaded(signal)).forTable(table, signal);
  }

  /** A whole table's values; undefined where the meter does not have it, or does not let it be read. */
  async valuesOf(name: string, signal: AbortSignal): Promise<TableValues | undefined> {
    return (await this.#loaded(signal)).valuesOf(name, signal);
  }

  /**
   * Whether dimensions were unchanged while a table was read; if not, they are dropped. Call it after the read.
   * @param dimensions from `dimensionsFor` before the read
   */
  async heldFor(table: TableDescription, dimensions: Dimensions, signal: AbortSignal): Promise<boolean> {
    const isLookedAt = this.#isStale;
    if (isLookedAt && !(await this.#confirm(signal))) return false;
    if (isFixed(table, dimensions)) return true;
    const areSame =
      this.#meter.idtVersion === undefined
        ? await this.#areLoadedAgain(table, dimensions, signal)
        : isLookedAt || (await this.#readVersion(signal)) === this.#meter.idtVersion;
    if (!areSame) this.invalidate();
    return areSame;
  }

  /** Checks meter and version where a hint came that they changed; after a change everything is dropped. */
  async confirmIfStale(signal: AbortSignal): Promise<void> {
    if (this.#isStale && this.#set) await this.#confirm(signal);
  }

  async #loaded(signal: AbortSignal): Promise<DimensionSet> {
    return this.#set ?? (await this.#load(signal));
  }

  #isToConfirm(): boolean {
    if (this.#isStale) return true;
    const isRefused = Object.values(this.#meter).includes(undefined);
    return isRefused && this.#identityRepetitions++ < MAX_IDENTITY_REPETITIONS;
  }

  /**
   * Checks that meter and version are the same, as far as the meter gives them; if not, everything is dropped. The serial
   * number is enough: new firmware raises the version. [MEP p.65]
   */
  async #confirm(signal: AbortSignal): Promise<boolean> {
    const now = await this.#lookAtMeter(typeof this.#meter.serial !== 'string', signal);
    const isSame = JSON.stringify({ ...this.#meter, ...now }) === JSON.stringify(this.#meter);
    if (!isSame) this.invalidate();
    return isSame;
  }

  /** @returns the new, empty set */
  async #load(signal: AbortSignal): Promise<DimensionSet> {
    const loadedAt = this.#clock.now();
    const formats = await unlessRefused(() =>
      readUpTo(this.#link, requireTable('BT00'), 'numberOfPendingTables', signal),
    );
    if (formats) checkFormats(formats);
    this.#meter = { ...UNKNOWN, ...(await this.#lookAtMeter(true, signal)) };
    this.#loadedAt = loadedAt;
    this.#set = new DimensionSet(this.#link, this.#meter.general);
    this.#reportMeterChange();
    return this.#set;
  }

  /**
   * Reads the version first, so that nothing loaded under it is older. A hint of a change meanwhile counts.
   * @param isWhole whether BT01 is read as well
   */
  async #lookAtMeter(isWhole: boolean, signal: AbortSignal): Promise<Partial<Identity>> {
    this.#isStale = false;
    try {
      const idtVersion = await this.#readVersion(signal);
      const general = isWhole ? { general: await this.#readGeneral(signal) } : {};
      const fields = await unlessRefused(() =>
        readFields(this.#link, requireTable('ET03'), ['utilitySerialNumber'], {}, signal),
      );
      const serial = fields && nonEmptyText(fields['utilitySerialNumber']);
      return { idtVersion, ...general, serial, number: serial === null ? await this.#readNumber(signal) : null };
    } catch (error) {
      this.#isStale = true;
      throw error;
    }
  }

  /**
   * The firmware in BT01 determines the last fields of a table. On a port that reads missing bytes as zeros nothing else
   * does, so the meter cannot be read without it. [OPT p.9]
   */
  #readGeneral(signal: AbortSignal): Promise<TableValues | undefined> {
    const read = (): Promise<TableValues> => readUpTo(this.#link, requireTable('BT01'), 'firmwareBuild', signal);
    return this.#link.padsWithZeros ? read() : unlessRefused(read);
  }

  /**
   * Beyond the bytes that every BT01 has. A meter with a shorter one may not respond; it is asked once a day, since a missing
   * response may also be due to noise.
   */
  async #readNumber(signal: AbortSignal): Promise<FieldValue> {
    if (this.#clock.now() < this.#noNumberUntil) return null;
    try {
      const { [NUMBER]: number } = await readFields(this.#link, requireTable('BT01'), [NUMBER], {}, signal);
      return number ?? null;
    } catch (error) {
      if (!isMeterError(error)) throw error;
      const isAbsent = isInconsistent(error) || isNoResponse(error) || isRefusal(error);
      if (!isAbsent) throw error;
      this.#noNumberUntil = this.#clock.now() + NO_NUMBER_MS;
      return null;
    }
  }

  /** undefined where the meter refuses it, or its ET04 ends before it. */
  async #readVersion(signal: AbortSignal): Promise<FieldValue | undefined> {
    try {
      const { idtVersion } = await readFields(this.#link, requireTable('ET04'), ['idtVersion'], {}, signal);
      return idtVersion;
    } catch (error) {
      if (isRefusal(error) || isInconsistent(error)) return undefined;
      throw error;
    }
  }

  /**
   * For a meter without a version, which the read-only key of the optical port may not read [OPT p.59-60]: reloads the
   * dimensions of a table and compares.
   */
  async #areLoadedAgain(table: TableDescription, dimensions: Dimensions, signal: AbortSignal): Promise<boolean> {
    const set = new DimensionSet(this.#link, this.#meter.general);
    const again: Record<string, TableValues | undefined> = await set.forTable(table, signal);
    // What a table holds of itself may move on: a log grows.
    const names = Object.keys(again).filter((name) => name !== table.name);
    const areSame = names.every((name) => JSON.stringify(again[name]) === JSON.stringify(dimensions[name]));
    return areSame && !this.#isStale;
  }

  #reportMeterChange(): void {
    const description = this.description;
    const names = namesOf(this.#meter);
    const former = this.#lastNamed;
    if (names.size > 0) this.#lastNamed = { names, description };
    if (!former || !isAnother(former.names, names)) return;
    for (const listener of this.#listeners) listener(description, former.description);
  }
}

/** Whether nothing that can change decides where the fields of a table are: BT00 never does. [MEP p.54] */
function isFixed(table: TableDescription, dimensions: Dimensions): boolean {
  const isPlain = table.needs.every((needed) => needed === 'BT00') && !variesWithFirmware(table);
  return isPlain && beginningOf(table, dimensions, new Uint8Array(0)).needed === 0;
}

/** The fields that never change on a meter; firmware can be updated. */
function namesOf({ general = {}, serial = null, number }: Identity): ReadonlyMap<string, FieldValue> {
  const names = Object.entries({ ...general, serial, number });
  return new Map(names.filter(([name, value]) => value !== null && !name.startsWith('firmware')));
}

/** True if a field that both descriptions have differs; missing fields prove nothing. */
function isAnother(former: ReadonlyMap<string, FieldValue>, now: ReadonlyMap<string, FieldValue>): boolean {
  return [...now].some(([name, value]) => former.has(name) && former.get(name) !== value);
}

function nonEmptyText(value: FieldValue | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
