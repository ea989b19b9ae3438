import type { Clock } from '../clock.js';
import { UsageError } from '../errors.js';
import {
  type Dimensions,
  firmwareVersion,
  isAtLeast,
  isWritable,
  type Procedure,
  riskOfChange,
  type TableDescription,
  type TableValues,
  type WriteRisk,
} from '../tables/index.js';
import { type BudgetLeft, budgetLeft, spendFor, UNKNOWN_METER, type WritesByMeter, writesOf } from './write-budget.js';

/**
 * Keeps the times at which each meter's memory was written. The budget belongs to the meter: it outlives restarts, and all
 * programs that write the meter share it. Both methods fail with UsageError `write-budget-unknown` where the count cannot be
 * read or kept.
 */
export interface WriteLedger {
  /** The counted writes by serial number. */
  read(): Promise<WritesByMeter>;
  /**
   * Changes the counts atomically; resolves when they are safe from a power cut.
   * @param change if it throws, nothing is changed and the error is passed on
   */
  update(change: (writes: WritesByMeter) => WritesByMeter): Promise<WritesByMeter>;
}

/** A ledger that lives as long as its user. */
export function memoryLedger(): WriteLedger {
  let kept: WritesByMeter = new Map();
  return {
    read: () => Promise.resolve(kept),
    update: (change) =>
      Promise.resolve().then(() => {
        kept = change(kept);
        return kept;
      }),
  };
}

/** A procedure goes to BT07; since this firmware that is not rate-limited any more. [MEP p.51] */
const PROCEDURES_ARE_FREE_SINCE = '3.40';
/** The table that holds the serial number under which writes are counted. */
const IDENTITY_TABLE = 'ET03';

export interface WriteGuardOptions {
  readonly allowWrites: boolean;
  readonly allowDangerousWrites: boolean;
  readonly ledger: WriteLedger;
  readonly clock: Clock;
}

/** The meter whose memory is written. */
export interface BudgetOwner {
  /** The utility's serial number. */
  readonly serial: string | null;
  /** Stays when the utility changes the serial number; undefined where the meter does not give it. */
  readonly manufacturersName: string | undefined;
}

/** Where the name of the table or procedure came from. */
export interface WriteTarget {
  /** The name came with a message, so nothing dangerous is done. Default false. */
  readonly isChosenByMessage?: boolean | undefined;
}

/** Refuses writes that the user did not allow, and writes beyond the budget of the meter's memory. */
export class WriteGuard {
  readonly #options: WriteGuardOptions;

  constructor(options: WriteGuardOptions) {
    this.#options = options;
  }

  /** @throws UsageError `writes-not-allowed` */
  checkAllowed(): void {
    if (this.#options.allowWrites) return;
    throw new UsageError('writes-not-allowed', 'Writing to this meter is not allowed');
  }

  /**
   * The checks that need no bytes of the table.
   * @throws UsageError `not-writable`, `danger-not-allowed`, `danger-by-message`
   */
  checkTable(table: TableDescription, target: WriteTarget): void {
    if (!isWritable(table)) {
      throw new UsageError('not-writable', `${table.name} is not written by this package`, {
        values: { table: table.name },
      });
    }
    this.#checkRisk(table.name, table.risk, target);
  }

  /**
   * @param change bytes of the table from `offset` on
   * @throws UsageError `danger-not-allowed`, `danger-by-message`; DecodeError `dimensions-missing`
   */
  checkChange(
    table: TableDescription,
    dims: Dimensions,
    { offset, before, after }: { offset: number; before: Uint8Array; after: Uint8Array },
    target: WriteTarget,
  ): void {
    this.#checkRisk(table.name, riskOfChange(table, dims, offset, before, after), target);
  }

  /** @throws UsageError `danger-not-allowed`, `danger-by-message` */
  checkProcedure({ name, risk, harmless }: Procedure, parameters: TableValues, target: WriteTarget): void {
    const isHarmless = harmless?.values.some((value) => value === parameters[harmless.parameter]) ?? false;
    this.#checkRisk(name, isHarmless ? undefined : risk, target);
  }

  #checkRisk(table: string, risk: WriteRisk | undefined, { isChosenByMessage = false }: WriteTarget): void {
    if (risk === undefined) return;
    const values = { table, risk };
    if (!this.#options.allowDangerousWrites) {
      throw new UsageError('danger-not-allowed', `${table} (${risk}) takes a permission of its own`, { values });
    }
    if (isChosenByMessage) {
      throw new UsageError('danger-by-message', `${table} (${risk}) cannot be chosen by a message`, { values });
    }
  }

  /** @param general BT01, where it is known */
  areProceduresRateLimited(general: TableValues | undefined): boolean {
    const isKnown = general !== undefined && firmwareVersion(general) !== undefined;
    return !isKnown || !isAtLeast(general, PROCEDURES_ARE_FREE_SINCE);
  }

  /**
   * The remaining budget of a meter.
   * @throws UsageError `write-budget-unknown`
   */
  async left(meter: BudgetOwner): Promise<BudgetLeft> {
    return this.#leftOf(await this.#options.ledger.read(), meter);
  }

  /**
   * Counts writes before they are sent.
   * @param table what is to be written
   * @returns what may be written after that
   * @throws UsageError `write-budget-spent`, `write-budget-unknown`: nothing may be sent then
   */
  async spend(meter: BudgetOwner, table: string, writes: number): Promise<BudgetLeft> {
    const isRenaming = table === IDENTITY_TABLE;
    const { manufacturersName } = meter;
    const kept = await this.#options.ledger.update((present) =>
      spendFor(present, meterName(meter), { writes, now: this.#now, isRenaming, manufacturersName }),
    );
    return this.#leftOf(kept, meter);
  }

  #leftOf(writes: WritesByMeter, meter: BudgetOwner): BudgetLeft {
    return budgetLeft(writesOf(writes, meterName(meter), meter.manufacturersName), this.#now);
  }

  get #now(): number {
    return this.#options.clock.date().getTime();
  }
}

/** A meter is identified by its serial number, whatever its address and port. */
function meterName({ serial }: BudgetOwner): string {
  return serial ?? UNKNOWN_METER;
}
