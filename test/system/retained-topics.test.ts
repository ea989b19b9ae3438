import assert from 'node:assert/strict';
import mqtt, { type MqttClient } from 'mqtt';
import { backgroundClock } from '../../nodes/lib/background-clock.js';
import { systemClock } from '../../src/clock.js';
import { decoded, SERIAL } from '../support/readings/decoded.js';
import { Flow, type FlowNode, withNodeRed } from '../support/node-red/flow.js';
import { hasMosquitto, Mosquitto } from '../support/brokers/mosquitto.js';
import { FakeClock } from '../support/fake-clock.js';
import { cloned } from '../support/node-red/util.js';
import { until } from '../support/until.js';

const MINUTE_MS = 60_000;
/** The end mark: not retained, and published after everything else. */
const END = 'end';

const SINKS: readonly FlowNode[] = [
  { id: 'device', type: 'mep-ha-discovery', expireAfter: '0' },
  { id: 'single', type: 'mep-ha-discovery', discovery: 'single', prefix: 'ha', baseTopic: 'single', expireAfter: '0' },
  { id: 'json', type: 'mep-format', format: 'json', expireAfter: '0' },
  { id: 'fhem', type: 'mep-format', format: 'fhem', baseTopic: 'fhem', expireAfter: '0' },
  { id: 'homie', type: 'mep-format', format: 'homie', expireAfter: '0' },
  { id: 'dabbler', type: 'mep-format', format: 'dabbler', expireAfter: '0' },
].map((node) => ({ ...node, wires: [['out']] }));

describe('Retained topics', function () {
  let flow: Flow;
  let broker: Mosquitto;
  let client: MqttClient | undefined;
  const after = backgroundClock.after.bind(backgroundClock);
  const now = systemClock.now.bind(systemClock);
  const sent: { topic: string; bytes: number; at: number }[] = [];
  /** Of what the nodes do by themselves; the messages of a round are with the client before the next timer fires. */
  let clock: FakeClock;

  before(function () {
    if (!hasMosquitto) this.skip();
  });
  beforeEach(async () => {
    sent.length = 0;
    clock = new FakeClock();
    backgroundClock.after = clock.after.bind(clock);
    systemClock.now = () => 0;
    await startBroker();
    flow = await Flow.load(SINKS);
    flow.node('out').on('input', ({ topic = '', payload, retain }) => {
      sent.push({ topic, bytes: String(payload).length, at: clock.now() });
      if (client?.connected === true) client.publish(topic, String(payload), { qos: 1, retain: retain === true });
    });
  });
  afterEach(async () => {
    backgroundClock.after = after;
    systemClock.now = now;
    await flow.redeploy([], 'nodes');
    await stopBroker();
  });
  withNodeRed();

  const startBroker = async (): Promise<void> => {
    broker = await Mosquitto.start(undefined, (broker as Mosquitto | undefined)?.port);
    client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, { reconnectPeriod: 0 });
  };
  const stopBroker = async (): Promise<void> => {
    client?.end(true);
    await broker.stop();
  };
  async function receive(...messages: object[]): Promise<void> {
    const handled = (): number => flow.completed.length + flow.caught.length;
    const target = handled() + messages.length * SINKS.length;
    for (const { id } of SINKS) for (const msg of messages) flow.send(id, cloned(msg));
    await until(() => handled() >= target, 'the messages to be handled');
    assert.deepEqual(flow.caught, []);
  }
  /** The messages that the broker retains, by topic. */
  async function retained(): Promise<Map<string, string>> {
    // Earlier publications have arrived before this mark, and retained messages come before publications after subscribing.
    await client?.publishAsync(END, 'sent', { qos: 1 });
    const found = new Map<string, string>();
    let isEnd = false;
    const reader = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, { reconnectPeriod: 0 });
    reader.on('message', (topic: string, payload: Buffer, packet: { retain: boolean }) => {
      if (topic === END) isEnd = true;
      else if (packet.retain) found.set(topic, payload.toString());
    });
    await reader.subscribeAsync('#', { qos: 1 });
    await reader.publishAsync(END, 'read', { qos: 1 });
    await until(() => isEnd, 'all that is retained');
    await reader.endAsync();
    return found;
  }
  const lose = async (): Promise<void> => {
    await stopBroker();
    await startBroker();
    sent.length = 0;
  };

  it('are all there again five minutes after a broker lost them', async function () {
    await receive(decoded('BT28'), decoded('BT23'), { payload: { state: 'online' }, meter: { serial: SERIAL } });
    const before = await retained();
    assert.ok(before.size > 150, String(before.size));
    // The meter is read less often than that.
    systemClock.now = () => 10 * MINUTE_MS;
    await lose();
    await clock.advance(5 * MINUTE_MS);
    assert.deepEqual(await retained(), before);
    const minutes = (clock.now() - sent[0]!.at) / MINUTE_MS;
    const perMinute = sent.length / minutes;
    const bytes = sent.reduce((sum, message) => sum + message.bytes, 0) / minutes;
    console.log(
      `      ${before.size} topics: ${perMinute.toFixed(0)} messages and ${(bytes / 1000).toFixed(1)} kB a minute`,
    );
    assert.ok(perMinute <= before.size / 3.5, `${perMinute} messages a minute`);
    const inOneSecond = sent.filter(({ at }) => at - sent[0]!.at < MINUTE_MS).length;
    assert.ok(inOneSecond <= before.size / 2, `${inOneSecond} in the first minute`);
  });

  it('of a silent meter are its announcement and that it is offline, no values', async () => {
    await receive(decoded('BT28'), { payload: { state: 'unreachable' }, meter: { serial: SERIAL } });
    await lose();
    await clock.advance(5 * MINUTE_MS);
    const after5 = await retained();
    assert.equal(after5.get(`nes-meter/${SERIAL}/availability`), 'offline');
    assert.equal(after5.get(`single/${SERIAL}/availability`), 'offline');
    assert.equal(after5.get(`nes/${SERIAL}/availability`), 'offline');
    assert.equal(after5.get(`homie/nes-${SERIAL}/$state`), 'lost');
    assert.equal(after5.get('dabbler/lwt'), 'Offline');
    assert.ok(after5.has(`homeassistant/device/nes_${SERIAL}/config`));
    for (const topic of [
      `nes-meter/${SERIAL}/state`,
      `nes/${SERIAL}/state`,
      `homie/nes-${SERIAL}/total/measure-power`,
    ]) {
      assert.equal(after5.get(topic), undefined);
    }
  });

  it('of a meter that is read often are sent without the values of each reading', async () => {
    await receive(decoded('BT28'));
    sent.length = 0;
    // For the nodes the newest reading has no age.
    await clock.advance(5 * MINUTE_MS);
    assert.ok(sent.length > 50);
    assert.deepEqual(
      sent
        .filter(({ topic }) => topic.endsWith('/state') || topic.includes('measure-power'))
        .map(({ topic }) => topic)
        .filter((topic) => !topic.includes('$')),
      [],
    );
  });
});
