import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { EmbeddedBroker } from '../support/brokers/mqtt-broker.js';
import { run } from '../support/cache.js';
import { Homebridge } from '../support/consumers/homebridge.js';
import { IoBroker } from '../support/consumers/iobroker.js';
import { npmConsumers, scriptOf } from '../support/consumers/npm-consumers.js';
import { hasSocat } from '../support/line/pty-pair.js';
import { brokerAt, filledIn, readExample } from '../support/node-red/examples.js';
import { parseTelegram } from '../support/sinks/dsmr-parser.js';
import { ServedReadings } from '../support/sinks/served-readings.js';
import { until } from '../support/until.js';

describe('Programs from npm that read what we send', () => {
  let folder: string;
  let served: ServedReadings;
  let broker: EmbeddedBroker;
  before(async () => {
    broker = await EmbeddedBroker.start();
    const homie = filledIn(readExample('11-fhem.json'), {
      'mqtt-broker': brokerAt(broker.port),
      'mep-format': { format: 'homie', expireAfter: '0' },
    });
    const started = ServedReadings.start({}, { nodes: homie, targets: ['nes11_format'] });
    [folder, served] = await Promise.all([npmConsumers(), started]);
    await served.read();
  });
  after(async () => {
    await (served as ServedReadings | undefined)?.stop();
    await (broker as EmbeddedBroker | undefined)?.stop();
  });

  it('homewizard-energy-api reads the device, all values and the telegram', async () => {
    const text = await run(process.execPath, [scriptOf('homewizard-api'), folder, served.homeWizard]);
    const { basic, data, telegram, identify, system } = JSON.parse(text) as {
      telegram: string;
    } & Record<'basic' | 'data' | 'identify' | 'system', Record<string, unknown>>;
    assert.equal(basic['product_type'], 'HWE-P1');
    assert.deepEqual(
      [data['active_power_w'], data['total_power_import_kwh'], data['active_voltage_l3_v']],
      [399, 65845.343, 227.779],
    );
    assert.equal(parseTelegram(telegram).objects['electricity delivered tariff 1'], 65845.343);
    assert.deepEqual([identify, system], [{ identify: 'ok' }, { cloud_enabled: false }]);
  });

  it('p1-reader reads telegrams from a serial port', async function () {
    if (!hasSocat) this.skip();
    const directory = await mkdtemp(join(tmpdir(), 'p1-'));
    const port = join(directory, 'port');
    const socat: ChildProcess = spawn('socat', [`pty,raw,echo=0,link=${port}`, `tcp:127.0.0.1:${served.dsmr5}`]);
    try {
      await until(() => existsSync(port), 'the serial port');
      const reading = JSON.parse(await run(process.execPath, [scriptOf('p1-reader'), folder, port])) as {
        timestamp: string;
        electricity: {
          received: { tariff1: object; actual: object };
          delivered: { tariff1: object };
          instantaneous: { voltage: Record<string, object> };
        };
      };
      const { received, delivered, instantaneous } = reading.electricity;
      assert.deepEqual(received.tariff1, { reading: 65845.343, unit: 'kWh' });
      assert.deepEqual(received.actual, { reading: 0.399, unit: 'kW' });
      assert.deepEqual(delivered.tariff1, { reading: 0.179, unit: 'kWh' });
      // It cuts off the decimals.
      assert.deepEqual(instantaneous.voltage['L1'], { reading: 225, unit: 'V' });
    } finally {
      const ended = once(socat, 'exit');
      if (socat.exitCode === null && socat.kill()) await ended;
      await rm(directory, { recursive: true });
    }
  });

  it('Homebridge shows the power through its plugin for HomeWizard', async () => {
    const homebridge = await Homebridge.start(folder, new URL(served.homeWizard).host);
    try {
      let levels: Readonly<Record<string, unknown>> = {};
      const isShown = async (): Promise<boolean> => {
        levels = await homebridge.levels();
        return levels['Power Consumption'] === 399;
      };
      await until(isShown, 'the power', { seen: () => levels });
      // It has no level below this one: nothing is exported.
      assert.equal(levels['Power Return'], 0.0001);
    } finally {
      await homebridge.stop();
    }
  });

  it('the MQTT client of ioBroker has each value of Homie as a state', async () => {
    // As the page about other programs has it.
    const settings = { host: '127.0.0.1', port: broker.port, subscriptions: 'homie/#', inbox: '' };
    const ioBroker = await IoBroker.start(folder, settings);
    try {
      const top = 'mqtt-client.0.homie.nes-83334000001';
      const expected = { 'total.measure-power': 399, 'total.meter-power': 65845.343, 'l1.measure-voltage': 225.635 };
      const values = (): object =>
        Object.fromEntries(Object.keys(expected).map((name) => [name, Number(ioBroker.states.get(`${top}.${name}`))]));
      const seen = async (): Promise<unknown> => [[...ioBroker.states], (await ioBroker.log()).slice(-2_000)];
      await until(() => isDeepStrictEqual(values(), expected), 'the values', { seen });
    } finally {
      await ioBroker.stop();
    }
  });
});
