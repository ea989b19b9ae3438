import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createMeter, type MeterSettings } from '../../../src/connect/index.js';
import type { Meter, MeterState } from '../../../src/meter/index.js';
import { DEMO_KEY } from '../../../src/simulator/index.js';
import { rejectsWith } from '../../support/assert-error.js';
import { type BridgedMeter, bridgedMeter, type Ending, type TcpBridgeOptions } from '../../support/line/tcp-bridge.js';
import { until } from '../../support/until.js';

const SETTINGS: MeterSettings = {
  protocol: 'mep',
  transport: 'tcp',
  host: '127.0.0.1',
  security: 'digest',
  key: DEMO_KEY,
  minIntervalMs: 0,
};

interface Made extends Pick<BridgedMeter, 'bridge'> {
  readonly far: BridgedMeter;
  readonly meter: Meter;
  readonly states: MeterState[];
}

describe('A network connection that is not used', () => {
  let made: Made | undefined;

  async function open(options: TcpBridgeOptions): Promise<Made> {
    const far = await bridgedMeter(options);
    const meter = createMeter({ ...SETTINGS, tcpPort: far.bridge.port });
    const states: MeterState[] = [];
    meter.onStateChange((state) => states.push(state));
    meter.open();
    return (made = { far, bridge: far.bridge, meter, states });
  }

  async function stage(options: TcpBridgeOptions): Promise<Made> {
    const opened = await open(options);
    await opened.meter.readTable('BT00');
    return opened;
  }

  afterEach(async () => {
    await made?.meter.close();
    await made?.far.close();
    made = undefined;
  });

  for (const ending of ['fin', 'reset'] as const satisfies readonly Ending[]) {
    it(`may be ended by the far end (${ending}), which is no event`, async () => {
      const { bridge, meter, states } = await stage({ idleMs: 1_000, ending });
      for (let cycle = 1; cycle <= 3; cycle++) {
        await until(() => bridge.openConnections === 0, 'the end of the connection');
        await delay(300);
        assert.equal(bridge.accepted.length, cycle, 'nothing connects between two reads');
        assert.equal(meter.state, 'online');
        await meter.readTable('BT28');
        assert.equal(bridge.accepted.length, cycle + 1);
      }
      assert.deepEqual(states, ['connecting', 'online']);
      const { reconnects, unusedEnds } = meter.status.counters;
      assert.deepEqual([reconnects, unusedEnds], [0, 3]);
    });
  }

  it('is opened again when a read shows that it is dead', async () => {
    const { bridge, meter, states } = await stage({ idleMs: 1_000, ending: 'forget-and-reset' });
    await delay(3_200);
    await meter.readTable('BT28');
    assert.equal(bridge.accepted.length, 2);
    assert.deepEqual(states, ['connecting', 'online']);
  });

  it('is opened again when the first read after a pause brings nothing', async () => {
    const { bridge, meter, states } = await stage({ idleMs: 1_000, ending: 'forget' });
    await delay(3_200);
    await meter.readTable('BT28');
    assert.equal(bridge.accepted.length, 2);
    assert.deepEqual(states, ['connecting', 'online']);
  });

  it('is reported when it cannot be opened again, and recovers unaided', async () => {
    const { bridge, meter, states } = await stage({ idleMs: 1_000 });
    await until(() => bridge.openConnections === 0, 'the end of the connection');
    await bridge.stop();
    await delay(100);
    assert.equal(meter.state, 'online', 'nothing was asked');
    await rejectsWith(meter.readTable('BT28'), 'host-refused');
    assert.equal(meter.state, 'unreachable');
    await bridge.start();
    await until(() => meter.state === 'online', 'online');
    assert.deepEqual(
      states.filter((state, index) => state !== states[index - 1]),
      ['connecting', 'online', 'unreachable', 'connecting', 'online'],
    );
  });

  it('is checked now and then where nothing is ever read', async () => {
    const { bridge, meter, states } = await open({ idleMs: 1_000 });
    await until(() => bridge.accepted.length === 2, 'a second connection');
    assert.deepEqual(states, ['connecting', 'online']);
    await bridge.stop();
    await until(() => meter.state === 'unreachable', 'unreachable');
  });

  it('that ends during a request is reported', async () => {
    const { far, bridge, meter } = await stage({});
    far.meter.powerOff();
    const reading = meter.readTable('BT28');
    await delay(200);
    await bridge.stop();
    await rejectsWith(reading, 'connection-lost');
    assert.equal(meter.state, 'unreachable');
  });

  it('leaves no connection behind when the meter is closed while it is opened again', async () => {
    const { bridge, meter } = await stage({ idleMs: 1_000 });
    await until(() => bridge.openConnections === 0, 'the end of the connection');
    const reading = meter.readTable('BT28');
    await meter.close();
    await rejectsWith(reading, 'connection-closed');
    await delay(200);
    assert.equal(bridge.openConnections, 0);
  });
});

describe('A bridge that another program takes again and again', () => {
  it('is asked less and less often, and named', async () => {
    const far = await bridgedMeter({ isNewestOnly: true });
    const { bridge } = far;
    let isOver = false;
    let rivals = 0;
    const rival = async (): Promise<void> => {
      while (!isOver) {
        rivals++;
        const socket = connect(bridge.port, '127.0.0.1');
        socket.on('error', () => undefined);
        await new Promise((resolve) => socket.on('close', resolve));
        await delay(20);
      }
    };
    const rivalling = rival();
    await delay(100);
    const meter = createMeter({ ...SETTINGS, tcpPort: bridge.port });
    const begun = Date.now();
    try {
      meter.open();
      const reading = setInterval(() => {
        meter.readTable('BT28').catch(() => undefined);
      }, 500);
      await until(() => meter.lastError?.code === 'line-taken', 'line-taken');
      clearInterval(reading);
      assert.equal(meter.state, 'line-taken');
      const [ours, seconds] = [bridge.accepted.length - rivals, (Date.now() - begun) / 1_000];
      assert.ok(ours <= 4 && seconds >= 3, `${ours} connections in ${seconds} s`);
    } finally {
      isOver = true;
      await meter.close();
      await far.close();
      await rivalling;
    }
  });
});
