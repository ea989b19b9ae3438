import assert from 'node:assert/strict';
import { createMeter, type MeterSettings, probe } from '../../../src/connect/index.js';
import {
  DEMO_OPTICAL_KEY,
  type OpticalBehaviour,
  opticalBehaviour,
  SimulatedOpticalPort,
  type ServedMeter,
  serveTcp,
  SimulatedMeter,
} from '../../../src/simulator/index.js';
import { throwsWith } from '../../support/assert-error.js';

const SETTINGS = { protocol: 'optical', transport: 'simulator', security: 'digest', profile: 'gen4' } as const;

describe('The settings of an optical port', () => {
  it('are all there is to read a meter', async () => {
    const meter = createMeter({ ...SETTINGS, minIntervalMs: 0 });
    meter.open();
    const { table } = await meter.readTable('BT23');
    assert.equal(table.complete, true);
    assert.equal(meter.identity.protocol, 'optical');
    await meter.close();
  });

  for (const [setting, value] of [
    ['packetSize', 100],
    ['packetCount', 0],
    ['packetCount', 256],
    ['packetCount', 1.5],
    ['userId', -1],
    ['userId', 0xfffd],
    ['sessionMode', 'long'],
  ] as const) {
    it(`cannot have a ${setting} of ${value}`, () => {
      const error = throwsWith(() => createMeter({ ...SETTINGS, [setting]: value }), 'bad-setting');
      assert.deepEqual(error.values, { setting, value });
    });
  }

  it('take keys of 20 bytes and no others, and none of the advanced key', () => {
    const serial = { ...SETTINGS, transport: 'serial', port: '/dev/ttyUSB0' } as const;
    for (const key of ['0123456789ABCDEF0123', '00'.repeat(20)]) assert.ok(createMeter({ ...serial, key }));
    for (const key of ['0123456789ABCDEF', '00'.repeat(16), '0123456789ABCDEF012']) {
      throwsWith(() => createMeter({ ...serial, key }), 'key-length');
    }
    throwsWith(() => createMeter({ ...serial, advancedKey: '0123456789ABCDEF0123' }), 'key-missing');
    throwsWith(() => createMeter({ ...serial, key: 'z'.repeat(40) }), 'key-format');
  });
});

describe('A test of an optical connection', () => {
  let served: ServedMeter | undefined;
  let port: SimulatedOpticalPort;

  async function settings(behaviour: Partial<OpticalBehaviour>, key?: string): Promise<MeterSettings> {
    const meter = new SimulatedMeter({ profile: 'gen4' });
    port = new SimulatedOpticalPort(meter, opticalBehaviour('gen4', behaviour));
    served = await serveTcp({ meter, optical: port, port: 0 });
    const [host = '', tcpPort] = served.address.split(':');
    const place = { transport: 'tcp', host, tcpPort: Number(tcpPort) } as const;
    return { ...SETTINGS, ...place, ...(key !== undefined && { key }) };
  }

  afterEach(async () => {
    await served?.close();
    served = undefined;
  });

  it('identifies the meter and detects an echo', async () => {
    const report = await probe(await settings({ echoes: true }, DEMO_OPTICAL_KEY));
    assert.equal(report.ok, true);
    assert.equal(report.description?.model, '83334-4I');
    assert.deepEqual(report.notices, ['echo']);
    assert.equal(port.counters.sessions, port.counters.terminations);
    await served!.close();
    assert.deepEqual((await probe(await settings({}, DEMO_OPTICAL_KEY))).notices, []);
  });

  it('identifies the meter although the key is wrong, and tries the key once', async () => {
    const report = await probe(await settings({}, '0123456789ABCDEF0123'));
    assert.equal(report.ok, false);
    assert.equal(report.error?.code, 'key-rejected');
    assert.equal(report.received, 'answers');
    assert.ok(report.description?.serial);
    assert.equal(port.counters.wrongKeys, 1);
    assert.equal(port.counters.terminations, 2);
  });

  it('identifies the meter although no key is set', async () => {
    const report = await probe(await settings({}));
    assert.equal(report.error?.code, 'key-missing');
    assert.equal(report.received, 'answers');
    assert.ok(report.description?.serial);
  });

  it('names a meter that demands TLS', async () => {
    const report = await probe(await settings({ wantsTls: true }, DEMO_OPTICAL_KEY));
    assert.equal(report.error?.code, 'optical-tls-required');
    assert.equal(report.received, 'answers');
  });
});
