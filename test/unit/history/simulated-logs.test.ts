import assert from 'node:assert/strict';
import {
  type EventLog,
  mergeOutages,
  type MeterEvent,
  type MeterOutage,
  momentsIn,
  readEvents,
} from '../../../src/history/index.js';
import { decodeTable, type FieldValue, findTable, type TableValues } from '../../../src/tables/index.js';
import { type Stage, stage } from '../../support/meter/meter-stage.js';

const momentsOf = momentsIn('Europe/Copenhagen');

async function valuesOf({ meter }: Stage, name: string): Promise<TableValues> {
  const table = findTable(name);
  assert.ok(table);
  const { bytes, meter: known } = await meter.readTable(name);
  return decodeTable(table, bytes, known.dimensions);
}

async function eventsOf(made: Stage, known?: number): Promise<readonly MeterEvent[]> {
  const { numberOfHistoryEntries: entries, historyDataLength } = await valuesOf(made, 'BT71');
  const log: EventLog = { table: 'BT74', entries: Number(entries), argumentBytes: Number(historyDataLength) };
  const steps = readEvents(log, known);
  for (let { value: step } = steps.next(); ;) {
    assert.ok(step);
    if (step.request === undefined) return step.events;
    const { table, ...range } = step.request;
    step = steps.next((await made.meter.readPiece(table, range)).bytes).value;
  }
}

function structures(value: FieldValue | undefined): TableValues[] {
  assert.ok(Array.isArray(value));
  return value.filter((one): one is TableValues => typeof one === 'object' && one !== null && !Array.isArray(one));
}

describe('The logs of the simulated meter', () => {
  it('give each outage once, from events, ET09 and ET81 together', async () => {
    const made = stage({ profile: 'gen4' });
    const { clock } = made;
    const events = await clock.run(eventsOf(made));
    const et09 = structures((await clock.run(valuesOf(made, 'ET09')))['powerOutageRecords']);
    const et81 = structures((await clock.run(valuesOf(made, 'ET81')))['logEntries']);
    const times = (outages: readonly MeterOutage[]): string[] => outages.map(({ start, end }) => `${start} ${end}`);
    const merged = mergeOutages({ events, et09, et81, momentsOf });
    assert.ok(merged.length > 1);
    assert.deepEqual(times(merged), times(mergeOutages({ events })));
    assert.deepEqual(times(mergeOutages({ et09 })), times(merged).slice(-mergeOutages({ et09 }).length));
    assert.deepEqual(times(mergeOutages({ et81, momentsOf })), times(mergeOutages({ et09 })));
    assert.ok(merged.some(({ source, cause }) => source === 'ET09' && cause === 'power-failure'));
    assert.ok(events.every(({ name, isSure, event }) => name !== null && (isSure || event === 24)));
    const last = events.at(-1);
    assert.ok(last);
    assert.deepEqual(await clock.run(eventsOf(made, last.sequence)), []);
    await made.meter.close();
  });

  it('note a change of season as event 24', async () => {
    const made = stage({ profile: 'gen3' });
    const events = await made.clock.run(eventsOf(made));
    const changes = events.filter(({ name }) => name === 'seasonChanged');
    assert.ok(changes.length > 0);
    for (const { time } of changes) {
      // Both begin at midnight in daylight saving time.
      assert.match(time ?? '', /-(03-31|09-30)T22:00:00Z/);
    }
    await made.meter.close();
  });
});
