import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recipe } from '../support/docs/recipes.js';
import { decoded } from '../support/readings/decoded.js';
import { brokerAt, filledIn, readExample } from '../support/node-red/examples.js';
import { Fhem, FHEM_HOME, hasFhem } from '../support/sinks/fhem.js';
import { hasMosquitto, Mosquitto } from '../support/brokers/mosquitto.js';
import { NodeRedProcess } from '../support/node-red/node-red-process.js';
import { freePort } from '../support/ports.js';
import { until } from '../support/until.js';

const ROOT = join(__dirname, '../..');

/** What the documentation has users paste. */
const AS_CLIENT = recipe('docs/FHEM.md', 'A broker such as mosquitto, FHEM as its client');
const AS_BROKER = recipe('docs/FHEM.md', 'FHEM as the broker itself');
const ATTRIBUTES = recipe('docs/FHEM.md', 'What most people add');
/** The definitions in the text below them. */
const DEFINITIONS = [...readFileSync(join(ROOT, 'docs/FHEM.md'), 'utf8').matchAll(/`(define [^`]+)`/g)].map(
  ([, definition]) => definition!.replace(/\s+/g, ' '),
);

/** The example with its broker moved, readings that a test posts instead of its meter's, and a short time limit. */
function example(brokerPort: number): object[] {
  const own = ['mep-read-table', 'mep-status'];
  return [
    ...filledIn(
      readExample('11-fhem.json').filter(({ type }) => !own.includes(type)),
      { 'mqtt-broker': brokerAt(brokerPort), 'mep-format': { expireAfter: '4' } },
    ),
    { id: 'in', type: 'http in', z: 'nes11_tab', url: '/reading', method: 'post', wires: [['unpack', 'answer']] },
    { id: 'unpack', type: 'function', z: 'nes11_tab', func: 'return msg.payload;', wires: [['nes11_format']] },
    { id: 'answer', type: 'http response', z: 'nes11_tab', statusCode: '204', wires: [] },
  ];
}

for (const { how, paste, brokerAt } of [
  {
    how: 'as the client of a real mosquitto',
    paste: (port: number) => AS_CLIENT.replace('192.168.1.10:1883', `127.0.0.1:${port}`),
    brokerAt: 'mosquitto',
  },
  {
    how: 'as the broker itself',
    paste: (port: number) => AS_BROKER.replace('1883 global', String(port)),
    brokerAt: 'fhem',
  },
]) {
  describe(`FHEM ${how}`, () => {
    let broker: Mosquitto | undefined;
    let fhem: Fhem;
    let nodeRed: NodeRedProcess | undefined;

    before(async function () {
      if (!hasFhem || !hasMosquitto) {
        console.log(
          `      left out: no FHEM at hand; set FHEM_HOME to a checkout of it (it is ${FHEM_HOME ?? 'not set'})`,
        );
        this.skip();
      }
      if (brokerAt === 'mosquitto') broker = await Mosquitto.start();
      const port = broker?.port ?? (await freePort());
      fhem = await Fhem.start(paste(port));
      nodeRed = await NodeRedProcess.install();
      await nodeRed.start();
      await nodeRed.deploy(example(port));
    });
    after(async () => {
      await nodeRed?.remove();
      if (hasFhem) await (fhem as Fhem | undefined)?.stop();
      await broker?.stop();
    });

    async function read(table: 'BT23' | 'BT28', serial: string): Promise<void> {
      const message = decoded(table, { serial, readAt: new Date().toISOString() });
      const body = JSON.stringify(message);
      const headers = { 'Content-Type': 'application/json' };
      await fetch(`http://127.0.0.1:${nodeRed!.port}/reading`, { method: 'POST', headers, body });
    }
    const is = async (device: string, reading: string, value: string): Promise<boolean> =>
      (await fhem.readingsOf(device))?.[reading] === value;

    it('has no meter before its first reading, but knows that Node-RED is there', async () => {
      await until(() => is('nesBridge', 'availability', 'online'), 'the bridge');
      assert.deepEqual(await fhem.namesOf('MQTT2_DEVICE'), ['nesBridge']);
    });

    it('makes a device of each meter, with flat readings', async () => {
      await read('BT28', '83334000001');
      await read('BT23', '83334000001');
      await read('BT28', 'A-7');
      await until(() => is('nes_A_7', 'activePower', '399'), 'the second meter');
      const names = await fhem.namesOf('MQTT2_DEVICE');
      assert.deepEqual(names, ['nesBridge', 'nes_83334000001', 'nes_A_7']);
      const readings = (await fhem.readingsOf('nes_83334000001'))!;
      assert.equal(readings['activePower'], '399');
      assert.equal(readings['voltageL1'], '225.635');
      assert.equal(readings['activeEnergyImport'], '65845.343');
      assert.equal(readings['activeEnergyExport'], '0.179');
      assert.equal(readings['availability'], 'online');
      assert.ok(Math.abs(Date.parse(readings['timestamp']!) - Date.now()) < 60_000);
      assert.ok(
        !Object.keys(readings).some((name) => /homeassistant|config|^nes_/.test(name)),
        Object.keys(readings).join(),
      );
      assert.ok(!('activeEnergyImport' in (await fhem.readingsOf('nes_A_7'))!));
    });

    it('takes the attributes that the documentation recommends', async () => {
      assert.equal(DEFINITIONS.length, 2);
      for (const line of [...ATTRIBUTES.trim().split('\n'), ...DEFINITIONS])
        assert.equal((await fhem.command(line)).replace('Bye...', '').trim(), '');
      await read('BT28', '83334000001');
      await read('BT23', '83334000001');
      const shown = async (): Promise<string> =>
        fhem.command('{ ReadingsVal("nes_83334000001","used","") . Value("nes_83334000001") }');
      await until(async () => (await shown()).includes('399 W, 65845.343 kWh, online'), 'the state that people see');
    });

    it('forgets the measurements of a silent meter, and keeps its registers', async () => {
      await until(() => is('nes_83334000001', 'availability', 'offline'), 'offline');
      const readings = (await fhem.readingsOf('nes_83334000001'))!;
      assert.equal(readings['activePower'], 'unknown');
      assert.equal(readings['voltageL1'], 'unknown');
      assert.equal(readings['activeEnergyImport'], '65845.343');
      await read('BT28', '83334000001');
      await until(() => is('nes_83334000001', 'activePower', '399'), 'the meter is back');
      assert.ok(await is('nes_83334000001', 'availability', 'online'));
    });

    it('learns that Node-RED is gone', async () => {
      await nodeRed!.kill();
      await until(() => is('nesBridge', 'availability', 'offline'), 'the last will');
    });
  });
}
