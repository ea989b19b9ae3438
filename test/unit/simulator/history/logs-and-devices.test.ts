import assert from 'node:assert/strict';
import { toHex } from '../../../../src/bytes/hex.js';
import {
  type DeviceRead,
  deviceReadOf,
  type EventLog,
  mergeEvents,
  type MeterEvent,
  momentsIn,
  readEvents,
} from '../../../../src/history/index.js';
import { counter, type SimulatedDevice, type SimulatedMeter } from '../../../../src/simulator/index.js';
import type { TableValues } from '../../../../src/tables/index.js';
import { look, profileOf, simulated, tableOf } from '../../../support/history/simulated-profile.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const momentsOf = momentsIn('Europe/Copenhagen');

const COLD: SimulatedDevice = {
  serial: '12345678',
  manufacturer: 'ABC',
  version: 3,
  medium: 7,
  records: [{ header: '0C13', coding: 'bcd', value: counter(99_999_000, 14), mdt: 1 }],
};
const SEALED: SimulatedDevice = { ...COLD, serial: '87654321', encryption: 5 };

function eventsOf(
  meter: SimulatedMeter,
  table: EventLog['table'],
  entries: number,
  known?: number,
): readonly MeterEvent[] {
  const steps = readEvents({ table, entries, argumentBytes: 2 }, known);
  for (let { value: step } = steps.next(); step;) {
    if (step.request === undefined) return step.events;
    const { offset, count } = step.request;
    step = steps.next((meter.image(table) ?? new Uint8Array(0)).slice(offset, offset + Math.min(count, 104))).value;
  }
  assert.fail('the last step has no request');
}

/** The read of a device that ET16 holds, as many bytes as ET14 gives. */
function readOf(meter: SimulatedMeter, place: number): DeviceRead | undefined {
  const { dataEntrySize } = tableOf(meter, 'ET11');
  const [status] = (tableOf(meter, 'ET14')['devices'] as TableValues[]).slice(place);
  const at = place * Number(dataEntrySize);
  return deviceReadOf(meter.image('ET16')!.slice(at, at + Number(status?.['billingReadLength'])), momentsOf);
}

describe('The simulated event logs', () => {
  it('share one sequence number: each has gaps, together they have none', async () => {
    const { meter, clock } = simulated({ isUsed: false });
    meter.history.configureLogs({ alternateEvents: 20 });
    assert.equal(tableOf(meter, 'ET54')['et79EntryCount'], 20);
    for (const [i, event] of [48, 89, 2, 98, 99, 1].entries()) {
      meter.history.logEvent({ event, argument: 0x0100 + i, user: i === 0 ? 0xfffd : 7 });
      await clock.advance(MINUTE);
    }
    const [primary, alternate] = [eventsOf(meter, 'BT74', 100), eventsOf(meter, 'ET79', 20)];
    assert.deepEqual(
      alternate.map(({ event }) => event),
      [89, 98, 99],
    );
    const merged = mergeEvents(primary, alternate);
    assert.deepEqual(
      merged.map(({ sequence, event, argument }) => [sequence, event, argument]),
      [48, 89, 2, 98, 99, 1].map((event, i) => [i + 1, event, 0x0100 + i]),
    );
    assert.deepEqual(
      merged.slice(0, 2).map(({ user, time }) => [user, time]),
      [
        ['mep', '2026-11-20T10:05:00Z'],
        [7, '2026-11-20T10:06:00Z'],
      ],
    );
  });

  it('count on past 65535, and keep as many as they hold', () => {
    const { meter } = simulated({ isUsed: false });
    meter.history.events.setNewest(65_500);
    for (let i = 0; i < 150; i++) meter.history.logEvent({ event: 9, argument: i });
    const events = eventsOf(meter, 'BT74', 100);
    assert.equal(events.length, 100);
    assert.deepEqual(
      events.map(({ sequence }) => sequence),
      Array.from({ length: 100 }, (_, i) => 65_551 + i),
    );
    assert.deepEqual(
      eventsOf(meter, 'BT74', 100, 65_648).map(({ argument }) => argument),
      [148, 149],
    );
  });

  it('are empty once they are cleared, and their number goes on', () => {
    const { meter } = simulated();
    const newest = eventsOf(meter, 'BT74', 100).at(-1)?.sequence ?? NaN;
    meter.history.events.clear();
    assert.deepEqual(eventsOf(meter, 'BT74', 100), []);
    meter.history.logEvent({ event: 48 });
    assert.deepEqual(
      eventsOf(meter, 'BT74', 100).map(({ sequence }) => sequence),
      [newest + 1],
    );
  });
});

describe('M-Bus devices of a simulated meter', () => {
  it('are a water meter and a heat meter, whose reads decode to their counters', () => {
    const { meter } = simulated({ profile: 'gen3' });
    const [water, heat] = [readOf(meter, 0), readOf(meter, 1)];
    assert.deepEqual(
      [water?.device.medium, water?.device.manufacturer, water?.device.serial, water?.isEncrypted],
      ['water', 'KAM', '66551234', false],
    );
    assert.equal(water?.at, '2026-11-20T09:05:10Z');
    assert.equal(water.local, '2026-11-20T10:05:10');
    const expected = counter(120_450, 14)(Date.parse('2026-11-20T09:05:10Z')) / 1_000;
    const volume = water.records.find(({ quantity, storage }) => quantity === 'volume' && storage === 0);
    assert.deepEqual([volume?.value, volume?.unit], [expected, 'm³']);
    assert.equal(water.rest, null);
    assert.equal(heat?.device.medium, 'heat');
    assert.ok(heat.records.length === 5 && heat.records.every(({ value }) => typeof value === 'number'));
    assert.equal(readOf(meter, 2), undefined);
  });

  it('are read again each hour, with a counter that never falls', async () => {
    const { meter, clock } = simulated();
    let before = 0;
    for (let hour = 0; hour < 30; hour++) {
      const value = readOf(meter, 0)?.records[0]?.value;
      assert.ok(typeof value === 'number' && value >= before, String(value));
      before = value;
      await clock.advance(HOUR);
    }
  });

  it('can be encrypted: named as such, and no value is made of the bytes', () => {
    const { meter } = simulated({ devices: [SEALED, { ...SEALED, isDecrypted: true }] });
    const [sealed, open] = [readOf(meter, 0), readOf(meter, 1)];
    assert.equal(sealed?.isEncrypted, true);
    assert.deepEqual([sealed.records, sealed.payload, sealed.device.serial], [[], {}, '87654321']);
    assert.equal(open?.isEncrypted, false);
    assert.equal(typeof open.records[0]?.value, 'number');
    // ET13 shows a part of the key, which readers have to blank.
    assert.match(toHex(meter.image('ET13')!, ''), /18191A1B1C1D1E1F/);
  });

  it('can be down, raise alarms, and be exchanged', async () => {
    const { meter, clock } = simulated();
    const [device] = meter.history.devices;
    assert.ok(device);
    device.isDown = true;
    device.status = 0x0c;
    device.alarms.add('newDeviceAlarm');
    const status = (tableOf(meter, 'ET14')['devices'] as TableValues[])[0];
    assert.deepEqual(
      [status?.['deviceStatus'], status?.['mepDeviceAlarms'], status?.['newDeviceAlarm']],
      [2, [2, 3], true],
    );
    assert.deepEqual(readOf(meter, 0)?.device.alarms, ['powerLow', 'permanentError']);
    meter.history.detach(0);
    assert.deepEqual(tableOf(meter, 'ET14')['deviceOccupancy'], [1]);
    const { handle } = meter.history.attach(COLD);
    assert.ok(handle > device.handle);
    assert.equal(readOf(meter, 0), undefined);
    await clock.advance(HOUR);
    assert.equal(readOf(meter, 0)?.device.serial, '12345678');
  });

  it('have a log of their reads where the meter keeps one', async () => {
    const { meter, clock } = simulated({ devices: [COLD, SEALED] });
    assert.equal(meter.image('ET45')?.length, 6);
    meter.history.configureLogs({ deviceReads: 5 });
    const newest = (): TableValues => {
      const log = tableOf(meter, 'ET45');
      const entries = log['logEntries'] as TableValues[];
      return { ...entries[Number(log['lastEntryElement'])], sequence: log['lastEntrySequenceNumber'] ?? null };
    };
    const before = Number(newest()['sequence']);
    await clock.advance(2 * HOUR);
    const log = tableOf(meter, 'ET45');
    assert.deepEqual([log['numberOfValidEntries'], log['lastEntrySequenceNumber']], [5, before + 4]);
    const entry = newest();
    assert.deepEqual([entry['handle'], entry['result']], [2, 4]);
    assert.equal((entry['data'] as TableValues)['timestamp'], '2026-11-20T12:05:10');
  });

  it('are recorded by the load profile at the hours at which they are polled', async () => {
    const channels = [0, { device: 0, mdt: 1 }];
    for (const marksSkipped of [true, false]) {
      const { meter } = simulated({
        devices: [COLD],
        loadProfile: { dataSets: [{ blocks: 2, intervals: 96, minutes: 15, channels }], marksSkipped },
      });
      const profile = profileOf(meter);
      assert.deepEqual(
        profile.channels.map(({ source, isOwn }) => [source, isOwn]),
        [
          [0, true],
          [112, false],
        ],
      );
      const { records } = await look(meter);
      const polled = records.filter(({ registers }) => registers[1]?.value !== null);
      assert.equal(polled.length, records.filter(({ history }) => history.end.endsWith(':00:00Z')).length);
      for (const { registers, history } of polled) {
        const value = (counter(99_999_000, 14)(Date.parse(history.end)) % 1e8) / 1_000;
        assert.deepEqual([registers[1]?.value, registers[1]?.unit, history.quality], [value, 'm³', 'ok']);
      }
      const unpolled = records.find(({ history }) => history.end.endsWith(':15:00Z'));
      assert.deepEqual([unpolled?.registers[1]?.status, unpolled?.history.quality], [marksSkipped ? 4 : 0, 'ok']);
    }
  });

  it('are no value in the load profile while they are down', async () => {
    const channels = [0, { device: 0, mdt: 1 }, { device: 3, mdt: 9 }];
    const { meter } = simulated({
      devices: [COLD],
      loadProfile: { dataSets: [{ blocks: 1, intervals: 24, minutes: 60, channels }] },
    });
    const [device] = meter.history.devices;
    if (device) device.isDown = true;
    meter.history.invalidate();
    const { records } = await look(meter);
    assert.ok(records.length > 0);
    for (const { registers, history } of records) {
      assert.deepEqual(
        registers.map(({ status }) => status),
        [0, 10, 15],
      );
      assert.deepEqual([registers[1]?.value, registers[2]?.value, history.quality], [null, null, 'ok']);
    }
  });
});
