import assert from 'node:assert/strict';
import { FORMATS } from '../../src/publish/formats.js';
import { HTTP_FORMATS } from '../../src/publish/format-settings.js';
import { Flow, type FlowNode, type Message, SIMULATED_METER, withNodeRed } from '../support/node-red/flow.js';
import { cloned } from '../support/node-red/util.js';
import { freePort, listening } from '../support/ports.js';
import { decoded, SERIAL } from '../support/readings/decoded.js';
import { intervals, listOf } from '../support/readings/history.js';
import { until } from '../support/until.js';

/** Formats whose messages have a place that says that the meter is simulated. */
const MARKING = ['json', 'fhem', 'homie'];
const NEUTRAL = { idx: '1', expireAfter: '180', wires: [['out']] };
const DAY = intervals('2025-11-30T23:15:00Z', 8);

const simulated = <Msg extends object>(msg: Msg): Msg => ({
  ...msg,
  meter: { ...(msg as { meter?: object }).meter, simulated: true },
});
const report = simulated({ payload: { state: 'unreachable' }, meter: { serial: SERIAL } });
const READINGS = [simulated(decoded('BT28')), simulated(decoded('BT23'))];

describe('Readings of a simulated meter', () => {
  let flow: Flow;
  afterEach(() => flow.redeploy([], 'nodes'));
  withNodeRed();

  const codes = (): unknown[] => flow.caught.map(({ error }) => error?.code);
  const texts = (): string[] => flow.out.map(({ topic, payload }) => JSON.stringify([topic, payload]));

  async function receive(id: string, ...messages: readonly object[]): Promise<void> {
    const handled = (): number => flow.completed.length + flow.caught.length;
    const target = handled() + messages.length;
    for (const msg of messages) flow.send(id, cloned(msg));
    await until(() => handled() >= target, 'the messages to be handled', { seen: () => [flow.caught, flow.completed] });
  }

  for (const { name, create } of FORMATS) {
    const { onReading, history } = create({ idx: '1' });
    if (onReading === undefined) continue;
    const node = (properties: object): FlowNode => ({
      ...{ id: 'format', type: 'mep-format', format: name, ...NEUTRAL },
      ...properties,
    });

    if (MARKING.includes(name)) {
      it(`are marked in ${name}`, async () => {
        flow = await Flow.load([node({})]);
        await receive('format', ...READINGS);
        assert.deepEqual(codes(), []);
        assert.ok(
          texts().some((text) => /simulated/.test(text)),
          texts().join('\n'),
        );
        const before = flow.out.length;
        await receive('format', ...[decoded('BT28'), decoded('BT23')].map(ofAnother));
        const marked = texts()
          .slice(before)
          .filter((text) => /simulated/.test(text));
        assert.deepEqual(marked, [], 'a real meter is not marked');
      });
      continue;
    }

    it(`are refused in ${name}, until the node allows them`, async () => {
      flow = await Flow.load([node({})]);
      await receive('format', report, ...READINGS, report);
      assert.deepEqual(codes(), ['simulated-meter', 'simulated-meter']);
      assert.deepEqual(flow.out, []);
      await receive('format', decoded('BT28'), decoded('BT23'));
      assert.equal(codes().length, 2);
      const real = texts().length;
      assert.ok(real > 0, 'those of a real meter pass');
      await receive('format', ...READINGS, report);
      assert.equal(texts().length, real, 'the real meter does not become silent either');
      await flow.redeploy([node({ allowSimulated: true })]);
      const refused = codes().length;
      await receive('format', ...READINGS);
      assert.equal(codes().length, refused);
      assert.ok(texts().length > real);
    });

    if (history === undefined) continue;
    it(`are refused in ${name} as history too`, async () => {
      flow = await Flow.load([node({})]);
      await receive('format', simulated(DAY[0]!), simulated(listOf(DAY)));
      assert.deepEqual(codes(), ['simulated-meter', 'simulated-meter']);
      assert.deepEqual(flow.out, []);
      await receive('format', listOf(DAY));
      assert.ok(flow.out.length > 0);
    });
  }

  it('are refused as statistics of Home Assistant', async () => {
    flow = await Flow.load([{ id: 'format', type: 'mep-format', format: 'ha-statistics', ...NEUTRAL }]);
    await receive('format', simulated(listOf(DAY)));
    assert.deepEqual(codes(), ['simulated-meter']);
    assert.deepEqual(flow.out, []);
  });

  for (const format of HTTP_FORMATS) {
    it(`are not served as ${format}, until the node allows them`, async () => {
      const port = await freePort();
      const server = { id: 'server', type: 'mep-http-server', format, host: '127.0.0.1', port: String(port) };
      const path = format === 'homewizard' ? '/api/v1/data' : '/getDashDataWS';
      const status = async (): Promise<number> => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
      flow = await Flow.load([server]);
      await listening(port);
      await receive('server', ...READINGS);
      assert.deepEqual(codes(), ['simulated-meter', 'simulated-meter']);
      assert.equal(await status(), 503);
      await flow.redeploy([{ ...server, allowSimulated: true }]);
      await listening(port);
      await receive('server', ...READINGS);
      assert.equal(await status(), 200);
    });
  }

  it('name their device in Home Assistant so, and a real meter replaces it', async () => {
    flow = await Flow.load([{ id: 'ha', type: 'mep-ha-discovery', wires: [['out']] }]);
    await receive('ha', READINGS[0]!);
    const config = (): { device: { name: string } } =>
      JSON.parse(String(configs().at(-1)?.payload)) as { device: { name: string } };
    const configs = (): Message[] =>
      flow.out.filter(({ topic }) => topic === `homeassistant/device/nes_${SERIAL}/config`);
    assert.equal(config().device.name, `Electricity meter ${SERIAL} (simulated)`);
    flow.out.length = 0;
    await receive('ha', decoded('BT28', { readAt: '2026-11-20T12:00:05Z' }));
    assert.deepEqual(
      configs().map(({ payload }) => payload === ''),
      [true, false],
      'withdrawn, then announced anew',
    );
    assert.equal(config().device.name, `Electricity meter ${SERIAL}`);
  });

  it('stay marked through the decode nodes', async () => {
    flow = await Flow.load([
      SIMULATED_METER,
      ...['BT23', 'BT28'].flatMap((table) => [
        { id: table, type: 'mep-read-table', meter: 'meter', table, interval: '0', wires: [[`decode-${table}`]] },
        { id: `decode-${table}`, type: `mep-decode-${table.toLowerCase()}`, wires: [['out']] },
      ]),
      { id: 'any', type: 'mep-read-table', meter: 'meter', table: 'ET03', interval: '0', wires: [['decode-any']] },
      { id: 'decode-any', type: 'mep-decode-table', table: '', wires: [['out']] },
      { id: 'json', type: 'mep-decode-json', serial: '', wires: [['out']] },
    ]);
    for (const id of ['BT23', 'BT28', 'any']) flow.send(id, {});
    flow.send('json', { payload: '{"Fwd_Act_Wh":5000}', topic: 'dabbler/x/mydatajson', meter: { simulated: true } });
    await until(() => flow.out.length === 4, 'four messages', { seen: () => [flow.out.length, flow.caught] });
    const marks = flow.out.map(({ meter }) => (meter as { simulated?: unknown }).simulated);
    assert.deepEqual(marks, [true, true, true, true]);
  });

  it('of its history are marked', async () => {
    flow = await Flow.load([
      SIMULATED_METER,
      { id: 'history', type: 'mep-history', meter: 'meter', what: 'intervals', interval: '0', wires: [['out'], []] },
    ]);
    flow.send('history', {});
    await until(() => flow.out.length > 0, 'an interval', { seen: () => flow.caught });
    assert.ok(flow.out.every(({ meter }) => (meter as { simulated?: unknown }).simulated === true));
  });
});

function ofAnother<Msg extends { readonly meter: object }>(msg: Msg): Msg {
  return { ...msg, meter: { ...msg.meter, serial: '55555' } };
}
