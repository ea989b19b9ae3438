import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { decoded } from '../support/readings/decoded.js';
import { Flow, withNodeRed } from '../support/node-red/flow.js';
import { formatOf, snapshotOf } from '../support/readings/format-stage.js';
import { freePort } from '../support/ports.js';
import { until } from '../support/until.js';

const GROUP = '224.0.0.251';
const PORT = 5353;

/** The question of an app that looks for P1 meters: PTR of `_hwenergy._tcp.local`. */
const QUESTION = Buffer.concat([
  Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
  ...['_hwenergy', '_tcp', 'local'].map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`)),
  Buffer.from([0, 0, 12, 0, 1]),
]);

/** Unique for this process: another one on this network may announce a meter too. */
const SERIAL = `8333${String(process.pid).padStart(7, '0')}`;
const NAME = formatOf('homewizard').announcement?.(snapshotOf(decoded('BT28', { serial: SERIAL }))).name ?? '';

describe('The announcement of mep-http-server on a real network', () => {
  withNodeRed();
  let app: Socket;
  const answers: string[] = [];

  before(async function () {
    app = createSocket({ type: 'udp4', reuseAddr: true });
    app.on('message', (packet) => {
      const isAnswer = (packet[2] ?? 0) >= 0x80;
      if (isAnswer) answers.push(packet.toString('latin1'));
    });
    app.bind(PORT);
    await once(app, 'listening');
    try {
      app.addMembership(GROUP);
    } catch (error) {
      console.log(`      left out: this machine has no network for multicast (${String(error)})`);
      this.skip();
    }
  });
  after(() => {
    app.close();
  });

  it('is found as apps look for it, once the meter is known', async () => {
    const port = String(await freePort());
    const node = { id: 'server', type: 'mep-http-server', format: 'homewizard', port, announce: true };
    const flow = await Flow.load([node]);
    /** Sends the question. @returns true if an answer came soon */
    async function isAnswered(): Promise<boolean> {
      answers.length = 0;
      app.send(QUESTION, PORT, GROUP);
      await pause(500);
      return answers.some((answer) => answer.includes(NAME));
    }
    assert.ok(!(await isAnswered()), 'nothing is announced before the first reading');
    flow.send('server', decoded('BT28', { serial: SERIAL }));
    const theAnswer = (): string | undefined =>
      answers.find((text) => text.includes(NAME) && text.includes('product_type'));
    await until(async () => (await isAnswered()) && theAnswer() !== undefined, 'an answer', { seen: () => answers });
    const answer = theAnswer() ?? '';
    for (const text of ['api_enabled=1', 'path=/api/v1', 'serial=02', 'product_name=P1 meter', 'product_type=HWE-P1']) {
      assert.ok(answer.includes(text), text);
    }
    await flow.redeploy([], 'nodes');
    // Its goodbye packet may still arrive.
    await until(async () => !(await isAnswered()), 'the silence of a node that is gone', { seen: () => answers });
  });
});
