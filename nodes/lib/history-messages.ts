import type { NodeAPI, NodeMessage } from 'node-red';
import type { HistoryNote, HistoryRecord } from '../../src/internal.js';
import { eventText } from './event-text.js';
import { textFrom } from './texts.js';

/** The messages of records, which all came in one response: one for each, or lists of those of one meter. */
export function recordMessages(RED: NodeAPI, records: readonly HistoryRecord[], isList: boolean): NodeMessage[] {
  const worded = records.map((record) => (record.topic === 'event' ? withTexts(RED, record) : record));
  // What a flow does to a message must not reach another one.
  if (!isList) return worded.map((record) => structuredClone({ ...record }));
  return listsOf(worded).map((list) => {
    const last = list.at(-1);
    const payload = list.map(({ payload: values, registers, history }) => ({
      ...{ payload: values, history },
      ...(registers && { registers }),
    }));
    const { topic, table, meter } = { ...last };
    return structuredClone({ topic, payload, table, meter });
  });
}

export function noteMessage(note: HistoryNote): NodeMessage {
  return structuredClone({ ...note });
}

/** Consecutive records of one meter and one table. */
function listsOf(records: readonly HistoryRecord[]): HistoryRecord[][] {
  const lists: HistoryRecord[][] = [];
  let former = '';
  for (const record of records) {
    const key = JSON.stringify([record.meter['serial'], record.table.id]);
    if (key !== former) lists.push([]);
    former = key;
    lists.at(-1)?.push(record);
  }
  return lists;
}

/** An event with its name, and a sentence for people, in the language of the runtime. */
function withTexts(RED: NodeAPI, record: HistoryRecord): HistoryRecord {
  const { event, sure, argument } = record.payload;
  const name = eventText(RED, Number(event));
  const kind = name === null ? 'unknown' : sure === true ? 'sure' : 'likely';
  const params = { name: name ?? '', event: String(event) };
  const text = textFrom(RED, `mep-history.event.${kind}`, params);
  const hasArgument = typeof argument === 'string' || (typeof argument === 'number' && argument !== 0);
  const ending = hasArgument ? textFrom(RED, 'mep-history.event.argument', { argument: String(argument) }) : '';
  return { ...record, payload: { ...record.payload, name, text: `${text}${ending}` } };
}
