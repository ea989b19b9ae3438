import assert from 'node:assert/strict';
import { fromPlainTopic, fromReader, isPlainTopic } from '../../../../src/readings/index.js';
import { throwsWith } from '../../../support/assert-error.js';
import { decoded } from '../../../support/readings/decoded.js';
import { formatOf, snapshotOf, formatted } from '../../../support/readings/format-stage.js';

/** The values of a reading, without nulls. */
const valuesOf = (payload: unknown): Record<string, number> =>
  Object.fromEntries(
    Object.entries(fromReader(payload).payload).filter((entry): entry is [string, number] => entry[1] !== null),
  );

describe('Readings of the ESP32 module', () => {
  const snapshot = snapshotOf(decoded('BT23'), decoded('BT28'));
  const dash = formatOf('dabbler-http').answer!(
    snapshot,
    { method: 'GET', path: '/getDashDataWS' },
    new Date(),
  ).payload;

  it('give back over HTTP what was measured', () => {
    const values = valuesOf(dash);
    const measured = { ...decoded('BT23').payload, ...decoded('BT28').payload };
    for (const [key, value] of Object.entries(values)) assert.equal(value, measured[key], key);
    for (const key of [
      'activeEnergyImport',
      'activeEnergyExport',
      'activePower',
      'voltageL3',
      'currentL1',
      'frequency',
    ]) {
      assert.ok(key in values, key);
    }
    assert.deepEqual(fromReader(dash).meter, {
      serial: '83334000001',
      manufacturer: 'NES',
      model: '83334-3I',
      firmware: '3.70',
    });
  });

  it('give back over MQTT what was measured, topic by topic', () => {
    const messages = formatted(formatOf('dabbler'), decoded('BT23')).concat(
      formatted(formatOf('dabbler'), decoded('BT28')),
    );
    const all = messages.filter(({ topic }) => topic?.endsWith('mydatajson')).map(({ payload }) => valuesOf(payload));
    assert.equal(all.length, 5);
    const { powerFactorL1, reactivePowerExport, activePowerImportL2, activeEnergyImport } = Object.assign(
      {},
      ...all,
    ) as Record<string, number>;
    assert.deepEqual(
      [powerFactorL1, reactivePowerExport, activePowerImportL2, activeEnergyImport],
      [0.451, 959, 85, 65845.343],
    );
  });

  it('always have every key', () => {
    assert.deepEqual(
      Object.keys(fromReader('{"Freq_mHz":50050}').payload).sort(),
      [...Object.keys(decoded('BT23').payload), ...Object.keys(decoded('BT28').payload)].sort(),
    );
  });

  it('take a power factor below zero that was sent without its sign', () => {
    assert.equal(valuesOf('{"L1_PF_Fac":4294966298}')['powerFactorL1'], -0.998);
    assert.equal(valuesOf('{"L1_PF_Fac":-998}')['powerFactorL1'], -0.998);
  });

  it('leave the averages out, which may be bytes of something else', () => {
    assert.deepEqual(valuesOf('{"Fwd_W":399,"Fwd_Avg_W":1834205991,"L2_Rev_Avg_W":77}'), { activePowerImport: 399 });
  });

  it('leave out the zeros of phases that are not there', () => {
    const values = valuesOf({ L1_RMS_V: 230000, L2_RMS_V: 0, L3_RMS_V: 0, L1_RMS_A: 1000, L2_RMS_A: 0, L3_RMS_A: 0 });
    assert.deepEqual(values, { voltageL1: 230, currentL1: 1 });
  });

  it('leave out power by phase that the meter does not measure', () => {
    const values = valuesOf({
      Fwd_W: 400,
      Rev_W: 0,
      L1_Fwd_W: 0,
      L2_Fwd_W: 0,
      L3_Fwd_W: 0,
      L1_Rev_W: 0,
      L2_Rev_W: 0,
      L3_Rev_W: 0,
    });
    assert.deepEqual(values, { activePower: 400, activePowerImport: 400, activePowerExport: 0 });
  });

  it('are none while the module has not read its meter', () => {
    throwsWith(() => fromReader('{"Fwd_Act_Wh":0,"Rev_Act_Wh":0}'), 'bad-payload');
    const unread = dash.replace(/:-?\d+/g, ':0');
    throwsWith(() => fromReader(unread), 'bad-payload');
  });

  it('give net power when import and export come in separate messages', () => {
    const [fwd, rev] = [{ Fwd_W: 100 }, { Rev_W: 1500 }].map((payload) => ({
      payload: fromReader(payload).payload,
      table: { id: '', complete: false, readAt: '2026-11-20T12:00:00Z' },
      meter: { serial: '7' },
    }));
    const state = JSON.parse(String(formatted(formatOf('json'), fwd!, rev!)[0]?.payload)) as Record<string, number>;
    assert.equal(state['activePower'], -1400);
  });
});

describe('Readings of amsreader', () => {
  it('are found within data, beside which the reader describes itself', () => {
    const message = fromReader(
      Buffer.from(
        '{"id":"ams-3f2a","name":"AMS","up":7,"t":1795173600,"vcc":3.29,"rssi":-60,"data":{"lv":"AIDON_V0001","meterId":"7359992","type":"6525",' +
          '"P":1234,"PO":0,"Q":10,"QO":0,"I1":2.5,"I2":1.5,"I3":1.4,"U1":231.4,"U2":230.9,"U3":232,"tPI":12345.678,"tPO":1.5}}',
      ),
    );
    assert.equal(message.meter.serial, '7359992');
    assert.equal(message.payload['activePower'], 1234);
    assert.equal(message.payload['activeEnergyImport'], 12345.678);
    assert.equal(message.payload['voltageL2'], 230.9);
  });

  it('have the serial number of the meter, as a text or a number', () => {
    const serialOf = (ser: unknown): string | null =>
      fromReader({ data: { id: 'NES ', ser, P: 1, U1: 230 } }).meter.serial;
    assert.deepEqual(['41339801', 41_339_801, 0, -1, 1.5, 1e300, null].map(serialOf), [
      ...['41339801', '41339801'],
      ...Array.from({ length: 5 }, () => null),
    ]);
    const module = fromReader({ Utility_SN: 83_334_000_001, Freq_mHz: 50_000, L1_RMS_V: 230_000 });
    assert.equal(module.meter.serial, '83334000001');
  });

  it('are found in a flat message', () => {
    assert.deepEqual(valuesOf({ id: '83334', P: 100, PO: 600, FRQ: 50.01, APP: 700 }), {
      activePower: -500,
      activePowerImport: 100,
      activePowerExport: 600,
      frequency: 50.01,
      apparentPower: 700,
    });
  });

  it('are found in /data.json', () => {
    const values = valuesOf({
      im: 9000,
      om: 0,
      i: 512,
      e: 0,
      ri: 1,
      re: 2,
      ic: 999.5,
      ec: 0.25,
      u1: 231,
      i1: 2.2,
      frq: 50,
    });
    assert.equal(values['activePower'], 512);
    assert.equal(values['activeEnergyExport'], 0.25);
    assert.equal(values['currentL1'], 2.2);
  });
});

describe('What is no reading of another reader', () => {
  for (const payload of [
    'hello',
    '[1]',
    '{}',
    '{"temperature":21}',
    '{"Fwd_W":"399"}',
    '{"Fwd_W":null}',
    null,
    5,
    undefined,
  ]) {
    it(`is refused: ${JSON.stringify(payload)}`, () => {
      throwsWith(() => fromReader(payload), 'bad-payload');
    });
  }
});

describe('Readings of amsreader, each on a topic of its own', () => {
  const tells = (topic: string, payload: unknown): Record<string, number> =>
    Object.fromEntries(
      Object.entries(fromPlainTopic(topic, payload)?.payload ?? {}).filter(
        (entry): entry is [string, number] => entry[1] !== null,
      ),
    );

  for (const [topic, payload, key, value] of [
    ['ams/meter/import/active', '412', 'activePowerImport', 412],
    ['ams/meter/export/active', Buffer.from('0'), 'activePowerExport', 0],
    ['ams/meter/import/reactive', '7', 'reactivePowerImport', 7],
    ['ams/meter/export/reactive', '35', 'reactivePowerExport', 35],
    ['house/ams/meter/import/active/accumulated', '124021.098', 'activeEnergyImport', 124021.098],
    ['ams/meter/export/active/accumulated', '0.829', 'activeEnergyExport', 0.829],
    ['ams/meter/import/reactive/accumulated', '1.5', 'reactiveEnergyImport', 1.5],
    ['ams/meter/export/reactive/accumulated', '2', 'reactiveEnergyExport', 2],
    ['ams/meter/l1/voltage', '231.4', 'voltageL1', 231.4],
    ['ams/meter/L2/current', '1.64', 'currentL2', 1.64],
    ['ams/meter/l3/powerfactor', '-0.97', 'powerFactorL3', -0.97],
    ['ams/meter/import/l1', '380', 'activePowerImportL1', 380],
    ['ams/meter/export/l3', 12, 'activePowerExportL3', 12],
    ['ams/meter/power/frequency', '50.01', 'frequency', 50.01],
    ['ams/meter/power/aparentpower', '425', 'apparentPower', 425],
    ['meter/import/active', '1', 'activePowerImport', 1],
  ] as const) {
    it(`${topic} is ${key}`, () => {
      assert.ok(isPlainTopic(topic));
      assert.deepEqual(tells(topic, payload), { [key]: value });
    });
  }

  it('give nothing where a topic is of something else, or the meter was not read', () => {
    for (const [topic, payload] of [
      ['ams/meter/id', '83334000001'],
      ['ams/meter/clock', '1795173600'],
      ['ams/meter/import/active/accumulated/tariff1', '7'],
      ['ams/meter/import/active/accumulated', '0.000'],
      ['ams/meter/l2/voltage', '0'],
    ] as const) {
      assert.equal(fromPlainTopic(topic, payload), undefined, topic);
    }
    for (const topic of ['ams/power', 'dabbler/frequency/mydatajson', 'ams/metering', '', undefined, 7]) {
      assert.ok(!isPlainTopic(topic), String(topic));
    }
  });

  it('are refused where they are no numbers', () => {
    for (const payload of ['', 'nan', '1e5', '0x10', '4 W', '{}', null, NaN, Infinity, '9'.repeat(400), {}]) {
      throwsWith(() => fromPlainTopic('ams/meter/import/active', payload), 'bad-payload');
    }
  });
});
