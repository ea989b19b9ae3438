import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decoded } from '../support/readings/decoded.js';
import { filledIn, observed, readExample } from '../support/node-red/examples.js';
import { formatOf, snapshotOf } from '../support/readings/format-stage.js';
import { freePort } from '../support/ports.js';
import type { EmbeddedBroker, Published } from '../support/brokers/mqtt-broker.js';
import { withBrokerStage } from '../support/node-red/broker-stage.js';
import type { NodeRedProcess } from '../support/node-red/node-red-process.js';
import { until } from '../support/until.js';

type Fields = Record<string, unknown>;

describe('Example flows for FHEM, Homey and what knows the ESP32 module', () => {
  let broker: EmbeddedBroker;
  let nodeRed: NodeRedProcess;

  withBrokerStage((stage) => {
    ({ broker, nodeRed } = stage);
  });

  /** Deploys an example with the properties that a user sets, its meter read every second. */
  async function run(file: string, properties: Record<string, object> = {}): Promise<void> {
    const hurried = { 'mep-config': { minInterval: 0 }, 'mep-read-table': { interval: 1 } };
    broker.published.length = 0;
    await nodeRed.deploy(observed(filledIn(readExample(file), hurried, properties), broker.port));
  }
  const on = (topic: RegExp): Published[] => broker.published.filter((message) => topic.test(message.topic));
  const lastOn = (topic: RegExp): Fields => JSON.parse(on(topic).at(-1)?.payload ?? '{}') as Fields;
  /** The answer to a request, of a format that answers requests, after readings of a meter. */
  const answerOf = (format: string, path = '/getDashDataWS'): string => {
    const meter = snapshotOf(decoded('BT23'), decoded('BT28'));
    return formatOf(format).answer!(meter, { method: 'GET', path }, new Date()).payload;
  };
  /** Stops the readings, as a meter does that no longer responds. */
  async function silence(file: string, properties: Record<string, object> = {}): Promise<void> {
    const silent = { 'mep-read-table': { interval: 0 } };
    await nodeRed.deploy(observed(filledIn(readExample(file), silent, properties), broker.port));
  }

  it('11-fhem publishes one flat object, and that the meter and Node-RED are there', async () => {
    const impatient = { nes11_format: { expireAfter: '6' } };
    await run('11-fhem.json', impatient);
    await until(
      () => 'activeEnergyImport' in lastOn(/^nes\/\d+\/state$/) && 'activePower' in lastOn(/^nes\/\d+\/state$/),
      'both tables',
    );
    const state = lastOn(/^nes\/\d+\/state$/);
    assert.equal(state['availability'], 'online');
    assert.equal(typeof state['activePower'], 'number');
    assert.ok((state['activeEnergyImport'] as number) > 0);
    assert.ok(Math.abs(Date.parse(String(state['timestamp'])) - Date.now()) < 60_000);
    assert.equal((await broker.firstOn(/^nes\/bridge\/availability$/)).payload, 'online');
    assert.deepEqual(on(/^homeassistant/), []);
    await silence('11-fhem.json', impatient);
    await until(() => lastOn(/^nes\/\d+\/state$/)['availability'] === 'offline', 'offline');
    assert.equal(lastOn(/^nes\/\d+\/state$/)['activePower'], 'unknown');
  });

  it('12-homey-homewizard answers as a P1 meter, and not before it was read', async () => {
    const port = await freePort();
    const asked = { nes12_http: { port: String(port), host: '127.0.0.1', announce: false, expireAfter: '6' } };
    await run('12-homey-homewizard.json', asked);
    const data = (): Promise<Response | undefined> =>
      fetch(`http://127.0.0.1:${port}/api/v1/data`).catch(() => undefined);
    const statuses: (number | undefined)[] = [];
    await until(async () => {
      statuses.push((await data())?.status);
      return statuses.at(-1) === 200;
    }, 'the first data');
    assert.ok(statuses.every((status) => status === undefined || status === 503 || status === 200));
    const values = (await (await data())!.json()) as Record<string, number>;
    assert.ok(values['total_power_import_kwh']! > 0);
    const phases = [1, 2, 3].map((phase) => values[`active_power_l${phase}_w`]!);
    assert.ok(Math.abs(values['active_power_w']! - phases.reduce((sum, power) => sum + power)) <= 3);
    const identity = (await (await fetch(`http://127.0.0.1:${port}/api`)).json()) as Fields;
    assert.equal(identity['product_type'], 'HWE-P1');
    await silence('12-homey-homewizard.json', asked);
    await until(async () => (await data())?.status === 503, 'the end of the data');
  });

  it('13-homey-mqtt publishes a Homie device and flat JSON, retained', async () => {
    const impatient = { nes13_homie: { expireAfter: '6' }, nes13_json: { expireAfter: '6' } };
    await run('13-homey-mqtt.json', impatient);
    const has = (name: string): string | undefined => on(new RegExp(`^homie/nes-meter/${name}$`)).at(-1)?.payload;
    await until(
      () => has('total/measure-power') !== undefined && has('total/meter-power') !== undefined,
      'both tables',
    );
    await until(() => has('\\$state') === 'ready', 'ready');
    assert.equal(has('\\$homie'), '4.0.0');
    assert.equal(has('\\$nodes'), 'total,l1,l2,l3');
    assert.ok(Number(has('total/meter-power')) > 0);
    assert.ok(Number(has('l1/measure-voltage')) > 200);
    await until(() => 'activeEnergyImport' in lastOn(/^nes\/\d+\/state$/), 'the JSON');
    await silence('13-homey-mqtt.json', impatient);
    await until(() => has('\\$state') === 'lost', 'lost');
    await until(() => on(/^nes\/\d+\/availability$/).at(-1)?.payload === 'offline', 'offline');
  });

  it('14-dabbler-compatible publishes and answers as the module', async () => {
    const port = await freePort();
    const asked = { nes14_http: { port: String(port), host: '127.0.0.1' }, nes14_mqttformat: { expireAfter: '6' } };
    await run('14-dabbler-compatible.json', asked);
    const topics = ['sensors', 'meterConsumptionTotal', 'meterConsumptionFwd', 'meterConsumptionRev', 'frequency'];
    for (const topic of topics) await broker.firstOn(new RegExp(`^dabbler/${topic}/mydatajson$`));
    const total = lastOn(/^dabbler\/meterConsumptionTotal/);
    assert.ok(Number.isInteger(total['Fwd_Act_Wh']) && (total['Fwd_Act_Wh'] as number) > 0);
    const { L1_RMS_V: voltage } = lastOn(/^dabbler\/sensors/);
    assert.ok(Number.isInteger(voltage) && (voltage as number) > 200_000, 'mV');
    assert.equal(on(/^dabbler\/lwt$/).at(-1)?.payload, 'Online');
    assert.equal(broker.published.find(({ topic }) => topic.startsWith('dabbler/'))?.topic, 'dabbler/lwt');
    const dash = (await (await fetch(`http://127.0.0.1:${port}/getDashDataWS`)).json()) as Fields;
    assert.ok(Number.isInteger(dash['Fwd_Act_Wh']) && String(dash['Utility_SN']).length > 0);
    await silence('14-dabbler-compatible.json', asked);
    await until(() => on(/^dabbler\/lwt$/).at(-1)?.payload === 'Offline', 'Offline');
  });

  it('15-from-esp32 shows a module in Home Assistant, without zeros before a reading', async () => {
    const read = answerOf('dabbler-http').replace(/"Utility_SN":"[^"]*"/, '"Utility_SN":"55"');
    let answer = read.replace(/:-?\d+(?=[,}])/g, ':0');
    // The module's clock runs on: with a stopped clock a reading would not count as new.
    const withTime = (text: string): string =>
      text.replace(/"CurrentDateTime":"[^"]*"/, `"CurrentDateTime":"${new Date().toISOString()}"`);
    const module = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(withTime(answer));
    }).listen(0, '127.0.0.1');
    await once(module, 'listening');
    const { port } = module.address() as AddressInfo;
    await run('15-from-esp32.json', {
      nes15_tick: { repeat: '0.5', onceDelay: '0.1' },
      nes15_ask: { url: `http://127.0.0.1:${port}/getDashDataWS` },
      nes15_json: { serial: '66' },
    });
    await broker.firstOn(/^debug\/nes15_dbgerr$/);
    assert.deepEqual(on(/^(nes-meter\/\d|homeassistant)/), []);
    answer = read;
    await until(() => 'activeEnergyImport' in lastOn(/^nes-meter\/55\/state$/), 'the module in Home Assistant');
    const state = lastOn(/^nes-meter\/55\/state$/);
    assert.deepEqual(
      [state['activeEnergyImport'], state['activePower'], state['voltageL3']],
      [65845.343, 399, 227.779],
    );
    await broker.publish('dabbler/frequency/mydatajson', '{"Freq_mHz":49987}');
    await until(() => lastOn(/^nes-meter\/66\/state$/)['frequency'] === 49.987, 'a topic of the module');
    module.close();
    module.closeAllConnections();
    broker.published.length = 0;
  });

  it('log no errors', () => {
    assert.deepEqual(on(/err$/), []);
    assert.ok(!/\[error\]/.test(nodeRed.log), nodeRed.log);
  });
});
