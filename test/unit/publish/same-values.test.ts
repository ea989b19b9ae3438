import assert from 'node:assert/strict';
import fc from 'fast-check';
import { homeAssistant } from '../../../src/publish/index.js';
import { readingOf } from '../../../src/publish/reading.js';
import { type MeterSnapshot, withReading } from '../../../src/publish/meter-snapshot.js';
import { NET_POWERS } from '../../../src/readings/index.js';
import { formatOf } from '../../support/readings/format-stage.js';
import { receiveReading } from '../../support/readings/home-assistant-stage.js';

const EXPIRE_AFTER_S = 60;
const START = Date.parse('2026-11-20T12:00:00Z');
const settings = homeAssistant.homeAssistantSettings({ expireAfter: EXPIRE_AFTER_S });

interface Message {
  readonly payload: Readonly<Record<string, number | null>>;
  readonly complete?: boolean;
  /** Seconds after the one before. */
  readonly after?: number;
}

const withoutIdentity = (payload: unknown): Record<string, number | null> => {
  const all = JSON.parse(String(payload)) as Record<string, number | null>;
  return Object.fromEntries(Object.entries(all).filter(([key]) => key !== 'serial' && key !== 'timestamp'));
};

/** What both sinks tell after these messages: the JSON format and Home Assistant. */
function told(messages: readonly Message[]): {
  json: Record<string, number | null>;
  ha: Record<string, number | null>;
} {
  const format = formatOf('json');
  let at = START;
  let snapshot: MeterSnapshot | undefined;
  let known: homeAssistant.KnownMeter | undefined;
  let [json, ha]: [unknown, unknown] = ['{}', '{}'];
  for (const { payload, complete = false, after = 1 } of messages) {
    at += after * 1000;
    const table = { id: 'BT28', complete, readAt: new Date(at).toISOString() };
    const reading = readingOf({ payload, table, meter: { serial: '7' } }, { serial: '' }, new Date(0));
    const before = snapshot;
    snapshot = withReading(before, reading, EXPIRE_AFTER_S);
    json = format.onReading?.(snapshot, { reading, before, isFirst: false }).at(-1)?.payload ?? '{}';
    const published = receiveReading(known, reading, settings);
    known = published.meter;
    ha = published.messages.at(-1)?.payload ?? '{}';
  }
  return { json: withoutIdentity(json), ha: withoutIdentity(ha) };
}

describe('The same messages', () => {
  it('give the net power to Home Assistant too when import and export come apart', () => {
    const { json, ha } = told([{ payload: { activePowerImport: 500 } }, { payload: { activePowerExport: 200 } }]);
    assert.equal(ha['activePower'], 300);
    assert.deepEqual(ha, json);
  });

  it('announce the net power once it can be worked out', () => {
    const at = (payload: object): homeAssistant.MeterReading =>
      readingOf({ payload, meter: { serial: '7' } }, { serial: '' }, new Date(START));
    const { meter } = receiveReading(undefined, at({ activePowerImport: 500 }), settings);
    assert.deepEqual(meter.keys, ['activePowerImport']);
    const second = receiveReading(meter, at({ activePowerExport: 200 }), settings);
    assert.deepEqual(second.meter.keys, ['activePowerImport', 'activePowerExport', 'activePower']);
    assert.ok(second.messages.some(({ payload }) => payload.includes('nes_7_activePower"')));
  });

  it('make a measurement unknown at the same time, and keep registers', () => {
    const { json, ha } = told([
      { payload: { activePower: 400, activeEnergyImport: 7 } },
      { payload: { voltageL1: 230 }, after: EXPIRE_AFTER_S + 1 },
    ]);
    assert.deepEqual(ha, { activePower: null, activeEnergyImport: 7, voltageL1: 230 });
    assert.deepEqual(json, ha);
  });

  it('give the same values in any order and at any time', () => {
    const keys = [
      ...NET_POWERS.slice(0, 2).flatMap(({ key, plus, minus }) => [key, plus, minus]),
      'activeEnergyImport',
      'voltageL2',
    ];
    const payload = fc.dictionary(fc.constantFrom(...keys), fc.option(fc.integer({ min: 0, max: 9999 })), {
      minKeys: 1,
    });
    const message = fc.record({ payload, complete: fc.boolean(), after: fc.integer({ min: 0, max: 100 }) });
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 12 }), (messages) => {
        const { json, ha } = told(messages);
        for (const [key, value] of Object.entries(json)) assert.equal(ha[key] ?? null, value, key);
        for (const [key, value] of Object.entries(ha)) assert.equal(json[key] ?? null, value, key);
      }),
    );
  });
});
