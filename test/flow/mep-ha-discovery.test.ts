import assert from 'node:assert/strict';
import type { NodeMessage } from 'node-red';
import type { MqttMessage } from '../../src/publish/home-assistant/index.js';
import { decodeReading } from '../../src/readings/index.js';
import mepHaDiscovery from '../../nodes/mep-ha-discovery.js';
import { hex } from '../support/fixtures/exchanges.js';
import { readFixtures } from '../support/fixtures/fixtures.js';
import { assertDiscovery, templateKeys } from '../support/sinks/home-assistant-schema.js';
import { helper, removeAllNodes } from '../support/node-red/test-helper.js';
import { virtualTime } from '../support/node-red/virtual-time.js';

const NOON = Date.UTC(2026, 10, 20, 12);
const BRIDGE = 'nes-meter/bridge/availability';
const BRIDGE_CONFIG = 'homeassistant/device/nes-bridge_nes-meter/config';
const [, bt28] = readFixtures<{ hex: string; dimensions: never }>('BT28').find(([name]) => name === 'nes-55-values')!;
const [, bt23] = readFixtures<{ hex: string }>('BT23').find(([name]) => name === 'nes-five-blocks')!;

/** Numbers readings, each of which is later than the one before. */
let readings = 0;

function decoded(table: 'BT23' | 'BT28', serial: string | null = '83334000001'): NodeMessage {
  const { payload, registers } =
    table === 'BT23'
      ? decodeReading('BT23', hex(bt23.hex))
      : decodeReading('BT28', hex(bt28.hex), { dimensions: bt28.dimensions });
  return {
    topic: 'mine',
    payload,
    registers,
    table: { id: table, complete: true, readAt: new Date(NOON + readings++).toISOString() },
    meter: { serial, manufacturer: 'NES', model: '83334-3I', firmware: '3.70', protocol: 'mep', dimensions: {} },
  };
}

/** Messages that reached the end of the flow, and errors and completions of the node. */
class Watch {
  readonly sent: MqttMessage[] = [];
  readonly errors: (Error & { code?: string })[] = [];
  readonly statuses: { fill?: string; text?: string }[] = [];
  completed = 0;

  constructor() {
    helper.getNode('out')!.on('input', (msg) => {
      this.sent.push(msg as unknown as MqttMessage);
    });
    const node = helper.getNode('ha')!;
    const events = node as unknown as NodeJS.EventEmitter;
    events.on('call:error', (call: { args: [Error] }) => this.errors.push(call.args[0]));
    events.on('call:status', (call: { args: [{ fill?: string; text?: string }] }) => this.statuses.push(call.args[0]));
    const complete = (node as unknown as { _complete: (...args: unknown[]) => void })._complete.bind(node);
    (node as unknown as { _complete: (...args: unknown[]) => void })._complete = (...args) => {
      this.completed += 1;
      complete(...args);
    };
  }

  topics(): string[] {
    return this.sent.map((message) => message.topic);
  }

  async until(condition: (watch: this) => boolean, limitMs = 60_000): Promise<void> {
    const end = Date.now() + limitMs;
    while (!condition(this)) {
      assert.ok(Date.now() < end, `not within ${limitMs} ms; sent so far: ${this.topics().join()}`);
      await pause(5);
    }
  }

  /** Sends messages in and waits until each is completed. */
  async receive(...messages: NodeMessage[]): Promise<MqttMessage[]> {
    const before = this.sent.length;
    const completed = this.completed + messages.length;
    for (const message of messages) helper.getNode('ha')!.receive(message);
    await this.until(() => this.completed >= completed);
    await pause(20);
    assert.equal(this.completed, completed, 'each message is completed exactly once');
    return this.sent.slice(before);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const flow = (properties: object = {}): object[] => [
  { id: 'tab', type: 'tab', label: 'test' },
  { id: 'ha', z: 'tab', type: 'mep-ha-discovery', wires: [['out']], ...properties },
  { id: 'out', z: 'tab', type: 'helper', wires: [] },
];

async function start(properties: object = {}): Promise<Watch> {
  await helper.load(mepHaDiscovery, flow(properties));
  return new Watch();
}

describe('mep-ha-discovery', () => {
  before(() => helper.startServer());
  after(() => helper.stopServer());
  beforeEach(() => {
    readings = 0;
  });
  afterEach(() => removeAllNodes());

  it('sends nothing before the first reading', async () => {
    const watch = await start();
    assert.deepEqual(await watch.receive({ topic: 'homeassistant/status', payload: 'online' }), []);
    assert.deepEqual(watch.errors, []);
  });

  it('announces a meter, then its state, message by message for mqtt out', async () => {
    const watch = await start();
    const sent = await watch.receive(decoded('BT28'));
    assert.deepEqual(
      sent.map((message) => message.topic),
      [
        BRIDGE_CONFIG,
        'homeassistant/device/nes_83334000001/config',
        BRIDGE,
        'nes-meter/83334000001/availability',
        'nes-meter/83334000001/state',
      ],
    );
    for (const { payload, qos, retain } of sent) {
      assert.equal(typeof payload, 'string');
      assert.deepEqual({ qos, retain }, { qos: 1, retain: true });
    }
    const keys = templateKeys(assertDiscovery(sent[1]!.topic, sent[1]!.payload));
    const state = JSON.parse(sent[4]!.payload) as Record<string, unknown>;
    assert.deepEqual(Object.keys(state).sort(), [...keys].sort());
    assert.equal(state['activePower'], 399);
    assert.equal(state['timestamp'], '2026-11-20T12:00:00.000Z');
    assert.equal(watch.statuses.at(-1)?.fill, 'green');
  });

  it('merges the tables of a meter and keeps meters apart', async () => {
    const watch = await start();
    const sent = await watch.receive(decoded('BT23'), decoded('BT28'), decoded('BT28', 'A/7'));
    const states = sent.filter((message) => message.topic.endsWith('/state'));
    assert.deepEqual(new Set(states.map((message) => message.topic)).size, 2);
    const merged = JSON.parse(states[1]!.payload) as Record<string, unknown>;
    assert.equal(merged['activeEnergyImport'], 65845.343);
    assert.equal(merged['activePower'], 399);
    assert.ok(!('activeEnergyImport' in (JSON.parse(states[2]!.payload) as object)));
    for (const { topic } of sent) assert.doesNotMatch(topic, /A\/7/);
    assert.equal(sent.filter((message) => message.topic === BRIDGE).length, 2);
  });

  it('sends the same discovery once, and all again after a birth', async () => {
    const watch = await start();
    const first = await watch.receive(decoded('BT28'));
    const next = await watch.receive(decoded('BT28'));
    assert.deepEqual(
      next.map((message) => message.topic),
      ['nes-meter/83334000001/state'],
    );
    for (const payload of ['online', Buffer.from('online')]) {
      const again = await watch.receive({ topic: 'homeassistant/status', payload });
      assert.deepEqual(
        again.map(({ topic, payload: text }) => [topic, text]),
        [...first.slice(0, -1), ...next].map(({ topic, payload: text }) => [topic, text]),
      );
    }
    assert.deepEqual(await watch.receive({ topic: 'homeassistant/status', payload: 'offline' }), []);
  });

  it('follows its settings', async () => {
    const watch = await start({ prefix: 'assistant', baseTopic: 'house/meters', expireAfter: '60', serial: '42' });
    const sent = await watch.receive({ payload: { voltageL1: 231.4 } });
    assert.deepEqual(
      sent.map((message) => message.topic.replace(/-[0-9a-f]{12}\//, '-HASH/')),
      [
        'assistant/device/nes-bridge_house-meters-HASH/config',
        'assistant/device/nes_42/config',
        'house/meters/bridge/availability',
        'house/meters/42/availability',
        'house/meters/42/state',
      ],
    );
    const { components } = assertDiscovery(sent[1]!.topic, sent[1]!.payload);
    assert.equal(components['voltageL1']?.['expire_after'], 60);
    assert.equal((await watch.receive({ topic: 'assistant/status', payload: 'online' })).length, 5);
  });

  it('sends a meter offline when it falls silent, and online with its next reading', async () => {
    const clock = virtualTime();
    const watch = await start({ expireAfter: '1' });
    await watch.receive(decoded('BT28'));
    await clock.advance(1_000);
    await watch.until(({ sent }) => sent.at(-1)?.payload === 'offline');
    assert.equal(watch.sent.at(-1)?.topic, 'nes-meter/83334000001/availability');
    await watch.until(({ statuses }) => statuses.at(-1)?.fill === 'yellow');
    const back = await watch.receive(decoded('BT28'));
    assert.deepEqual(
      back.map((message) => [message.topic, message.retain]),
      [
        ['nes-meter/83334000001/availability', true],
        ['nes-meter/83334000001/state', true],
      ],
    );
    assert.equal(back[0]?.payload, 'online');
  });

  const linkStatus = (state: string, code: string | null = null): NodeMessage => ({
    payload: { state, code, text: 'Look at the cable.', since: '2026-11-20T12:00:00Z', counters: { timeouts: 3 } },
    meter: decoded('BT28')['meter'],
  });
  const availability = ({ sent }: Watch): string | undefined =>
    sent.filter(({ topic }) => topic === 'nes-meter/83334000001/availability').at(-1)?.payload;

  it('takes a meter offline when mep-status reports it gone, but not before a reading', async () => {
    const watch = await start({ expireAfter: '0' });
    assert.deepEqual(await watch.receive(linkStatus('connecting')), []);
    const first = await watch.receive(decoded('BT28'));
    assert.ok(first.some(({ topic }) => topic === 'nes-meter/83334000001/status'));
    const gone = await watch.receive(linkStatus('unreachable', 'port-missing'));
    assert.deepEqual(
      gone.map(({ topic }) => topic),
      ['nes-meter/83334000001/status', 'nes-meter/83334000001/availability'],
    );
    assert.equal((JSON.parse(gone[0]!.payload) as { text: string }).text, 'Look at the cable.');
    assert.equal(watch.statuses.at(-1)?.fill, 'yellow');
    await watch.receive(linkStatus('online'));
    assert.equal(availability(watch), 'offline', 'that takes a reading');
    await watch.receive(decoded('BT28'));
    assert.equal(availability(watch), 'online');
    assert.deepEqual(watch.errors, []);
  });

  it('takes an unresponsive meter offline half a minute after the first report', async () => {
    const clock = virtualTime();
    const watch = await start({ expireAfter: '0' });
    await watch.receive(decoded('BT28'), linkStatus('silent', 'no-answer'));
    await clock.advance(20_000);
    await watch.receive(decoded('BT28'));
    await clock.advance(60_000);
    assert.equal(availability(watch), 'online', 'a reading ends the wait');
    await watch.receive(linkStatus('silent', 'no-answer'), linkStatus('online'));
    await clock.advance(60_000);
    assert.equal(availability(watch), 'online', 'so does a meter that answers');
    await watch.receive(linkStatus('silent', 'no-answer'));
    await clock.advance(20_000);
    await watch.receive(linkStatus('silent', 'only-alerts'));
    await clock.advance(9_999);
    assert.equal(availability(watch), 'online');
    await clock.advance(1);
    await watch.until(() => availability(watch) === 'offline');
  });

  it('ignores the status of an unknown meter and refuses an invalid status', async () => {
    const watch = await start();
    assert.deepEqual(await watch.receive({ ...linkStatus('unreachable'), meter: null }), []);
    assert.equal(watch.errors.length, 0);
    await watch.receive(linkStatus('splendid'));
    assert.equal(watch.errors[0]?.code, 'bad-payload');
  });

  it('does not send a meter offline that keeps being read', async () => {
    const clock = virtualTime();
    const watch = await start({ expireAfter: '2' });
    for (let i = 0; i < 5; i += 1) {
      await watch.receive(decoded('BT28'));
      await clock.advance(1_999);
    }
    assert.ok(watch.sent.every((message) => message.payload !== 'offline'));
  });

  it('never sends a meter offline when expiry is switched off', async () => {
    const clock = virtualTime();
    const watch = await start({ expireAfter: '0' });
    await watch.receive(decoded('BT28'));
    const { components } = assertDiscovery(watch.sent[1]!.topic, watch.sent[1]!.payload);
    assert.ok(!('expire_after' in components['voltageL1']!));
    await clock.advance(86_400_000);
    assert.ok(watch.sent.every((message) => message.payload !== 'offline'));
  });

  for (const [what, message] of [
    ['bytes that were not decoded', { payload: Buffer.from('960a0000', 'hex') }],
    ['nothing', {}],
    ['a text', { payload: 'hello' }],
    ['values of something else', { payload: { temperature: 21 } }],
    ['a reading without a serial number', decoded('BT28', null)],
    ['a value that is no number', { ...decoded('BT28'), payload: { voltageL1: '231.4' } }],
    ['a birth message that is none', { topic: 'homeassistant/status', payload: 'Online' }],
  ] as const) {
    it(`refuses ${what} with an error for Catch nodes, and goes on`, async () => {
      const watch = await start();
      assert.deepEqual(await watch.receive(message), []);
      assert.equal(watch.errors.length, 1);
      assert.equal(watch.errors[0]?.code, 'bad-payload');
      assert.ok(Object.hasOwn(watch.errors[0], 'code'), 'Node-RED hands only own properties on');
      assert.equal(watch.statuses.at(-1)?.fill, 'red');
      assert.equal((await watch.receive(decoded('BT28'))).length, 5);
      assert.equal(watch.statuses.at(-1)?.fill, 'green');
    });
  }

  it('with a topic that cannot be shows so and refuses messages', async () => {
    const watch = await start({ baseTopic: 'a/+/b' });
    assert.deepEqual(await watch.receive(decoded('BT28')), []);
    assert.equal(watch.errors.at(-1)?.code, 'bad-setting');
  });

  it('leaves no timer behind, however often it is deployed', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const watch = await start();
    const before = timers();
    await watch.receive(decoded('BT28'), decoded('BT28', '2'), decoded('BT28', '3'));
    assert.ok(timers() >= before + 3);
    for (let i = 0; i < 20; i += 1) {
      await helper.setFlows(flow({ name: `deploy ${i}` }), 'nodes');
      await new Watch().receive(decoded('BT28'));
    }
    assert.ok(timers() <= before + 3, `${timers()} timers, ${before} before`);
    await helper.setFlows(flow().slice(0, 1), 'nodes');
    await pause(50);
    assert.ok(timers() <= before, `${timers()} timers, ${before} before`);
  });

  it('sends nothing after a deploy that changes nothing', async () => {
    const watch = await start();
    await watch.receive(decoded('BT28'));
    const before = watch.sent.length;
    await helper.setFlows(flow({ name: 'renamed' }), 'nodes');
    await pause(50);
    assert.equal(watch.sent.length, before);
  });

  it('takes a meter offline that stops responding over a deploy, and keeps its values', async () => {
    const clock = virtualTime();
    const watch = await start({ expireAfter: '1' });
    await watch.receive(decoded('BT28'));
    const before = watch.sent.length;
    await helper.setFlows(flow({ name: 'renamed', expireAfter: '1' }), 'nodes');
    await watch.until(() => clock.pendingTimers > 0);
    await clock.advance(1_000);
    await watch.until(({ sent }) => sent.length > before);
    const last = watch.sent.at(-1);
    assert.match(String(last?.topic), /availability$/);
    assert.equal(last?.payload, 'offline');
  });

  /** The message of a Complete node after the broker has confirmed a message. */
  const confirmed = (message: MqttMessage): NodeMessage => ({
    ...message,
    complete: { source: { id: 'mqtt', type: 'mqtt out' } },
  });
  const readAt = (time: string): NodeMessage => ({
    ...decoded('BT28'),
    table: { id: 'BT28', complete: true, readAt: time },
  });

  it('keeps unconfirmed readings, also over a deploy, and sends them once confirmed', async () => {
    const clock = virtualTime();
    const watch = await start({ keepReadings: '2' });
    const [last] = (await watch.receive(decoded('BT28'))).slice(-1);
    assert.deepEqual(await watch.receive(confirmed(last!)), [], 'nothing was lost');
    for (const second of ['10', '20', '30']) await watch.receive(readAt(`2026-11-20T12:00:${second}Z`));
    await clock.advance(3_000);
    await watch.receive({ topic: 'homeassistant/status', payload: 'offline' });
    assert.deepEqual(
      [watch.statuses.at(-1)?.fill, watch.statuses.at(-1)?.text],
      ['red', 'mep-ha-discovery.status.dropped'],
    );
    await helper.setFlows(flow({ name: 'renamed', keepReadings: '2' }), 'nodes');
    const next = new Watch();
    const live = (await next.receive(readAt('2026-11-20T12:00:40Z'))).at(-1)!;
    const sent = await next.receive(confirmed(live));
    const history = sent.filter(({ topic }) => topic === 'nes-meter/83334000001/history');
    assert.deepEqual(
      history.map(({ payload, retain }) => {
        const { timestamp, dropped } = JSON.parse(payload) as Record<string, unknown>;
        return { timestamp, dropped, retain };
      }),
      [{ timestamp: '2026-11-20T12:00:30.000Z', dropped: 2, retain: false }],
    );
    assert.equal((JSON.parse(history[0]!.payload) as { activePower: number }).activePower, 399);
    assert.equal(sent[0]?.topic, BRIDGE_CONFIG, 'the announcement got no receipt either');
    await next.receive(...sent.map(confirmed));
    assert.equal(next.statuses.at(-1)?.fill, 'green');
    assert.deepEqual([...watch.errors, ...next.errors], []);
  });

  it('forgets a meter on request, with the entities of a link no longer reported', async () => {
    const watch = await start();
    const serial = '83334000001';
    await watch.receive(linkStatus('online'), decoded('BT28'), decoded('BT28', '2'));
    const componentsOf = (messages: readonly MqttMessage[]): object => {
      const config = messages.find(({ topic }) => topic === `homeassistant/device/nes_${serial}/config`)!;
      return assertDiscovery(config.topic, config.payload).components;
    };
    const again = await watch.receive({ topic: 'homeassistant/status', payload: 'online' });
    assert.ok('linkState' in componentsOf(again));
    const gone = await watch.receive({ topic: 'forget', payload: serial });
    assert.deepEqual(
      gone.map(({ topic, payload }) => [topic.includes(serial), payload]),
      Array.from({ length: 4 }, () => [true, '']),
    );
    assert.equal(watch.statuses.at(-1)?.text, 'mep-ha-discovery.status.online');
    assert.ok(!('linkState' in componentsOf(await watch.receive(decoded('BT28')))));
    assert.equal((await watch.receive({ topic: 'forget', payload: '' })).length, 8, 'all of them');
    assert.equal(watch.statuses.at(-1)?.fill, 'grey');
    await watch.receive({ topic: 'forget', payload: 7 });
    assert.equal(watch.errors[0]?.code, 'bad-payload');
  });

  it('takes its meters offline when it is deleted', async () => {
    const watch = await start();
    await watch.receive(decoded('BT28'), decoded('BT28', '2'));
    const before = watch.sent.length;
    const [tab, , out] = flow();
    await helper.setFlows([tab!, out!], 'nodes');
    await watch.until(({ sent }) => sent.length > before);
    assert.deepEqual(
      watch.sent.slice(before).map(({ topic, payload, retain }) => ({ topic, payload, retain })),
      [
        { topic: 'nes-meter/83334000001/availability', payload: 'offline', retain: true },
        { topic: 'nes-meter/2/availability', payload: 'offline', retain: true },
      ],
    );
  });
});
