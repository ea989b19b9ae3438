import type { TableLink } from '../c1218/table-link.js';
import type { Clock } from '../clock.js';
import { UsageError } from '../errors.js';
import { firmwareVersion, isAtLeast, type TableDescription, type TableValues } from '../tables/index.js';
import type { MeterDescription } from './knowledge.js';
import { type BudgetLeft, budgetLeft, spend, type WriteTimes } from './write-budget.js';

/** Where it is kept when each meter's memory was written: the budget belongs to the meter, whatever restarts. */
export interface WriteLedger {
  /** @param meter its serial number, or where it is */
  load(meter: string): WriteTimes;
  /** Returns when the times are safe. */
  save(meter: string, times: WriteTimes): void;
}

/** A ledger that lives as long as its user. */
export function memoryLedger(): WriteLedger {
  const kept = new Map<string, WriteTimes>();
  return {
    load: (meter) => kept.get(meter) ?? [],
    save: (meter, times) => {
      kept.set(meter, times);
    },
  };
}

/** Under which names writes to one meter are kept, the one for new ones first. */
export type BudgetNames = readonly [string, ...string[]];

/** A meter's writes stand under its serial number; those from when it did not tell it, under where it is. */
export function budgetNames({ serial }: MeterDescription, { description }: TableLink): BudgetNames {
  return serial === null ? [description] : [serial, description];
}

/** Tables that can be written and are not said to go to non-volatile memory [MEP p.259-262]; every other one counts. */
const VOLATILE: ReadonlySet<string> = new Set(['BT33', 'ET05', 'ET09', 'ET23', 'ET50', 'ET55', 'ET57', 'ET76']);
/** A procedure goes to BT07; since this firmware that is no longer rationed. [MEP p.51] */
const PROCEDURES_ARE_FREE_SINCE = '3.40';
/**
 * What the meter would let be written and nobody should: what it has measured, and what opens its ports. BT07 is left to
 * procedures.
 */
const UNTOUCHABLE: ReadonlySet<string> = new Set(['BT07', 'BT23', 'BT24', 'ET97']);

/** Says what may be written: nothing, unless the user allowed it, and not so often that the meter's memory wears out. */
export class WriteGuard {
  readonly #isAllowed: boolean;
  readonly #ledger: WriteLedger;
  readonly #clock: Clock;

  constructor(isAllowed: boolean, ledger: WriteLedger, clock: Clock) {
    this.#isAllowed = isAllowed;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** @throws UsageError `writes-not-allowed` */
  checkAllowed(): void {
    if (!this.#isAllowed) throw new UsageError('writes-not-allowed', 'Writing to this meter is not allowed');
  }

  /** @throws UsageError `not-writable` for a table that is not to be written */
  checkTable(table: TableDescription): void {
    if (table.write !== 'nobody' && !UNTOUCHABLE.has(table.name)) return;
    throw new UsageError('not-writable', `${table.name} is not written by this package`, {
      values: { table: table.name },
    });
  }

  /** Whether writes to a table wear out the meter's memory. */
  isRationed(table: TableDescription): boolean {
    return !VOLATILE.has(table.name);
  }

  /** @param general BT01, where it is known */
  areProceduresRationed(general: TableValues | undefined): boolean {
    const isKnown = general !== undefined && firmwareVersion(general) !== undefined;
    return !isKnown || !isAtLeast(general, PROCEDURES_ARE_FREE_SINCE);
  }

  /** What may still be written to a meter. */
  left(names: BudgetNames): BudgetLeft {
    return budgetLeft(this.#writesOf(names), this.#now);
  }

  /** @throws UsageError `write-budget-spent`: nothing has been taken off then */
  spend(names: BudgetNames, writes: number): void {
    const all = spend(this.#writesOf(names), writes, this.#now);
    const [name] = names;
    this.#ledger.save(name, [...this.#ledger.load(name), ...all.slice(-writes)]);
  }

  #writesOf(names: BudgetNames): number[] {
    return names.flatMap((name) => [...this.#ledger.load(name)]);
  }

  get #now(): number {
    return this.#clock.date().getTime();
  }
}
