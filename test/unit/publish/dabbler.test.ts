import assert from 'node:assert/strict';
import type { FormatAnswer } from '../../../src/publish/format.js';
import type { MeterSnapshot } from '../../../src/publish/meter-snapshot.js';
import { type DecodedMessage, decoded } from '../../support/readings/decoded.js';
import { formatOf, snapshotOf, formatted } from '../../support/readings/format-stage.js';

const NOW = new Date('2026-11-20T12:00:05.250Z');
const mqtt = formatOf('dabbler', { baseTopic: 'dabbler' });
const http = formatOf('dabbler-http');
const ask = (meter: MeterSnapshot | undefined, path = '/getDashDataWS', method = 'GET'): FormatAnswer =>
  http.answer!(meter, { method, path }, NOW);

/** A reading with some values changed; undefined removes one. */
function changed(message: DecodedMessage, values: Record<string, number | undefined>): DecodedMessage {
  const all = Object.entries({ ...message.payload, ...values }).filter(([, value]) => value !== undefined);
  return { ...message, payload: Object.fromEntries(all) as DecodedMessage['payload'] };
}

describe('Topics of the ESP32 module', () => {
  it('of a reading of what happens now, byte by byte', () => {
    assert.deepEqual(formatted(mqtt, decoded('BT28')), [
      { topic: 'dabbler/lwt', payload: 'Online', qos: 0, retain: true },
      {
        topic: 'dabbler/sensors/mydatajson',
        payload:
          '{"L1_RMS_A":2877,"L2_RMS_A":1557,"L3_RMS_A":2161,"L1_RMS_V":225635,"L2_RMS_V":227935,"L3_RMS_V":227779,' +
          '"L1_PF_Fac":451,"L2_PF_Fac":241,"L3_PF_Fac":45,"ExportReactive_VAr":959,"ImportReactive_VAr":0}',
        qos: 0,
        retain: false,
      },
      {
        topic: 'dabbler/meterConsumptionFwd/mydatajson',
        payload:
          '{"Fwd_W":399,"Fwd_Avg_W":399,"L1_Fwd_W":292,"L2_Fwd_W":85,"L3_Fwd_W":22,' +
          '"L1_Fwd_Avg_W":292,"L2_Fwd_Avg_W":85,"L3_Fwd_Avg_W":22}',
        qos: 0,
        retain: false,
      },
      {
        topic: 'dabbler/meterConsumptionRev/mydatajson',
        payload:
          '{"Rev_W":0,"Rev_Avg_W":0,"L1_Rev_W":0,"L2_Rev_W":0,"L3_Rev_W":0,' +
          '"L1_Rev_Avg_W":0,"L2_Rev_Avg_W":0,"L3_Rev_Avg_W":0}',
        qos: 0,
        retain: false,
      },
      { topic: 'dabbler/frequency/mydatajson', payload: '{"Freq_mHz":50050}', qos: 0, retain: false },
    ]);
  });

  it('of a reading of what was counted: integers of Wh, and nothing that was not read', () => {
    assert.deepEqual(
      formatted(mqtt, decoded('BT23')).map(({ topic, payload }) => [topic, payload]),
      [
        ['dabbler/lwt', 'Online'],
        ['dabbler/meterConsumptionTotal/mydatajson', '{"Fwd_Act_Wh":65845343,"Rev_Act_Wh":179}'],
      ],
    );
  });

  it('keep a power factor below zero, and have null for values not measured', () => {
    const [, sensors, fwd] = formatted(
      mqtt,
      changed(decoded('BT28'), { powerFactorL1: -0.998, averageActivePowerImport: undefined }),
    );
    assert.match(String(sensors?.payload), /"L1_PF_Fac":-998,/);
    assert.match(String(fwd?.payload), /"Fwd_Avg_W":null,/);
  });

  it('report Offline for an unresponsive meter', () => {
    assert.deepEqual(mqtt.onSilence?.(snapshotOf(decoded('BT28'))), [
      { topic: 'dabbler/lwt', payload: 'Offline', qos: 0, retain: true },
    ]);
  });
});

describe('/getDashDataWS', () => {
  it('has the keys of the module in its order, all numbers integers', () => {
    const answer = ask(snapshotOf(decoded('BT23'), decoded('BT28')));
    assert.equal(answer.statusCode, 200, answer.payload);
    assert.match(answer.headers['Content-Type']!, /^application\/json/);
    const body = JSON.parse(answer.payload) as Record<string, unknown>;
    const phases = (suffix: string): string[] => ['L1', 'L2', 'L3'].map((phase) => `${phase}_${suffix}`);
    const texts = [
      'ESP_SW',
      'ESP_SW_By',
      'ESP_SW_Version',
      'Meter_Manufacturer',
      'Meter_Model',
      'Meter_SW_Version',
      'Utility_SN',
    ];
    const times = ['CurrentDateTimeString', 'CurrentDateTime'];
    const numbers = ['Fwd_Act_Wh', 'Rev_Act_Wh', 'Fwd_W', 'Rev_W', 'Freq_mHz', ...phases('RMS_A'), ...phases('RMS_V')];
    const rest = [
      ...phases('Fwd_W'),
      ...phases('Rev_W'),
      'Fwd_Avg_W',
      'Rev_Avg_W',
      ...phases('Fwd_Avg_W'),
      ...phases('Rev_Avg_W'),
    ];
    assert.deepEqual(Object.keys(body), [...texts, ...times, ...numbers, ...rest]);
    for (const key of [...texts, ...times]) assert.equal(typeof body[key], 'string', key);
    for (const key of [...numbers, ...rest]) assert.ok(Number.isInteger(body[key]), key);
    assert.equal(body['Utility_SN'], '83334000001');
    assert.equal(body['CurrentDateTimeString'], '2026-11-20 (Friday) @ 12:00:05');
    assert.equal(body['CurrentDateTime'], '2026-11-20T12:00:05.250Z');
    assert.deepEqual(
      [body['Fwd_Act_Wh'], body['L1_RMS_A'], body['L1_RMS_V'], body['Freq_mHz']],
      [65845343, 2877, 225635, 50050],
    );
  });

  it('shows the phases that a single-phase meter lacks as zeros, as the module does', () => {
    const lacking = Object.fromEntries(
      Object.keys(decoded('BT28').payload)
        .filter((key) => /L[23]/.test(key))
        .map((key) => [key, undefined]),
    );
    const body = JSON.parse(ask(snapshotOf(decoded('BT23'), changed(decoded('BT28'), lacking))).payload) as Record<
      string,
      unknown
    >;
    assert.deepEqual([body['L1_RMS_V'], body['L2_RMS_V'], body['L3_Fwd_W']], [225635, 0, 0]);
  });

  for (const [when, meter] of [
    ['before the first reading', undefined],
    ['while energy has not been read', snapshotOf(decoded('BT28'))],
    ['of a silent meter', { ...snapshotOf(decoded('BT23'), decoded('BT28')), online: false }],
    [
      'of a meter that does not measure power by phase',
      snapshotOf(
        decoded('BT23'),
        changed(decoded('BT28'), {
          activePowerImportL1: undefined,
          activePowerImportL2: undefined,
          activePowerImportL3: undefined,
        }),
      ),
    ],
  ] as const) {
    it(`sends nothing ${when} that a reader could take for data`, () => {
      const answer = ask(meter);
      assert.equal(answer.statusCode, 503);
      // Its integration parses every answer as JSON, and takes null as nothing.
      assert.match(answer.headers['Content-Type']!, /^application\/json/);
      assert.equal(JSON.parse(answer.payload), null);
      assert.match(answer.headers['X-Reason']!, /read/);
    });
  }

  it('is all there is', () => {
    assert.equal(ask(snapshotOf(decoded('BT23')), '/SendMEP').statusCode, 404);
    assert.equal(ask(snapshotOf(decoded('BT23')), '/getDashDataWS', 'POST').statusCode, 405);
  });
});
