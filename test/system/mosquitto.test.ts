import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import mqtt, { type IClientOptions } from 'mqtt';
import { decodeReading } from '../../src/readings/index.js';
import { hex } from '../support/fixtures/exchanges.js';
import { readFixtures } from '../support/fixtures/fixtures.js';
import { assertDiscovery, type Discovery, templateKeys } from '../support/sinks/home-assistant-schema.js';
import { hasMosquitto, type Login, Mosquitto } from '../support/brokers/mosquitto.js';
import { Listener } from '../support/brokers/mqtt-listener.js';
import { brokerNode } from '../support/node-red/examples.js';
import { NodeRedProcess } from '../support/node-red/node-red-process.js';

const BRIDGE_DISCOVERY = 'homeassistant/device/nes-bridge_nes-meter/config';
const DISCOVERY = 'homeassistant/device/nes_83334000001/config';
const STATE = 'nes-meter/83334000001/state';
const AVAILABILITY = 'nes-meter/83334000001/availability';
const BRIDGE = 'nes-meter/bridge/availability';
const EXPIRE_AFTER = 6;

const [, bt28] = readFixtures<{ hex: string; dimensions: never }>('BT28').find(([name]) => name === 'nes-55-values')!;
const { payload: measured } = decodeReading('BT28', hex(bt28.hex), { dimensions: bt28.dimensions });

/** A decoded message of a real meter's BT28, as JSON; the flow unpacks it in front of mep-ha-discovery. */
function reading(changes: { firmware?: string; payload?: object } = {}): string {
  const { firmware = '3.70', payload = measured } = changes;
  return JSON.stringify({
    payload,
    table: { id: 'BT28', complete: true, readAt: new Date().toISOString() },
    meter: { serial: '83334000001', manufacturer: 'NES', model: '83334-3I', firmware, protocol: 'mep', dimensions: {} },
  });
}

/** The flow of the user's guide: broker with birth and will, readings in, mqtt out after the node. */
function flow(broker: Mosquitto, login?: Login): object[] {
  const mqttIn = { type: 'mqtt in', z: 'tab', broker: 'broker', qos: '1', nl: false, rap: true, rh: 0, inputs: 0 };
  return [
    { id: 'tab', type: 'tab', label: 'Home Assistant' },
    brokerNode('broker', broker.port, {
      tls: 'tls',
      clientid: 'nes-gateway',
      usetls: broker.certificate !== undefined,
      ...Object.fromEntries(
        Object.entries({ birth: 'online', close: 'offline', will: 'offline' }).flatMap(([when, payload]) => [
          [`${when}Topic`, BRIDGE],
          [`${when}Qos`, '1'],
          [`${when}Retain`, 'true'],
          [`${when}Payload`, payload],
        ]),
      ),
      ...(login && { credentials: { user: login.username, password: login.password } }),
    }),
    ...(broker.certificate === undefined
      ? []
      : [{ id: 'tls', type: 'tls-config', cert: '', key: '', ca: broker.certificate, verifyservercert: true }]),
    { ...mqttIn, id: 'readings', topic: 'test/reading', datatype: 'json', wires: [['unpack']] },
    { id: 'unpack', type: 'function', z: 'tab', func: 'return msg.payload;', outputs: 1, wires: [['discovery']] },
    { ...mqttIn, id: 'births', topic: 'homeassistant/status', datatype: 'auto-detect', wires: [['discovery']] },
    {
      id: 'discovery',
      type: 'mep-ha-discovery',
      z: 'tab',
      prefix: 'homeassistant',
      baseTopic: 'nes-meter',
      expireAfter: String(EXPIRE_AFTER),
      wires: [['publish']],
    },
    { id: 'publish', type: 'mqtt out', z: 'tab', topic: '', qos: '', retain: '', broker: 'broker', wires: [] },
  ];
}

function discoveryIn(listener: Listener): Discovery {
  const message = listener.last(DISCOVERY);
  assert.ok(message, 'there is a discovery');
  return assertDiscovery(message.topic, message.payload);
}

for (const [how, login] of [
  ['an open listener', undefined],
  ['password and TLS', { username: 'nes', password: 'correct horse' }],
] as const) {
  describe(`mep-ha-discovery with a real mosquitto: ${how}`, () => {
    let broker: Mosquitto;
    let nodeRed: NodeRedProcess;
    let options: IClientOptions = {};
    let url = '';
    const listeners: Listener[] = [];

    /** Connects to the broker like a starting Home Assistant. */
    async function listen(): Promise<Listener> {
      const listener = await Listener.connect(url, options);
      listeners.push(listener);
      return listener;
    }

    before(async function () {
      if (!hasMosquitto) this.skip();
      broker = await Mosquitto.start(login);
      url = `${broker.certificate === undefined ? 'mqtt' : 'mqtts'}://127.0.0.1:${broker.port}`;
      options = { ...login, ...(broker.certificate !== undefined && { ca: readFileSync(broker.certificate) }) };
      nodeRed = await NodeRedProcess.install();
      await nodeRed.start();
      await nodeRed.deploy(flow(broker, login));
      await (await listen()).until('the bridge', (listener) => listener.last(BRIDGE)?.payload === 'online');
    });
    after(async () => {
      for (const listener of listeners) await listener.close();
      await (nodeRed as NodeRedProcess | undefined)?.remove();
      await (broker as Mosquitto | undefined)?.stop();
    });

    it('has nothing of a meter before its first reading', async () => {
      const listener = await listen();
      await pause(300);
      assert.deepEqual(
        listener.received.map((message) => message.topic),
        [BRIDGE],
      );
    });

    it('keeps discovery, availability and state for later subscribers', async () => {
      const early = await listen();
      await early.publish('test/reading', reading());
      await early.until('the state', (listener) => listener.last(STATE) !== undefined);
      assert.deepEqual(
        early.received.filter((message) => !message.retain).map((message) => message.topic),
        [BRIDGE_DISCOVERY, DISCOVERY, BRIDGE, AVAILABILITY, STATE],
      );

      const late = await listen();
      await late.until('all topics', (listener) => new Set(listener.received.map(({ topic }) => topic)).size === 5);
      for (const { retain, qos } of late.received) assert.deepEqual({ retain, qos }, { retain: true, qos: 1 });
      const state = JSON.parse(late.last(STATE)!.payload) as Record<string, unknown>;
      const { timestamp, ...values } = state;
      assert.ok(Math.abs(Date.parse(String(timestamp)) - Date.now()) < 60_000);
      assert.deepEqual(values, Object.fromEntries(Object.entries(measured).filter(([, value]) => value !== null)));
      assert.deepEqual([...templateKeys(discoveryIn(late))].sort(), Object.keys(state).sort());
      assert.equal(late.last(AVAILABILITY)?.payload, 'online');
    });

    it('sends the meter offline when it falls silent', async () => {
      const listener = await listen();
      await listener.publish('test/reading', reading());
      await listener.until('offline', () => listener.last(AVAILABILITY)?.payload === 'offline');
      await listener.publish('test/reading', reading());
      await listener.until('online', () => listener.last(AVAILABILITY)?.payload === 'online');
    });

    it('publishes everything again on the birth message of Home Assistant', async () => {
      const listener = await listen();
      await listener.until('what is retained', () => listener.received.length === 5);
      await listener.publish('homeassistant/status', 'online');
      await listener.until('all again', () => listener.received.length >= 10);
      assert.deepEqual(
        listener.received.slice(5).map((message) => message.topic),
        [BRIDGE_DISCOVERY, DISCOVERY, BRIDGE, AVAILABILITY, STATE],
      );
    });

    it('has the broker report Node-RED gone, and Node-RED report itself back', async () => {
      const listener = await listen();
      await nodeRed.kill();
      await listener.until('the will', () => listener.last(BRIDGE)?.payload === 'offline');
      const late = await listen();
      await late.until('the kept will', () => late.last(BRIDGE)?.payload === 'offline');
      await nodeRed.start();
      await listener.until('the birth', () => listener.last(BRIDGE)?.payload === 'online');
      // The meter was online before the power failure, and is not read now.
      await listener.until('the silent meter', () => listener.last(AVAILABILITY)?.payload === 'offline');
    });

    it('removes after a restart what a new firmware has not, in two steps', async () => {
      const listener = await listen();
      await listener.until('the kept discovery', () => listener.last(DISCOVERY) !== undefined);
      assert.ok('voltageL3' in discoveryIn(listener).components);
      const without = { ...measured, voltageL3: null };
      const before = listener.received.length;
      await listener.publish('test/reading', reading({ firmware: '4.0', payload: without }));
      await listener.until('the state', () => listener.received.slice(before).some(({ topic }) => topic === STATE));
      const [first, second] = listener.received.slice(before).filter(({ topic }) => !topic.includes('/nes-bridge_'));
      assert.equal(first?.topic, DISCOVERY);
      assert.deepEqual(assertDiscovery(first.topic, first.payload).components['voltageL3'], { platform: 'sensor' });
      assert.equal(second?.topic, DISCOVERY);
      const { components, device } = assertDiscovery(second.topic, second.payload);
      assert.ok(!('voltageL3' in components) && 'voltageL2' in components);
      assert.equal(device['sw_version'], '4.0');
    });

    it('prints no password and no error', () => {
      if (login) assert.ok(!nodeRed.log.includes(login.password));
      assert.doesNotMatch(nodeRed.log, /\[error\]|unhandled/i);
    });

    if (login) {
      it('would not have been let in with another password', async () => {
        await assert.rejects(mqtt.connectAsync(url, { ...options, reconnectPeriod: 0, password: 'wrong' }, false));
      });
    }
  });
}
