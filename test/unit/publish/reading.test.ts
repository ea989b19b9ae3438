import assert from 'node:assert/strict';
import { homeAssistantStatus } from '../../../src/publish/home-assistant/birth.js';
import { readingOf } from '../../../src/publish/reading.js';
import { homeAssistantSettings } from '../../../src/publish/home-assistant/settings.js';
import { throwsWith } from '../../support/assert-error.js';

const NOW = new Date('2026-11-20T12:00:00Z');
const settings = homeAssistantSettings({});
const meter = { serial: '83334000001', manufacturer: 'NES', model: '83334-3I', firmware: '3.70', dimensions: {} };
const table = { id: 'BT28', complete: true, readAt: '2026-11-20T12:20:00+01:00' };
const payload = { voltageL1: 231.4, currentL1: null };

describe('a decoded message', () => {
  it('becomes a reading with meter, table, time and values', () => {
    const reading = readingOf({ payload, meter, table }, settings, NOW);
    assert.equal(reading.id, '83334000001');
    assert.deepEqual(reading.device, {
      serial: '83334000001',
      manufacturer: 'NES',
      model: '83334-3I',
      firmware: '3.70',
    });
    assert.equal(reading.table, 'BT28');
    assert.equal(reading.complete, true);
    assert.equal(reading.readAt, Date.parse('2026-11-20T11:20:00Z'));
    assert.deepEqual(reading.values, payload);
  });

  it('without meter and table is a part, read now, of the meter that the settings name', () => {
    const reading = readingOf({ payload }, { serial: '42' }, NOW);
    assert.equal(reading.id, '42');
    assert.equal(reading.complete, false);
    assert.equal(reading.table, '');
    assert.equal(reading.readAt, NOW.getTime());
    assert.deepEqual(reading.device, { serial: '42', manufacturer: null, model: null, firmware: null });
  });

  it('prefers the serial number that the meter sends', () => {
    assert.equal(readingOf({ payload, meter }, { serial: '42' }, NOW).id, '83334000001');
  });

  it('is refused without any serial number', () => {
    for (const serial of [null, undefined, '', '  ', 7]) {
      const error = throwsWith(() => readingOf({ payload, meter: { ...meter, serial } }, settings, NOW), 'bad-payload');
      assert.match(error.message, /serial number/);
    }
  });

  it('may hold more than values of ours; they are left alone', () => {
    const more = { ...payload, note: 'hello', voltageL9: 'x' };
    assert.deepEqual(readingOf({ payload: more, meter }, settings, NOW).values, payload);
  });

  for (const [what, wrong] of [
    ['nothing', undefined],
    ['null', null],
    ['a text', '{"voltageL1":1}'],
    ['a number', 230],
    ['bytes', Buffer.from('960a', 'hex')],
    ['a list', [payload]],
    ['no value of ours', { temperature: 21 }],
    ['an empty object', {}],
    ['a value that is a text', { voltageL1: '231.4' }],
    ['a value that is no number', { voltageL1: NaN }],
    ['an infinite value', { voltageL1: Infinity }],
    ['a missing value', { voltageL1: undefined }],
  ] as const) {
    it(`is refused when its payload is ${what}`, () => {
      throwsWith(() => readingOf({ payload: wrong, meter, table }, settings, NOW), 'bad-payload');
    });
  }

  it('is refused when its time is none', () => {
    for (const readAt of ['yesterday', 1_700_000_000, {}]) {
      throwsWith(() => readingOf({ payload, meter, table: { ...table, readAt } }, settings, NOW), 'bad-payload');
    }
  });

  it('has another fingerprint with another firmware, model or other dimensions', () => {
    const of = (changes: object): string =>
      readingOf({ payload, meter: { ...meter, ...changes }, table }, settings, NOW).fingerprint;
    const all = [of({}), of({ firmware: '4.0' }), of({ model: 'x' }), of({ dimensions: { BT21: { tiers: 8 } } })];
    assert.equal(new Set(all).size, 4);
    assert.equal(of({ manufacturer: 'other' }), of({}));
  });
});

describe("Home Assistant's status message", () => {
  it('is known by its topic, with the prefix set or the default one', () => {
    const own = homeAssistantSettings({ prefix: 'my/ha' });
    assert.equal(homeAssistantStatus({ topic: 'my/ha/status', payload: 'online' }, own), 'online');
    assert.equal(homeAssistantStatus({ topic: 'homeassistant/status', payload: 'offline' }, own), 'offline');
    assert.equal(homeAssistantStatus({ topic: 'nes/status', payload: 'online' }, own), undefined);
    assert.equal(homeAssistantStatus({ payload: 'online' }, own), undefined);
  });

  it('may come as bytes', () => {
    const msg = { topic: 'homeassistant/status', payload: Buffer.from('online') };
    assert.equal(homeAssistantStatus(msg, settings), 'online');
  });

  it('is refused with any other value', () => {
    for (const payload of ['Online', '', null, { state: 'online' }]) {
      throwsWith(() => homeAssistantStatus({ topic: 'homeassistant/status', payload }, settings), 'bad-payload');
    }
  });
});
