import assert from 'node:assert/strict';
import type { EventLog, HistoryRequest } from '../../../src/history/index.js';
import { encodeTable, findTable, type TableValues } from '../../../src/tables/index.js';

/** An event as the meter records it. */
export interface ModelEvent {
  readonly sequence: number;
  readonly time: string;
  readonly event: number;
  readonly argument: number;
  readonly user: number;
}

/** A log that is encoded by the schema of its table; each event advances it. */
export class EventLogModel {
  readonly log: EventLog;
  readonly events: readonly ModelEvent[];
  /** Number of events so far. */
  now: number;
  readonly requests: HistoryRequest[] = [];

  constructor(events: readonly ModelEvent[], entries: number, table: EventLog['table'] = 'BT74') {
    this.log = { table, entries, argumentBytes: 2 };
    this.events = events;
    this.now = events.length;
  }

  answer(request: HistoryRequest, maxBytes: number): Uint8Array {
    this.requests.push(request);
    assert.equal(request.table, this.log.table);
    const bytes = this.#bytes();
    const { offset, count } = request;
    assert.ok(offset >= 0 && count > 0 && offset + count <= bytes.length, JSON.stringify(request));
    return bytes.slice(offset, offset + Math.min(count, maxBytes));
  }

  /** The events that are still in the log. */
  kept(): readonly ModelEvent[] {
    return this.events.slice(Math.max(0, this.now - this.log.entries), this.now);
  }

  #bytes(): Uint8Array {
    const { table: name, entries } = this.log;
    const table = findTable(name);
    assert.ok(table);
    const records = Array.from({ length: entries }, (): TableValues => ({}));
    const first = Math.max(0, this.now - entries);
    for (const [index, one] of this.kept().entries()) records[(first + index) % entries] = fieldsOf(one);
    const dimensions = {
      BT71: { historyDataLength: 2, numberOfHistoryEntries: entries },
      ET54: { et79EntryCount: entries },
    };
    return encodeTable(
      table,
      {
        listType: 1,
        numberOfValidEntries: Math.min(this.now, entries),
        lastEntryElement: Math.max(0, this.now - 1) % entries,
        lastEntrySequenceNumber: this.events[this.now - 1]?.sequence ?? 0,
        historyRecords: records,
      },
      dimensions,
    );
  }
}

function fieldsOf({ sequence, time, event, argument, user }: ModelEvent): TableValues {
  return {
    time,
    sequenceNumber: sequence & 0xffff,
    userId: user,
    event,
    argument: [argument & 0xff, argument >> 8].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
  };
}
