import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { BrokerProcess } from '../chaos/processes.js';
import { hasMosquitto } from '../support/brokers/mosquitto.js';
import { EmbeddedBroker } from '../support/brokers/mqtt-broker.js';
import { Listener } from '../support/brokers/mqtt-listener.js';
import { brokerNode } from '../support/node-red/examples.js';
import { NodeRedProcess } from '../support/node-red/node-red-process.js';
import { until } from '../support/until.js';

const SERIAL = '83334000001';
const HISTORY = `nes-meter/${SERIAL}/history`;
const STATE = `nes-meter/${SERIAL}/state`;
const KEPT = 60;
/** A little longer than a message may be in transit. */
const ON_THE_WAY_MS = 2_100;
const START = Date.UTC(2026, 10, 20, 12);

/** Readings are ten seconds apart, and identified by their power. */
const timeOf = (place: number): string => new Date(START + place * 10_000).toISOString();
const reading = (place: number): string =>
  JSON.stringify({
    payload: { activeEnergyImport: 1000 + place / 1000, activePower: place },
    table: { id: 'BT28', complete: false, readAt: timeOf(place) },
    meter: { serial: SERIAL, manufacturer: 'NES', model: '83334-3I', firmware: '3.70', dimensions: {} },
  });

/** Readings arrive over a broker that stays up; messages are published to one that does not. */
function flow(brokerPort: number, steadyPort: number, name: string): object[] {
  const input = { type: 'mqtt in', z: 'tab', qos: '1', nl: false, rap: true, rh: 0, inputs: 0 };
  const out = { type: 'mqtt out', z: 'tab', qos: '', retain: '', wires: [] };
  const complete = { type: 'complete', z: 'tab', uncaught: false };
  return [
    { id: 'tab', type: 'tab', label: 'Nothing lost' },
    brokerNode('broker', brokerPort, { clientid: 'out' }),
    brokerNode('steady', steadyPort, { clientid: 'in', birthTopic: 'up', birthPayload: 'yes' }),
    { ...input, id: 'readings', broker: 'steady', topic: 'reading', datatype: 'json', wires: [['unpack']] },
    { id: 'unpack', type: 'function', z: 'tab', func: 'return msg.payload;', outputs: 1, wires: [['ha']] },
    { id: 'ha', type: 'mep-ha-discovery', z: 'tab', name, expireAfter: '0', keepReadings: KEPT, wires: [['out']] },
    { ...out, id: 'out', topic: '', broker: 'broker' },
    { ...complete, id: 'confirmed', scope: ['out'], wires: [['ha']] },
    // Signals the test that a reading has passed.
    { ...complete, id: 'through', scope: ['ha'], wires: [['passed']] },
    { ...out, id: 'passed', topic: 'through', qos: '1', retain: 'false', broker: 'steady' },
  ];
}

interface Sent {
  readonly timestamp: string;
  readonly activePower: number;
  readonly activeEnergyImport: number;
  readonly dropped?: number;
}

describe('mep-ha-discovery with a mosquitto that is killed', () => {
  let broker: BrokerProcess;
  let steady: EmbeddedBroker;
  let nodeRed: NodeRedProcess;
  const listeners: Listener[] = [];
  let last = 0;

  async function listen(): Promise<Listener> {
    const listener = await Listener.connect(`mqtt://127.0.0.1:${broker.port}`, {});
    listeners.push(listener);
    return listener;
  }

  /** Sends readings; each has passed the flow before the next one is sent. */
  async function read(times: number): Promise<void> {
    for (const end = last + times; last < end;) {
      last += 1;
      const mark = `"activePower":${last}}`;
      const before = steady.published.length;
      await steady.publish('reading', reading(last));
      const isThrough = (): boolean =>
        steady.published.slice(before).some(({ topic, payload }) => topic === 'through' && payload.includes(mark));
      await until(isThrough, `reading ${last}`);
    }
  }

  /** Starts the broker again and sends readings until one arrives. */
  async function comeBack(): Promise<Listener> {
    await broker.start();
    const listener = await listen();
    const isThere = (): boolean => listener.received.some(({ topic, retain }) => topic === STATE && !retain);
    for (let i = 0; !isThere(); i += 1) {
      assert.ok(i < 100, 'nothing was published since the broker is back');
      await read(1);
      await pause(150);
    }
    // Messages sent just before the broker came are not counted as lost at once.
    await pause(ON_THE_WAY_MS);
    await read(1);
    return listener;
  }

  const historyIn = ({ received }: Listener): Sent[] =>
    received.filter(({ topic }) => topic === HISTORY).map(({ payload }) => JSON.parse(payload) as Sent);
  const stateIn = (listener: Listener): Sent => JSON.parse(listener.last(STATE)?.payload ?? '{}') as Sent;

  before(async function () {
    if (!hasMosquitto) this.skip();
    broker = await BrokerProcess.install();
    await broker.start();
    steady = await EmbeddedBroker.start();
    nodeRed = await NodeRedProcess.install({ settings: { mqttReconnectTime: 300 } });
    await nodeRed.start();
    await nodeRed.deploy(flow(broker.port, steady.port, ''));
    await steady.firstOn(/^up$/);
    const listener = await listen();
    for (let i = 0; listener.last(STATE) === undefined; i += 1) {
      assert.ok(i < 100, 'Node-RED does not reach the broker');
      await read(1);
      await pause(50);
    }
  });
  after(async () => {
    for (const listener of listeners) await listener.close();
    await (nodeRed as NodeRedProcess | undefined)?.remove();
    await (broker as BrokerProcess | undefined)?.remove();
    await (steady as EmbeddedBroker | undefined)?.stop();
  });

  it('publishes live what the broker takes, and nothing late', async () => {
    const listener = await listen();
    await read(5);
    await listener.until('the state', () => stateIn(listener).activePower === last);
    assert.deepEqual(historyIn(listener), []);
  });

  it('sends all readings made without a broker, over deploy and restart, newest last', async () => {
    await broker.end('SIGKILL');
    const first = last + 1;
    await read(15);
    const log = nodeRed.log.length;
    await nodeRed.deploy(flow(broker.port, steady.port, 'renamed'), 'nodes');
    await until(() => /Started modified nodes/.test(nodeRed.log.slice(log)), 'the deploy');
    await read(15);
    await nodeRed.stop();
    const ups = steady.published.filter(({ topic }) => topic === 'up').length;
    await nodeRed.start();
    await until(() => steady.published.filter(({ topic }) => topic === 'up').length > ups, 'Node-RED to be back');
    await read(15);
    const end = last;

    const listener = await comeBack();
    await listener.until('all readings', () => historyIn(listener).some(({ activePower }) => activePower >= end));
    const history = historyIn(listener);
    const missed = Array.from({ length: end - first + 1 }, (_, i) => first + i);
    assert.deepEqual(
      history.filter(({ activePower }) => activePower <= end),
      missed.map((place) => ({
        timestamp: timeOf(place),
        activeEnergyImport: 1000 + place / 1000,
        activePower: place,
      })),
    );
    assert.ok(listener.received.filter(({ topic }) => topic === HISTORY).every(({ retain }) => !retain));
    const states = listener.received.filter(({ topic }) => topic === STATE).map(({ payload }) => payload);
    for (const state of states)
      assert.ok((JSON.parse(state) as Sent).activePower > end, 'no old state is sent as live');
  });

  it('has announced everything to a broker that had forgotten all', async () => {
    const late = await listen();
    await late.until('what is retained', () => late.last(STATE) !== undefined);
    assert.deepEqual([...new Set(late.received.map(({ topic }) => topic))].sort(), [
      `homeassistant/device/nes-bridge_nes-meter/config`,
      `homeassistant/device/nes_${SERIAL}/config`,
      `nes-meter/${SERIAL}/availability`,
      STATE,
      'nes-meter/bridge/availability',
    ]);
    assert.equal(stateIn(late).activePower, last);
  });

  it('drops the oldest beyond the bound and reports how many', async () => {
    await broker.end('SIGKILL');
    await read(KEPT + 20);
    const end = last;
    const listener = await comeBack();
    await listener.until('all readings', () => historyIn(listener).some(({ activePower }) => activePower >= end));
    const history = historyIn(listener);
    const [oldest] = history;
    assert.ok(oldest?.dropped !== undefined && oldest.dropped >= 20);
    // The dropped and the received messages are all there were.
    const firstMissed = end - (KEPT + 20) + 1;
    assert.equal(oldest.activePower, firstMissed + oldest.dropped);
    assert.ok(history.slice(1).every(({ dropped }) => dropped === undefined));
    assert.match(nodeRed.log, /has not confirmed any message/);
  });

  it('prints no error', () => {
    assert.doesNotMatch(nodeRed.log, /\[error\]|unhandled/i);
  });
});
