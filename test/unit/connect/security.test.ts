import assert from 'node:assert/strict';
import { createMeter, type MeterSettings, probe, type Security } from '../../../src/internal.js';
import { DEMO_KEY, PROCESS_TIMING, SimulatedMeter, type ServedMeter, serveTcp } from '../../../src/simulator/index.js';

const FAST = { ...PROCESS_TIMING, requestIntervalMs: 0, answerDelayMs: 0, segmentGapMs: 0 };

/** The result of a test of the connection to a meter over TCP. */
async function probeAt(served: ServedMeter, security: Security, keys: Partial<MeterSettings> = { key: DEMO_KEY }) {
  const tcpPort = Number(served.address.split(':')[1]);
  return probe({ protocol: 'mep', transport: 'tcp', host: '127.0.0.1', tcpPort, security, ...keys });
}

describe('The security of a port', () => {
  let served: ServedMeter;
  let meter: SimulatedMeter;

  const serve = async (wantsTls: boolean): Promise<void> => {
    meter = new SimulatedMeter({ profile: 'gen4', wantsTls });
    served = await serveTcp({ meter, port: 0, timing: FAST });
  };
  afterEach(() => served.close());

  it('is proposed when a port that is set to TLS is asked otherwise, and works then', async () => {
    await serve(true);
    for (const security of ['digest', 'rc4'] as const) {
      const report = await probeAt(served, security);
      assert.equal(report.error?.code, 'session-required');
      assert.equal(report.received, 'answers');
      assert.deepEqual(report.proposals, [{ setting: 'security', value: 'tls' }]);
    }
    const report = await probeAt(served, 'tls');
    assert.deepEqual([report.ok, report.description?.serial], [true, meter.serial]);
    assert.deepEqual(report.proposals, []);
    assert.ok(!meter.tls.isEstablished, 'the session is ended');
  });

  it('is proposed when a port that is not set to TLS is asked so, and works then', async () => {
    await serve(false);
    const report = await probeAt(served, 'tls');
    assert.equal(report.error?.code, 'tls-not-offered');
    assert.equal(report.received, 'answers');
    assert.deepEqual(report.proposals, [{ setting: 'security', value: 'digest' }]);
    assert.ok((await probeAt(served, 'digest')).ok);
    assert.ok((await probeAt(served, 'rc4')).ok);
  });

  it('reports no response as long as it is the wrong one: nothing was verified', async () => {
    await serve(true);
    const port = { host: '127.0.0.1', tcpPort: Number(served.address.split(':')[1]) };
    for (const [security, wantsTls] of [
      ['digest', true],
      ['tls', false],
    ] as const) {
      meter.port.wantsTls = wantsTls;
      const reader = createMeter({ protocol: 'mep', transport: 'tcp', ...port, security, key: DEMO_KEY });
      reader.open();
      await assert.rejects(reader.readTable('BT28'));
      assert.equal(reader.state, 'silent');
      await reader.close();
    }
  });

  it('is distinguished from a wrong key', async () => {
    await serve(true);
    const report = await probeAt(served, 'tls', { key: '0123456789ABCDEF' });
    assert.equal(report.error?.code, 'key-rejected');
    assert.deepEqual(report.proposals, []);
  });

  it('knows which of the two keys it was given', async () => {
    await serve(true);
    const advancedKey = '01'.repeat(16);
    assert.ok((await probeAt(served, 'tls', { advancedKey, keyFormat: 'hex' })).ok);
    assert.equal((await probeAt(served, 'tls', { key: advancedKey, keyFormat: 'hex' })).error?.code, 'key-rejected');
  });
});

describe('The simulated meter of a connection', () => {
  it('has its port set to TLS if the connection wants that', async () => {
    const meter = createMeter({ protocol: 'mep', transport: 'simulator', security: 'tls', profile: 'gen4' });
    meter.open();
    const { bytes } = await meter.readTable('BT28');
    assert.ok(bytes.length > 300);
    await meter.close();
  });
});
