import assert from 'node:assert/strict';
import type { FormatAnswer } from '../../../src/publish/format.js';
import type { MeterSnapshot } from '../../../src/publish/meter-snapshot.js';
import { decoded } from '../../support/readings/decoded.js';
import { formatOf, snapshotOf } from '../../support/readings/format-stage.js';
import { parseTelegram } from '../../support/sinks/dsmr-parser.js';

const homeWizard = formatOf('homewizard');
const get = (path: string, meter: MeterSnapshot | undefined, method = 'GET'): FormatAnswer =>
  homeWizard.answer!(meter, { method, path }, new Date());
const bodyOf = (answer: FormatAnswer): Record<string, unknown> => {
  assert.equal(answer.statusCode, 200, answer.payload);
  assert.match(answer.headers['Content-Type']!, /^application\/json/);
  return JSON.parse(answer.payload) as Record<string, unknown>;
};
const both = snapshotOf(decoded('BT23'), decoded('BT28'));

describe('HomeWizard-compatible answers', () => {
  it('/api describes the device in five texts', () => {
    const body = bodyOf(get('/api', both));
    assert.deepEqual(Object.keys(body), ['product_type', 'product_name', 'serial', 'firmware_version', 'api_version']);
    assert.equal(body['product_type'], 'HWE-P1');
    assert.equal(body['api_version'], 'v1');
    assert.match(String(body['serial']), /^02[0-9a-f]{10}$/, 'a locally administered address');
    assert.deepEqual(bodyOf(get('/api', snapshotOf(decoded('BT28')))), body, 'the same for the same meter');
    assert.notEqual(bodyOf(get('/api', snapshotOf(decoded('BT28', { serial: '2' }))))['serial'], body['serial']);
  });

  it('/api/v1/data gives all that is measured', () => {
    assert.deepEqual(bodyOf(get('/nes/api/v1/data', both)), {
      wifi_ssid: 'nes',
      wifi_strength: 100,
      smr_version: 50,
      meter_model: 'NES 83334-3I',
      unique_id: '3833333334303030303031',
      active_tariff: 1,
      total_power_import_kwh: 65845.343,
      total_power_import_t1_kwh: 65845.343,
      total_power_import_t2_kwh: 0,
      total_power_export_kwh: 0.179,
      total_power_export_t1_kwh: 0.179,
      total_power_export_t2_kwh: 0,
      active_power_w: 399,
      active_power_l1_w: 292,
      active_power_l2_w: 85,
      active_power_l3_w: 22,
      active_voltage_l1_v: 225.635,
      active_voltage_l2_v: 227.935,
      active_voltage_l3_v: 227.779,
      active_current_l1_a: 2.877,
      active_current_l2_a: 1.557,
      active_current_l3_a: 2.161,
      active_frequency_hz: 50.05,
    });
  });

  it('power and current that are given back are below zero', () => {
    const { payload, ...rest } = decoded('BT28');
    const values = {
      ...payload,
      activePower: -1000,
      activePowerL2: -1100,
      activePowerImportL2: 0,
      activePowerExportL2: 1100,
    };
    const body = bodyOf(get('/api/v1/data', snapshotOf(decoded('BT23'), { ...rest, payload: values })));
    assert.equal(body['active_power_w'], -1000);
    assert.equal(body['active_power_l2_w'], -1100);
    assert.equal(body['active_current_l2_a'], -1.557);
    assert.equal(body['active_current_l1_a'], 2.877);
  });

  it('what is not measured is left out', () => {
    const { payload, ...rest } = decoded('BT28');
    const onePhase = Object.fromEntries(Object.entries(payload).filter(([key]) => !/L[23]/.test(key)));
    const body = bodyOf(get('/api/v1/data', snapshotOf(decoded('BT23'), { ...rest, payload: onePhase })));
    assert.ok(!Object.keys(body).some((key) => /_l[23]_/.test(key)));
    assert.equal(body['active_voltage_l1_v'], 225.635);
  });

  for (const [when, meter] of [
    ['before the first reading', undefined],
    ['while energy has not been read', snapshotOf(decoded('BT28'))],
    ['while power has not been read', snapshotOf(decoded('BT23'))],
    ['when power is read no more', snapshotOf(decoded('BT28'), decoded('BT23', { readAt: '2026-11-20T12:03:01Z' }))],
    ['of a silent meter', { ...both, online: false }],
  ] as const) {
    it(`there are no data and no telegram ${when}`, () => {
      for (const path of ['/api/v1/data', '/api/v1/telegram']) {
        const answer = get(path, meter);
        assert.equal(answer.statusCode, 503);
        assert.match(answer.headers['Content-Type']!, /^text\/plain/);
      }
    });
  }

  it('a silent meter can still be found', () => {
    assert.equal(get('/api', { ...both, online: false }).statusCode, 200);
  });

  it('a meter that does not report its model has a text for it nonetheless', () => {
    const message = decoded('BT28');
    const meter = { ...message.meter, manufacturer: null, model: null };
    const snapshot = snapshotOf({ ...decoded('BT23'), meter }, { ...message, meter });
    assert.equal(bodyOf(get('/api/v1/data', snapshot))['meter_model'], 'NES');
  });

  it('/api/v1/telegram is a telegram of DSMR 5', () => {
    const { statusCode, headers, payload } = get('/api/v1/telegram', both);
    assert.equal(statusCode, 200);
    assert.match(headers['Content-Type']!, /^text\/plain/);
    assert.equal(parseTelegram(payload).objects['electricity delivered tariff 1'], 65845.343);
  });

  it('a device without a lamp and a cloud takes what is asked of both', () => {
    assert.deepEqual(bodyOf(get('/api/v1/identify', both, 'PUT')), { identify: 'ok' });
    for (const method of ['GET', 'PUT']) {
      assert.deepEqual(bodyOf(get('/api/v1/system', both, method)), { cloud_enabled: false });
    }
    const { statusCode, headers } = get('/api/v1/identify', both);
    assert.deepEqual([statusCode, headers['Allow']], [405, 'PUT']);
    assert.equal(get('/api/v1/system', both, 'DELETE').headers['Allow'], 'GET, HEAD, PUT');
    assert.equal(get('/api/v1/identify', undefined, 'PUT').statusCode, 503);
  });

  it('nothing else is there', () => {
    assert.equal(get('/api/v1/state', both).statusCode, 404);
    assert.equal(get('/', both).statusCode, 404);
    const { statusCode, headers } = get('/api/v1/data', both, 'PUT');
    assert.deepEqual([statusCode, headers['Allow']], [405, 'GET, HEAD']);
  });

  it('is announced as apps look for it', () => {
    const { type, host, txt } = homeWizard.announcement!(both);
    assert.equal(type, 'hwenergy');
    assert.match(host, /^p1meter-[0-9a-f]{6}$/);
    assert.deepEqual(Object.keys(txt).sort(), ['api_enabled', 'path', 'product_name', 'product_type', 'serial']);
    assert.equal(txt['path'], '/api/v1');
    assert.equal(txt['serial'], bodyOf(get('/api', both))['serial']);
  });
});
