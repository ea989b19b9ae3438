import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { FORMATS } from '../../src/publish/formats.js';
import { DEMO_KEY, serveTcp, type ServedMeter, SimulatedMeter } from '../../src/simulator/index.js';
import { Flow, type FlowNode, type Message, SIMULATED_METER, withNodeRed } from '../support/node-red/flow.js';
import { freePort, listening } from '../support/ports.js';
import { until } from '../support/until.js';

const NEW = '77777777';
const RECORDERS: Readonly<Record<string, object>> = {
  discovery: { type: 'mep-ha-discovery', expireAfter: '180' },
  'discovery-single': { type: 'mep-ha-discovery', discovery: 'single', baseTopic: 'single', expireAfter: '180' },
  // A household has more than 100 V at any time of the day.
  alarm: { type: 'mep-alarm', voltageMin: '0', voltageMax: '100', holdSeconds: '0', silentAfter: '300' },
  guard: { type: 'mep-plausibility', fuse: '63', confirmations: '1', confirmSeconds: '0' },
  counter: { type: 'mep-consumption' },
  'homie-one': { type: 'mep-format', format: 'homie', baseTopic: 'one', deviceId: 'the-meter' },
  ...Object.fromEntries(
    FORMATS.filter((format) => format.create({ idx: '1' }).onReading !== undefined).map(({ name }) => [
      name,
      { type: 'mep-format', format: name, idx: '1', repeatEvery: '1', allowSimulated: true },
    ]),
  ),
};
const SERVERS = FORMATS.filter((format) => format.create({ idx: '1' }).answer !== undefined).map(({ name }) => name);

interface Received {
  readonly node: string;
  readonly msg: Message;
}

function isWithoutError(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

const sourceOf = (msg: Message): unknown =>
  (msg as { complete?: { source?: { id?: string } } }).complete?.source?.id ??
  (msg.error as { source?: { id?: string } } | undefined)?.source?.id;

describe('Another meter at the same connection', () => {
  let flow: Flow;
  let received: Received[];
  let ports: number[];
  const served: ServedMeter[] = [];

  beforeEach(async () => {
    received = [];
    ports = await Promise.all(SERVERS.map(() => freePort()));
  });
  afterEach(async () => {
    await flow.redeploy([], 'nodes');
    await Promise.all(served.splice(0).map((meter) => meter.close()));
  });
  withNodeRed();

  const serve = async (serial: string, port = 0): Promise<number> => {
    const meter = await serveTcp({ meter: new SimulatedMeter({ serial, seed: Number(serial) }), port });
    served.push(meter);
    return Number(meter.address.split(':')[1]);
  };
  const overTcp = (port: number): FlowNode => ({
    ...SIMULATED_METER,
    transport: 'tcp',
    host: '127.0.0.1',
    tcpPort: String(port),
  });

  function nodes(connection: FlowNode): FlowNode[] {
    const sinks: FlowNode[] = Object.entries(RECORDERS).map(([id, properties]) => ({
      ...{ id, type: '', ...properties },
      wires: [[`behind-${id}`]],
    }));
    const servers: FlowNode[] = SERVERS.map((format, index) => ({
      ...{ id: `server-${format}`, type: 'mep-http-server', format, host: '127.0.0.1' },
      port: String(ports[index]),
      allowSimulated: true,
    }));
    const wires = [[...sinks, ...servers].map(({ id }) => id)];
    const behind = sinks.map(({ id }) => ({ id: `behind-${id}`, type: 'helper' }));
    const reported = [wires[0]!.filter((id) => id !== 'guard' && id !== 'counter')];
    const read = (table: string): FlowNode[] => [
      { id: table, type: 'mep-read-table', meter: 'meter', table, interval: '0', wires: [[`decode-${table}`]] },
      { id: `decode-${table}`, type: `mep-decode-${table.toLowerCase()}`, wires },
    ];
    return [
      connection,
      ...[...read('BT23'), ...read('BT28')],
      ...[...sinks, ...behind, ...servers],
      { id: 'status', type: 'mep-status', meter: 'meter', wires: reported },
    ];
  }

  async function load(connection: FlowNode): Promise<string> {
    flow = await Flow.load(nodes(connection), { meter: { key: DEMO_KEY } });
    watch();
    await Promise.all(ports.map((port) => listening(port)));
    return read();
  }

  /** Adds a node after each sink that records its messages. */
  function watch(): void {
    for (const node of Object.keys(RECORDERS)) {
      flow.node(`behind-${node}`).on('input', (msg, _send, done) => {
        received.push({ node, msg });
        done();
      });
    }
  }

  /** Reads both tables twice, since the guard may need a second reading. @returns the serial number */
  async function read(): Promise<string> {
    const sinks = [...Object.keys(RECORDERS), ...SERVERS.map((name) => `server-${name}`)];
    for (const table of ['BT28', 'BT23', 'BT28', 'BT23']) {
      flow.completed.length = 0;
      flow.send(table, { topic: table });
      const done = (): Set<unknown> =>
        new Set([...flow.completed, ...flow.caught].filter((msg) => msg['topic'] === table).map(sourceOf));
      await until(() => sinks.every((id) => done().has(id)), `${table} to reach the nodes`, {
        seen: () => [flow.statuses.slice(-5), flow.caught.map(({ error }) => error)],
      });
    }
    const state = received.filter(({ node, msg }) => node === 'discovery' && msg.topic?.endsWith('/state')).at(-1);
    return state?.msg.topic?.split('/')[1] ?? '';
  }

  const statusCodes = (): Promise<number[]> =>
    Promise.all(
      SERVERS.map(async (name, index) => {
        const path = name === 'homewizard' ? '/api/v1/data' : '/getDashDataWS';
        return (await fetch(`http://127.0.0.1:${ports[index]}${path}`)).status;
      }),
    );
  const lastOf = (node: string): Message | undefined => received.filter((each) => each.node === node).at(-1)?.msg;
  const last = (topic: string): unknown => received.filter(({ msg }) => msg.topic === topic).at(-1)?.msg.payload;
  /** The energy register as published in each format that has it. */
  const energies = (): unknown[] => {
    const kWh = (text: unknown, pattern: RegExp): number => Number(pattern.exec(String(text))?.[1]);
    return [
      kWh(lastOf('p1-dsmr5')?.payload, /1-0:1\.8\.1\((\d+\.\d+)/),
      kWh(lastOf('p1-5s')?.payload, /1-0:1\.8\.0\((\d+\.\d+)/),
      kWh(lastOf('domoticz')?.payload, /"svalue":"(\d+);/) / 1000,
      Number(last('one/the-meter/total/meter-power')),
      kWh(last('dabbler/meterConsumptionTotal/mydatajson'), /"Fwd_Act_Wh":(\d+)/) / 1000,
    ];
  };
  const text = ({ msg }: Received): string => JSON.stringify([msg.topic, msg.payload]);

  const ofFormer = (former: string, node: string): Message | undefined =>
    received.filter((each) => each.node === node && JSON.stringify(each.msg).includes(former)).at(-1)?.msg;

  function checkFormerEnded(former: string): void {
    assert.equal(last(`nes-meter/${former}/availability`), 'offline');
    assert.equal(last(`single/${former}/availability`), 'offline');
    assert.equal(last(`nes/${former}/availability`), 'offline');
    assert.equal(last(`homie/nes-${former}/$state`), 'lost');
    assert.match(String(ofFormer(former, 'fhem')?.payload), /"availability":"offline"/);
    checkAlarmEnded(former);
  }

  /** Of a simulated meter nothing stays: a broker has no topic of it any more, Home Assistant no device. */
  function checkSimulatedIsGone(former: string): void {
    const emptied = new Map(
      received.filter(({ msg }) => msg['retain'] === true).map(({ msg }) => [msg.topic ?? '', msg.payload]),
    );
    for (const topic of [
      `homeassistant/device/nes_${former}/config`,
      `homeassistant/sensor/nes_${former}/activePower/config`,
      ...['state', 'availability'].map((name) => `nes-meter/${former}/${name}`),
      ...['state', 'availability'].map((name) => `nes/${former}/${name}`),
      `homie/nes-${former}/$state`,
      `homie/nes-${former}/total/meter-power`,
    ]) {
      assert.equal(emptied.get(topic), '', topic);
    }
    const rest = [...emptied].filter(([topic, payload]) => topic.includes(former) && payload !== '');
    assert.deepEqual(rest, []);
    checkAlarmEnded(former);
  }

  function checkAlarmEnded(former: string): void {
    const { alarm, payload } = ofFormer(former, 'alarm') as unknown as {
      alarm: { isActive: boolean };
      payload: string;
    };
    assert.deepEqual([alarm.isActive, payload], [false, 'mep-alarm.meter-changed.text']);
  }

  function checkNewIsTold(): void {
    assert.equal(last(`nes-meter/${NEW}/availability`), 'online');
    assert.equal(last(`single/${NEW}/availability`), 'online');
    assert.equal(last(`nes/${NEW}/availability`), 'online');
    assert.equal(last(`homie/nes-${NEW}/$state`), 'ready');
    assert.equal(last('one/the-meter/$state'), 'ready');
    assert.equal(last('one/the-meter/$name'), `Electricity meter ${NEW}`);
    assert.equal(last('dabbler/lwt'), 'Online');
    const equipment = Buffer.from(NEW).toString('hex');
    assert.match(String(lastOf('p1-dsmr5')?.payload), new RegExp(equipment, 'i'));
  }

  for (const type of ['full', 'nodes'] as const) {
    it(`ends the former one in every node, and serves the new one (${type})`, async () => {
      const former = await load(SIMULATED_METER);
      assert.deepEqual(await statusCodes(), [200, 200]);
      assert.ok(
        energies().every((kWh) => Math.floor(Number(kWh)) === 50_414),
        energies().join(),
      );
      const port = await serve(NEW);
      received.length = 0;
      await flow.redeploy(nodes(overTcp(port)), type, { meter: { key: DEMO_KEY } });
      assert.deepEqual(await statusCodes().catch(() => [503, 503]), [503, 503], 'nothing of the former one');
      watch();
      await until(
        () =>
          isWithoutError(() => {
            checkSimulatedIsGone(former);
          }),
        'the end to be published',
        {
          seen: () => received.map(text),
        },
      );
      const ended = received.length;
      assert.equal(await read(), NEW);
      checkNewIsTold();
      assert.ok(
        energies().every((kWh) => Math.floor(Number(kWh)) === 25_674),
        energies().join(),
      );
      assert.deepEqual(await statusCodes(), [200, 200]);
      const late = received.slice(ended).filter((each) => text(each).includes(former));
      assert.deepEqual(late.map(text), [], 'nothing of the former one after its end');
      assert.deepEqual(
        flow.caught.map(({ error }) => error),
        [],
      );
    });
  }

  it('starts afresh behind a simulated meter with the same serial number', async () => {
    const serial = await load(SIMULATED_METER);
    const register = ({ msg }: Received): number =>
      (msg.payload as Record<string, number>)['activeEnergyImport'] ?? NaN;
    const port = await serve(serial);
    received.length = 0;
    await flow.redeploy(nodes(overTcp(port)), 'full', { meter: { key: DEMO_KEY } });
    watch();
    await until(() => last(`nes-meter/${serial}/availability`) === '', 'the end to be published');
    assert.equal(await read(), serial);
    const guarded = received.filter(
      ({ node, msg }) => node === 'guard' && !('plausibility' in msg) && register({ node, msg }) > 0,
    );
    const counted = received
      .filter(({ node }) => node === 'counter')
      .map(({ msg }) => msg.payload as Record<string, number>);
    assert.equal(guarded.length, 1, 'the second reading of the registers confirms the first');
    assert.notEqual(Math.floor(register(guarded[0]!)), 50_414);
    assert.equal(counted.length, 2);
    assert.ok(
      counted.every((report) => report['activeEnergyImportToday']! < 0.1 && report['activeEnergyImportToday']! >= 0),
    );
    assert.equal(last(`nes-meter/${serial}/availability`), 'online');
    assert.deepEqual(await statusCodes(), [200, 200]);
  });

  it('replaces the former one at once when it was exchanged without a deploy', async () => {
    const port = await serve('66666666');
    const former = await load(overTcp(port));
    assert.deepEqual(await statusCodes(), [200, 200]);
    received.length = 0;
    await served.pop()?.close();
    await serve(NEW, port);
    await until(async () => {
      flow.send('BT28', { topic: 'BT28' });
      await pause(500);
      return last(`nes-meter/${NEW}/availability`) === 'online';
    }, 'the new meter');
    assert.equal(await read(), NEW);
    checkFormerEnded(former);
    checkNewIsTold();
    assert.deepEqual(await statusCodes(), [200, 200]);
    assert.ok(!flow.caught.some(({ error }) => error?.code === 'bad-payload'));
  });

  it('marks its messages with their connection and as simulated', async () => {
    await load(SIMULATED_METER);
    const { meter } = lastOf('guard')! as unknown as {
      meter: Record<string, unknown>;
    };
    assert.equal(meter['simulated'], true);
    assert.equal(typeof meter['connection'], 'string');
    flow.send('status', { topic: 'status' });
    const reported = (): Message | undefined => flow.completed.find((msg) => sourceOf(msg) === 'status');
    await until(() => reported() !== undefined, 'the status');
    assert.equal((reported()!['meter'] as { connection: string }).connection, meter['connection']);
  });
});
