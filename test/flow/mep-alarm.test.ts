import assert from 'node:assert/strict';
import { alarms } from '../../src/readings/index.js';
import texts from '../../nodes/locales/en-US/mep-alarm.json';
import { SERIAL } from '../support/readings/decoded.js';
import { Flow, type FlowNode, type Message, withNodeRed } from '../support/node-red/flow.js';
import { virtualTime } from '../support/node-red/virtual-time.js';
import { cloned } from '../support/node-red/util.js';
import type { FakeClock } from '../support/fake-clock.js';
import { until } from '../support/until.js';

/** A new id for each test: the state of a node is handed over to the next one with its id. */
let id = 'alarm';
const node = (properties: object = {}): FlowNode => ({
  id,
  type: 'mep-alarm',
  powerLimit: '5000',
  fuse: '16',
  silentAfter: '0',
  holdSeconds: '0',
  hysteresis: '10',
  wires: [['out']],
  ...properties,
});
const reading = (payload: object, serial: string | null = SERIAL): object => ({ payload, meter: { serial } });
const linkStatus = (state: string): object => ({ payload: { state }, meter: { serial: SERIAL } });
const summaryOf = (msg: Message): string => {
  const { kind, phase, isActive } = (msg as unknown as { alarm: alarms.AlarmChange }).alarm;
  return [kind, phase, isActive].join();
};

describe('mep-alarm', () => {
  withNodeRed();
  let tests = 0;
  let clock: FakeClock;
  beforeEach(() => {
    id = `alarm${++tests}`;
    clock = virtualTime();
  });

  /** Local time of day, some minutes from now. */
  const inMinutes = (minutes: number): string =>
    new Date(clock.date().getTime() + minutes * 60_000).toTimeString().slice(0, 5);

  async function receive(flow: Flow, ...messages: object[]): Promise<void> {
    const handled = (): number => flow.completed.length + flow.caught.length;
    const target = handled() + messages.length;
    for (const msg of messages) flow.send(id, cloned(msg));
    await until(() => handled() >= target, 'the messages to be handled');
  }

  it('has words for every kind of alarm', () => {
    const { on, off, title } = texts['mep-alarm'];
    for (const group of [on, off, title.on, title.off]) {
      assert.deepEqual(Object.keys(group).sort(), [...alarms.ALARM_KINDS].sort());
    }
  });

  it('sends each alarm once, with text and data for a mail and a program, and its end', async () => {
    const flow = await Flow.load([node()]);
    assert.equal(flow.lastStatus(id), 'mep-alarm.status.waiting');
    await receive(flow, reading({ activePower: 400, currentL1: 2 }));
    assert.equal(flow.lastStatus(id), 'mep-alarm.status.fine');
    await receive(flow, reading({ activePower: 6000.4, currentL1: 20 }), reading({ activePower: 6100, currentL1: 21 }));
    assert.deepEqual(flow.out.map(summaryOf), ['power,,true', 'overload,L1,true']);
    const [power] = flow.out as unknown as { topic: string; payload: string; alarm: object }[];
    assert.equal(power?.topic, 'mep-alarm.meter');
    assert.equal(power.payload, 'mep-alarm.on.power');
    const { since, ...alarm } = power.alarm as { since: string };
    assert.equal(since, clock.date().toISOString());
    assert.deepEqual(alarm, {
      serial: SERIAL,
      kind: 'power',
      phase: null,
      isActive: true,
      value: 6000.4,
      limit: 5000,
      unit: 'W',
    });
    assert.equal(flow.lastStatus(id), 'mep-alarm.status.alarms');
    await receive(flow, reading({ activePower: 400, currentL1: 2 }));
    assert.deepEqual(flow.out.slice(2).map(summaryOf), ['power,,false', 'overload,L1,false']);
    assert.equal(flow.lastStatus(id), 'mep-alarm.status.fine');
  });

  it('watches each meter by itself', async () => {
    const flow = await Flow.load([node()]);
    await receive(flow, reading({ activePower: 6000 }), reading({ activePower: 400 }, '7'));
    assert.deepEqual(flow.out.map(summaryOf), ['power,,true']);
  });

  it('reports a meter that stops responding, and its next reading', async () => {
    const flow = await Flow.load([node({ silentAfter: '1' })]);
    await receive(flow, reading({ activePower: 400 }));
    await clock.advance(999);
    assert.deepEqual(flow.out, []);
    await clock.advance(1);
    await until(() => flow.out.length === 1, 'the silence');
    await receive(flow, reading({ activePower: 400 }));
    assert.deepEqual(flow.out.map(summaryOf), ['silence,,true', 'silence,,false']);
  });

  it('reports that no meter was read since the start, but only if none was', async () => {
    const flow = await Flow.load([node({ silentAfter: '1' })]);
    await until(() => clock.pendingTimers > 0, 'the node to watch');
    await clock.advance(1_000);
    await until(() => flow.out.length === 1, 'the silence');
    assert.equal(flow.out[0]?.topic, 'mep-alarm.anyMeter');
    await receive(flow, reading({ activePower: 400 }));
    assert.deepEqual(flow.out.map(summaryOf), ['silence,,true', 'silence,,false']);
    assert.equal(flow.out[1]?.topic, 'mep-alarm.meter');
  });

  it('believes mep-status that a meter cannot be reached', async () => {
    const flow = await Flow.load([node({ silentAfter: '300' })]);
    await receive(flow, linkStatus('unreachable'), reading({ activePower: 400 }), linkStatus('silent'));
    assert.deepEqual(flow.out, []);
    await receive(flow, linkStatus('unreachable'), linkStatus('unreachable'));
    assert.deepEqual(flow.out.map(summaryOf), ['silence,,true']);
  });

  it('keeps quiet in the quiet hours, but for the main fuse', async () => {
    const flow = await Flow.load([node({ quietFrom: inMinutes(-2), quietTo: inMinutes(5) })]);
    await receive(flow, reading({ activePower: 6000, currentL2: 30 }));
    assert.deepEqual(flow.out.map(summaryOf), ['overload,L2,true']);
    assert.equal(flow.lastStatus(id), 'mep-alarm.status.quiet');
  });

  it('repeats no alarm after a deploy and sends those not yet sent', async () => {
    const quiet = node({ quietFrom: inMinutes(-2), quietTo: inMinutes(5), urgent: 'nothing' });
    const flow = await Flow.load([node()]);
    await receive(flow, reading({ activePower: 6000 }));
    await flow.redeploy([quiet]);
    await receive(flow, reading({ activePower: 400 }));
    assert.deepEqual(flow.out.map(summaryOf), ['power,,true']);
    await flow.redeploy([node({ name: 'again' })]);
    await receive(flow, reading({ activePower: 400 }));
    assert.deepEqual(flow.out.map(summaryOf), ['power,,true', 'power,,false']);
  });

  it('refuses what is no reading, and goes on', async () => {
    const flow = await Flow.load([node()]);
    await receive(flow, { payload: 'hello' }, reading({ activePower: 6000 }));
    assert.equal(flow.caught[0]?.error?.code, 'bad-payload');
    assert.deepEqual(flow.out.map(summaryOf), ['power,,true']);
  });

  for (const wrong of [{ fuse: 'big' }, { quietFrom: '22:00' }, { urgent: 'x' }]) {
    it(`shows that ${JSON.stringify(wrong)} cannot be`, async () => {
      const flow = await Flow.load([node(wrong)]);
      assert.match(flow.lastStatus(id) ?? '', /status\.bad-setting$/);
      await receive(flow, reading({ activePower: 6000 }));
      assert.equal(flow.caught[0]?.error?.code, 'bad-setting');
    });
  }

  it('sends nothing after it is removed', async () => {
    const flow = await Flow.load([node({ silentAfter: '1.5' })]);
    await flow.redeploy([]);
    await clock.advance(60_000);
    assert.deepEqual(flow.out, []);
  });
});
