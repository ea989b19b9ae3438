/** Reads and writes of a simulated meter's tables: permissions, response codes, procedures and transactions. */
import { isWrite, RESPONSE_CODES, type TableRequest } from '../c1218/services.js';
import { MAX_READ_BYTES } from '../mep/message.js';
import { findTable, type TableDescription } from '../tables/index.js';
import type { Alerts } from './alerts.js';
import type { MeterMemory } from './memory.js';
import type { MepClient } from './mep-client.js';
import type { AccessLevel, TableStore } from './mep-responder.js';
import { BT07, BT08, runProcedure } from './procedures.js';
import { runTransaction } from './transactions.js';

export type WriteRequest = Extract<TableRequest, { readonly data: Uint8Array }>;

interface TableResponse {
  readonly code: number;
  readonly data?: Uint8Array;
}

/** What reads and writes need of a meter. */
export interface TableOwner {
  readonly memory: MeterMemory;
  readonly client: MepClient;
  readonly alerts: Alerts;
  readonly counters: { reads: number; writes: number };
  /** Response codes that are returned instead of tables, by table number. */
  readonly refusals: ReadonlyMap<number, number>;
  readonly takesFullReadOfBT23: boolean;
  /** A table as a client would read it now; undefined where the meter does not have it. */
  imageOf(table: number): Uint8Array | undefined;
}

const ET52 = 2100;
const ET53 = 2101;
const ET59 = 2107;
const SEQUENCE_AT = 2;

export class SimulatedTables implements TableStore {
  readonly #owner: TableOwner;

  constructor(owner: TableOwner) {
    this.#owner = owner;
  }

  isPublic(table: number): boolean {
    return findTable(table)?.read === 'none';
  }

  perform(request: TableRequest, level: AccessLevel): TableResponse {
    const { counters, refusals } = this.#owner;
    if (isWrite(request)) {
      counters.writes++;
      const isForbidden = this.#owner.imageOf(request.table) && !isWritable(findTable(request.table), level);
      return { code: isForbidden ? RESPONSE_CODES.noPermission : this.write(request, level) };
    }
    counters.reads++;
    const refusal = refusals.get(request.table);
    return refusal === undefined ? this.#read(request, level) : { code: refusal };
  }

  /**
   * Executes a permitted write: stores the bytes, runs a procedure or a transaction.
   * @param level access level of the requests of a transaction
   */
  write(request: WriteRequest, level: AccessLevel): number {
    const { memory, alerts } = this.#owner;
    const image = this.#owner.imageOf(request.table);
    if (!image) return RESPONSE_CODES.tableOperationNotPossible;
    const offset = request.service === 'full-write' ? 0 : request.offset;
    if (offset >= image.length) return RESPONSE_CODES.operationNotPossible;
    if (request.table === BT07 && this.#isRepeated(request.data, offset)) return RESPONSE_CODES.operationNotPossible;
    memory.keep(request.table, offset, request.data.subarray(0, image.length - offset));
    if (request.table === BT07) this.#runProcedure(request.data);
    if (request.table === ET52) this.#runTransaction(level);
    alerts.changed();
    return RESPONSE_CODES.ok;
  }

  #read(request: Exclude<TableRequest, WriteRequest>, level: AccessLevel): TableResponse {
    const table = findTable(request.table);
    const image = this.#owner.imageOf(request.table);
    if (!image) return { code: RESPONSE_CODES.tableOperationNotPossible };
    if (table && !isAllowed(table.read, level)) return { code: RESPONSE_CODES.noPermission };
    const isWhole = request.service === 'full-read';
    if (isWhole && table?.name === 'BT23' && !this.#owner.takesFullReadOfBT23) {
      return { code: RESPONSE_CODES.operationNotPossible };
    }
    const offset = isWhole ? 0 : request.offset;
    if (offset >= image.length) return { code: RESPONSE_CODES.operationNotPossible };
    const data = image.subarray(offset, offset + request.count);
    // "The interpreted value will be indeterminate. No error will be returned in this case." [MEP p.12]
    if (request.isWithoutLength) return { code: RESPONSE_CODES.ok, data: data.subarray(0, MAX_READ_BYTES) };
    if ((isWhole ? data.length : request.count) > MAX_READ_BYTES) return { code: RESPONSE_CODES.operationNotPossible };
    return { code: RESPONSE_CODES.ok, data };
  }

  #runProcedure(written: Uint8Array): void {
    const { memory, client, alerts } = this.#owner;
    const answer = runProcedure(written, client, alerts);
    if (!answer) return;
    const table = alerts.isAnsweredInET59 ? ET59 : BT08;
    memory.forget(table);
    memory.keep(table, 0, answer);
  }

  /** Runs the transaction when its number is at both ends of ET52: writing the one at the end starts it. [MEP p.44, p.50] */
  #runTransaction(level: AccessLevel): void {
    const requests = this.#owner.imageOf(ET52);
    const size = this.#owner.imageOf(ET53)?.length;
    if (!requests || size === undefined) return;
    const answers = runTransaction(requests, size, (request) => this.perform(request, level));
    if (answers) this.#owner.memory.keep(ET53, 0, answers);
  }

  /** "If a sequence number is repeated then the write to BT07 will result in a response code of 0x04." [MEP p.52] */
  #isRepeated(data: Uint8Array, offset: number): boolean {
    const last = this.#owner.memory.byteAt(BT07, SEQUENCE_AT);
    return last !== undefined && data[SEQUENCE_AT - offset] === last;
  }
}

function isAllowed(needed: TableDescription['read'], level: AccessLevel): boolean {
  return needed === 'none' || needed === level || (needed === 'MBK' && level === 'MAK');
}

/** Tables that are not meant for client data need the MAK; energy registers are not writable. */
function isWritable(table: TableDescription | undefined, level: AccessLevel): boolean {
  if (!table) return level !== 'none';
  return isAllowed(table.write, level) && table.name !== 'BT23';
}
