import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  announceAgain,
  forget,
  goOffline,
  isWorthRemembering,
  type KnownMeter,
  type PublishedMeter,
  recall,
  receiveReading,
  remember,
} from '../../../support/readings/home-assistant-stage.js';
import type { MqttMessage } from '../../../../src/publish/mqtt.js';
import { readingOf } from '../../../../src/publish/reading.js';
import { homeAssistantSettings } from '../../../../src/publish/home-assistant/settings.js';
import { payloadKeys } from '../../../../src/readings/index.js';
import { assertDiscovery, templateKeys } from '../../../support/sinks/home-assistant-schema.js';

const settings = homeAssistantSettings({});
const START = Date.parse('2026-11-20T12:00:00Z');
const DISCOVERY = 'homeassistant/device/nes_83334000001/config';
const STATE = 'nes-meter/83334000001/state';
const AVAILABILITY = 'nes-meter/83334000001/availability';
const BRIDGE = 'nes-meter/bridge/availability';
const BRIDGE_DISCOVERY = 'homeassistant/device/nes-bridge_nes-meter/config';

interface Given {
  table?: string;
  complete?: boolean;
  /** Seconds after the start. */
  at?: number;
  firmware?: string;
  dimensions?: object;
}

type Values = Record<string, number | null>;

function receive(known: KnownMeter | undefined, payload: Values, given: Given = {}): PublishedMeter {
  const { table = 'BT28', complete = true, at = 0, firmware = '3.70', dimensions = {} } = given;
  const meter = { serial: '83334000001', manufacturer: 'NES', model: '83334-3I', firmware, dimensions };
  const msg = { payload, meter, table: { id: table, complete, readAt: new Date(START + at * 1000).toISOString() } };
  return receiveReading(known, readingOf(msg, settings, new Date(0)), settings);
}

const topics = (messages: readonly MqttMessage[]): string[] => messages.map((message) => message.topic);

function state(messages: readonly MqttMessage[]): Record<string, unknown> {
  const last = messages.filter((message) => message.topic === STATE).at(-1);
  assert.ok(last, 'there is a state');
  return JSON.parse(last.payload) as Record<string, unknown>;
}

function announced(messages: readonly MqttMessage[]): string[] {
  const last = messages.filter((message) => message.topic === DISCOVERY).at(-1);
  assert.ok(last, 'there is a discovery');
  return templateKeys(assertDiscovery(last.topic, last.payload)).filter((key) => key !== 'timestamp');
}

describe('a meter in Home Assistant', () => {
  const ONE_PHASE = { ET29: { singlePhase: true, polyphase: false } };
  const three = { voltageL1: 231.4, voltageL2: 0, voltageL3: 0, currentL2PostRatio: 0, activePowerL1: 0 };

  it('that reports one phase shows no others, until one of them has values', () => {
    const first = receive(undefined, three, { dimensions: ONE_PHASE });
    assert.deepEqual(announced(first.messages), ['voltageL1', 'activePowerL1']);
    assert.ok(!('voltageL2' in state(first.messages)));
    const later = receive(first.meter, { ...three, voltageL2: 229 }, { dimensions: ONE_PHASE, at: 10 });
    assert.deepEqual(announced(later.messages), ['voltageL1', 'activePowerL1', 'voltageL2']);
  });

  for (const [what, dimensions] of [
    ['that says nothing of it', {}],
    ['of more phases', { ET29: { singlePhase: false, polyphase: true } }],
    ['that contradicts itself', { ET29: { singlePhase: true, polyphase: true } }],
  ] as const) {
    it(`${what} shows a phase that is at 0 as well`, () => {
      assert.equal(announced(receive(undefined, three, { dimensions }).messages).length, 5);
    });
  }

  it('is not taken for another one after dimensions of other tables were loaded', () => {
    const first = receive(undefined, { voltageL1: 231.4, voltageL2: 1 }, { dimensions: { BT21: { a: 1 } } });
    const more = { dimensions: { BT21: { a: 1 }, ET07: { accumulatorRolloverDigit: 6 }, BT63: {} }, at: 10 };
    const second = receive(first.meter, { voltageL1: 231.4, voltageL2: null }, more);
    assert.deepEqual(topics(second.messages), [STATE], 'nothing is taken away');
    const other = { dimensions: { BT21: { a: 2 } }, at: 20 };
    const third = receive(second.meter, { voltageL1: 231.4, voltageL2: null }, other);
    assert.deepEqual(topics(third.messages), [DISCOVERY, DISCOVERY, STATE], 'but here it is');
  });

  it('that is offline is announced without measurements but with registers', () => {
    const { meter } = receive(undefined, { voltageL1: 231.4, activeEnergyImport: 7 });
    const offline = goOffline(meter, settings);
    const again = state(announceAgain([offline.meter], settings));
    assert.deepEqual(again, { timestamp: '2026-11-20T12:00:00.000Z', voltageL1: null, activeEnergyImport: 7 });
    const back = receive(offline.meter, { voltageL1: 231.5, activeEnergyImport: 7 }, { at: 1 });
    assert.equal(state(back.messages)['voltageL1'], 231.5);
  });

  it('that is forgotten leaves nothing retained', () => {
    const { meter } = receive(undefined, { voltageL1: 231.4 });
    const gone = forget(meter, settings);
    assert.deepEqual(topics(gone).sort(), [DISCOVERY, AVAILABILITY, STATE, 'nes-meter/83334000001/status'].sort());
    for (const { payload, retain } of gone) assert.deepEqual({ payload, retain }, { payload: '', retain: true });
  });

  it('is announced with its first reading: discovery, availability, state; retained', () => {
    const { messages } = receive(undefined, { voltageL1: 231.4, currentL1: 0 });
    assert.deepEqual(topics(messages), [BRIDGE_DISCOVERY, DISCOVERY, BRIDGE, AVAILABILITY, STATE]);
    for (const { qos, retain } of messages) assert.deepEqual({ qos, retain }, { qos: 1, retain: true });
    assert.equal(messages[2]?.payload, 'online');
    assert.equal(messages[3]?.payload, 'online');
    assert.equal(messages[4]?.payload, '{"timestamp":"2026-11-20T12:00:00.000Z","voltageL1":231.4,"currentL1":0}');
  });

  it('is not published before it has a value', () => {
    const { meter, messages } = receive(undefined, { voltageL1: null });
    assert.deepEqual(messages, []);
    assert.equal(meter.online, false);
    assert.deepEqual(announceAgain([meter], settings), []);
    assert.deepEqual(goOffline(meter, settings).messages, []);
    assert.equal(receive(meter, { voltageL1: 230 }).messages.length, 5);
  });

  it('publishes only changes: the same discovery is not sent twice', () => {
    const { meter } = receive(undefined, { voltageL1: 231.4 });
    assert.deepEqual(topics(receive(meter, { voltageL1: 231.5 }, { at: 10 }).messages), [STATE]);
  });

  it('is announced again with what another table adds, and its state holds both', () => {
    const { meter } = receive(undefined, { activeEnergyImport: 344.18 }, { table: 'BT23' });
    const { messages } = receive(meter, { voltageL1: 231.4 }, { at: 5 });
    assert.deepEqual(topics(messages), [DISCOVERY, STATE]);
    assert.deepEqual(announced(messages), ['activeEnergyImport', 'voltageL1']);
    assert.deepEqual(state(messages), {
      timestamp: '2026-11-20T12:00:05.000Z',
      activeEnergyImport: 344.18,
      voltageL1: 231.4,
    });
  });

  it('never has a value announced that was always null', () => {
    const { messages } = receive(undefined, { voltageL1: 231.4, voltageL2: null });
    assert.deepEqual(announced(messages), ['voltageL1']);
    assert.ok(!('voltageL2' in state(messages)));
  });

  it('keeps what it announced, as null, when a whole reading lacks it once', () => {
    const { meter } = receive(undefined, { voltageL1: 231.4, voltageL2: 230 });
    const { messages } = receive(meter, { voltageL1: 231.4, voltageL2: null });
    assert.deepEqual(topics(messages), [STATE]);
    assert.equal(state(messages)['voltageL2'], null);
  });

  it('keeps a value that a partial reading did not ask for', () => {
    const { meter } = receive(undefined, { activeEnergyImport: 344.18, activeEnergyExport: 7.583 }, { table: 'BT23' });
    const partial = { table: 'BT23', complete: false, at: 5 };
    const { messages } = receive(meter, { activeEnergyImport: 344.19, activeEnergyExport: null }, partial);
    assert.equal(state(messages)['activeEnergyImport'], 344.19);
    assert.equal(state(messages)['activeEnergyExport'], 7.583);
  });

  it('does not repeat a measurement as fresh once it is too old; registers it does', () => {
    const first = receive(undefined, { activeEnergyImport: 344.18 }, { table: 'BT23' });
    const second = receive(first.meter, { voltageL1: 231.4 }, { at: 10 });
    const fresh = receive(second.meter, { activeEnergyImport: 344.2 }, { table: 'BT23', at: 190 });
    assert.equal(state(fresh.messages)['voltageL1'], 231.4);
    const late = receive(fresh.meter, { activeEnergyImport: 344.3 }, { table: 'BT23', at: 191 });
    assert.equal(state(late.messages)['voltageL1'], null);
    const later = receive(late.meter, { voltageL1: 231.6 }, { at: 10_000 });
    assert.equal(state(later.messages)['activeEnergyImport'], 344.3);
  });

  it('loses entities that a new firmware has not, in two steps', () => {
    const { meter } = receive(undefined, { voltageL1: 231.4, voltageL2: 230, voltageL3: 229 });
    const { meter: after, messages } = receive(
      meter,
      { voltageL1: 231, voltageL2: null, voltageL3: null },
      { firmware: '4.0' },
    );
    assert.deepEqual(topics(messages), [DISCOVERY, DISCOVERY, STATE]);
    const step = assertDiscovery(DISCOVERY, messages[0]!.payload);
    assert.deepEqual(step.components['voltageL2'], { platform: 'sensor' });
    assert.deepEqual(step.components['voltageL3'], { platform: 'sensor' });
    assert.ok('unique_id' in step.components['voltageL1']!);
    assert.deepEqual(announced(messages), ['voltageL1']);
    assert.deepEqual(Object.keys(state(messages)), ['timestamp', 'voltageL1']);
    assert.deepEqual(topics(receive(after, { voltageL1: 231, voltageL2: null }, { firmware: '4.0' }).messages), [
      STATE,
    ]);
  });

  it('loses nothing by a partial reading, nor what the other table holds', () => {
    const first = receive(undefined, { activeEnergyImport: 1 }, { table: 'BT23' });
    const second = receive(first.meter, { voltageL1: 231.4, voltageL2: 230 });
    const part = receive(second.meter, { voltageL1: 231, voltageL2: null }, { firmware: '4.0', complete: false });
    assert.deepEqual(announced(part.messages), ['activeEnergyImport', 'voltageL1', 'voltageL2']);
    const whole = receive(part.meter, { voltageL1: 231, voltageL2: null }, { firmware: '4.0' });
    assert.deepEqual(announced(whole.messages), ['activeEnergyImport', 'voltageL1']);
  });

  it('loses entities that this version of the package does not know any more', () => {
    const { meter } = receive(undefined, { voltageL1: 231.4 });
    const old = recall({ ...remember(meter), keys: ['voltageL1', 'voltageOfYore'] });
    const { messages } = receive(old, { voltageL1: 231.4 });
    assert.deepEqual(topics(messages), [BRIDGE_DISCOVERY, DISCOVERY, DISCOVERY, BRIDGE, AVAILABILITY, STATE]);
    assert.deepEqual(assertDiscovery(DISCOVERY, messages[1]!.payload).components['voltageOfYore'], {
      platform: 'sensor',
    });
    assert.deepEqual(announced(messages), ['voltageL1']);
  });

  it('publishes a new firmware version', () => {
    const { meter } = receive(undefined, { voltageL1: 231.4 });
    const { messages } = receive(meter, { voltageL1: 231.4 }, { firmware: '4.0' });
    assert.equal(assertDiscovery(DISCOVERY, messages[0]!.payload).device['sw_version'], '4.0');
  });

  it('keeps the description of the device when a message has less', () => {
    const { meter } = receive(undefined, { voltageL1: 231.4 });
    const bare = readingOf(
      { payload: { voltageL1: 230 }, meter: { serial: '83334000001' } },
      settings,
      new Date(START),
    );
    const { meter: after, messages } = receiveReading(meter, bare, settings);
    assert.deepEqual(topics(messages), [STATE]);
    assert.equal(after.device.model, '83334-3I');
  });

  it('goes offline once and comes back with the next reading', () => {
    const { meter } = receive(undefined, { voltageL1: 231.4 });
    const offline = goOffline(meter, settings);
    assert.deepEqual(offline.messages, [{ topic: AVAILABILITY, payload: 'offline', qos: 1, retain: true }]);
    assert.deepEqual(goOffline(offline.meter, settings).messages, []);
    const back = receive(offline.meter, { voltageL1: 231.4 }, { at: 400 });
    assert.deepEqual(topics(back.messages), [AVAILABILITY, STATE]);
    assert.equal(back.messages[0]?.payload, 'online');
  });

  it('is announced again after a birth: discoveries, then availabilities, then states', () => {
    const { meter } = receive(undefined, { voltageL1: 231.4 });
    const other = receiveReading(
      undefined,
      readingOf({ payload: { voltageL1: 1 }, meter: { serial: '7' } }, settings, new Date(START)),
      settings,
    ).meter;
    const silent = goOffline(other, settings).meter;
    const messages = announceAgain([meter, silent], settings);
    assert.deepEqual(topics(messages), [
      BRIDGE_DISCOVERY,
      DISCOVERY,
      'homeassistant/device/nes_7/config',
      BRIDGE,
      AVAILABILITY,
      'nes-meter/7/availability',
      STATE,
      'nes-meter/7/state',
    ]);
    assert.deepEqual(
      messages.slice(3, 6).map((message) => message.payload),
      ['online', 'online', 'offline'],
    );
    assert.deepEqual([messages[1]], meter.discovery);
  });
});

describe('a remembered meter', () => {
  const { meter } = receive(undefined, { voltageL1: 231.4, voltageL2: 230 });
  const stored = JSON.parse(JSON.stringify(remember(meter))) as Record<string, unknown>;

  it('comes back without values, and without a word before its first reading', () => {
    const recalled = recall(stored);
    assert.ok(recalled);
    assert.deepEqual(announceAgain([recalled], settings), []);
    const { messages } = receive(recalled, { voltageL1: 1, voltageL2: null }, { complete: false });
    assert.deepEqual(announced(messages), ['voltageL1', 'voltageL2']);
    assert.equal(state(messages)['voltageL2'], null);
  });

  it('that was online can go offline without having been read', () => {
    assert.deepEqual(topics(goOffline(recall(stored)!, settings).messages), [AVAILABILITY]);
  });

  it('loses what went away while it was not observed', () => {
    const { messages } = receive(recall(stored), { voltageL1: 1, voltageL2: null }, { firmware: '4.0' });
    assert.deepEqual(assertDiscovery(DISCOVERY, messages[1]!.payload).components['voltageL2'], { platform: 'sensor' });
    assert.deepEqual(announced(messages), ['voltageL1']);
  });

  it('is only worth keeping anew when something of it changed', () => {
    assert.ok(isWorthRemembering(undefined, meter));
    assert.ok(!isWorthRemembering(meter, receive(meter, { voltageL1: 5, voltageL2: 6 }, { at: 9 }).meter));
    assert.ok(isWorthRemembering(meter, receive(meter, { voltageL3: 5 }).meter));
    assert.ok(isWorthRemembering(meter, goOffline(meter, settings).meter));
  });

  for (const [what, changes] of [
    ['no id', { id: undefined }],
    ['an id that is not its own', { id: 'other' }],
    ['keys that are no list', { keys: {} }],
    ['keys that are no texts', { keys: [1] }],
    ['no device', { device: null }],
    ['a device of numbers', { device: { serial: '83334000001', manufacturer: 1, model: null, firmware: null } }],
    ['fingerprints that are no texts', { fingerprints: { BT28: 3 } }],
    ['a state that is neither', { online: 'yes' }],
  ] as const) {
    it(`is forgotten with ${what}`, () => {
      assert.equal(recall({ ...stored, ...changes }), undefined);
    });
  }

  it('is forgotten when it is something else altogether', () => {
    for (const other of [undefined, null, 'x', 7, []]) assert.equal(recall(other), undefined);
  });
});

describe('any sequence of readings', () => {
  const keys = { BT23: payloadKeys('BT23'), BT28: payloadKeys('BT28') } as const;
  const value = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { freq: 2 });
  const reading = fc.record({
    table: fc.constantFrom('BT23' as const, 'BT28' as const),
    complete: fc.boolean(),
    firmware: fc.constantFrom('3.70', '4.0'),
    step: fc.nat(400),
    values: fc.array(value, { minLength: 12, maxLength: 12 }),
  });

  it('gives a state with exactly the announced keys, and numbers as they came or null', () => {
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 8 }), (readings) => {
        let meter: KnownMeter | undefined;
        let at = 0;
        let expected: string[] = [];
        for (const { table, complete, firmware, step, values } of readings) {
          at += step;
          const payload = Object.fromEntries(
            keys[table].slice(0, 12).map((key, index) => [key, values[index] ?? null]),
          );
          const published = receive(meter, payload, { table, complete, firmware, at });
          meter = published.meter;
          if (published.messages.length === 0) continue;
          if (topics(published.messages).includes(DISCOVERY)) expected = announced(published.messages);
          const now = state(published.messages);
          assert.deepEqual(Object.keys(now), ['timestamp', ...expected]);
          assert.doesNotMatch(published.messages.at(-1)!.payload, /\de[+-]?\d/);
          for (const [key, number] of Object.entries(payload)) {
            if (number !== null) assert.equal(now[key], number === 0 ? 0 : number, key);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
