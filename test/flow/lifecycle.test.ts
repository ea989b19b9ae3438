import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Node, NodeAPI } from 'node-red';
import { TransportError } from '../../src/errors.js';
import { serveTcp, type ServedMeter, SimulatedMeter } from '../../src/simulator/index.js';
import { NodeContext, onClose, onInput } from '../../nodes/lib/index.js';
import { Flow, type FlowNode, withNodeRed } from '../support/node-red/flow.js';
import { until } from '../support/until.js';

const KEY = '0123456789abcdefghij';

function reader(id: string, properties: object = {}): FlowNode {
  const defaults = { type: 'mep-read-table', meter: 'meter', table: 'BT28', interval: '0', wires: [['out']] };
  return { id, ...defaults, ...properties };
}

describe('One connection for many nodes, over deploys', () => {
  withNodeRed();
  let served: ServedMeter;
  let meter: SimulatedMeter;
  let config: FlowNode;
  const credentials = { meter: { key: KEY }, second: { key: KEY } };

  beforeEach(async () => {
    meter = new SimulatedMeter({ mbk: Buffer.from(KEY).subarray(0, 16) });
    served = await serveTcp({ meter, port: 0 });
    const [host, tcpPort] = served.address.split(':');
    config = { id: 'meter', type: 'mep-config', name: 'cellar', transport: 'tcp', host, tcpPort, minInterval: '0' };
  });
  afterEach(() => served.close());

  /** The number of sockets once no more are being closed. */
  async function steadySockets(): Promise<number> {
    for (let [count, times] = [openSockets(), 0]; ; times++) {
      if (times === 10) return count;
      await pause(20);
      if (openSockets() !== count) [count, times] = [openSockets(), 0];
    }
  }
  const openSockets = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;

  it('opens one port for all nodes of a meter', async () => {
    const sockets = await steadySockets();
    const flow = await Flow.load([config, reader('one'), reader('two'), reader('three')], credentials);
    for (const id of ['one', 'two', 'three']) await flow.ask(id, {});
    assert.deepEqual(flow.caught, []);
    // Both ends of the one connection are in this process.
    assert.equal((await steadySockets()) - sockets, 2);
  });

  it('reports the state of the connection to all its nodes', async () => {
    const flow = await Flow.load([config, reader('one'), reader('two')], credentials);
    await until(
      () => ['one', 'two'].every((id) => flow.lastStatus(id) === 'node-red:common.status.connected'),
      'both connected',
    );
    await served.close();
    await until(
      () => ['one', 'two'].every((id) => /status\.(connection-lost|host-refused)$/.test(flow.lastStatus(id) ?? '')),
      'both lost',
    );
  });

  it('opens no port when no node uses it, and closes it when the last one goes', async () => {
    const sockets = await steadySockets();
    const flow = await Flow.load([config], credentials);
    await pause(50);
    assert.equal(openSockets(), sockets);
    await flow.redeploy([config, reader('one')], 'nodes', credentials);
    await flow.ask('one', {});
    await flow.redeploy([config], 'nodes', credentials);
    await until(() => openSockets() === sockets, 'the port to close');
  });

  it('reports to a second connection which connection has the port open', async () => {
    const second = { ...config, id: 'second', name: 'attic' };
    const flow = await Flow.load([config, second, reader('one'), reader('two', { meter: 'second' })], credentials);
    await flow.ask('one', {});
    const caught = await flow.ask('two', {});
    assert.equal(caught.error?.code, 'port-busy');
    await flow.redeploy([second, reader('two', { meter: 'second' })], 'nodes', credentials);
    const next = await flow.ask('two', {});
    assert.equal(next.error, undefined, 'free when the other is deleted');
  });

  it('ends a reading under way when its node is deleted, once and without harm', async () => {
    const flow = await Flow.load([config, reader('one')], credentials);
    await flow.ask('one', {});
    flow.send('one', { mine: 'cut off' });
    await flow.redeploy([config], 'nodes', credentials);
    await pause(500);
    assert.equal(flow.out.length, 1);
  });

  it('leaves nothing behind after 50 deploys', async () => {
    const nodes = [config, reader('one', { interval: '1' }), reader('two')];
    const flow = await Flow.load(nodes, credentials);
    await flow.ask('two', {});
    const before = census();
    for (let i = 0; i < 50; i++) {
      flow.send('two', {});
      // Each deploy interrupts another step: the opening, the first request, a later one.
      await pause((i % 10) * 15);
      await flow.redeploy(nodes, i % 2 === 0 ? 'full' : 'flows', credentials);
    }
    await flow.ask('two', {});
    await until(() => isDeepStrictEqual(census(), before), 'all that was held before, and no more', { seen: census });
    assert.ok(meter.counters.requests > 30, String(meter.counters.requests));
  });

  /** Ports, timers and listeners of this process that must not be left behind. */
  function census(): object {
    const kinds = process.getActiveResourcesInfo();
    return {
      sockets: kinds.filter((kind) => kind === 'TCPSocketWrap').length,
      rejections: process.listenerCount('unhandledRejection'),
      exits: process.listenerCount('exit'),
      // Some timers belong to a reading or a pause; there must not be one for each deploy.
      hasManyTimers: kinds.filter((kind) => kind === 'Timeout').length > 12,
    };
  }
});

/** A node with the methods that the helpers use. */
class FakeNode {
  readonly listeners = new Map<string, (...args: never[]) => void>();
  readonly warnings: unknown[] = [];
  readonly statuses: unknown[] = [];
  on(event: string, listener: (...args: never[]) => void): void {
    this.listeners.set(event, listener);
  }
  warn(warning: unknown): void {
    this.warnings.push(warning);
  }
  status(status: unknown): void {
    this.statuses.push(status);
  }
  get asNode(): Node {
    return this as unknown as Node;
  }
}

const RED = { _: (key: string) => key } as unknown as NodeAPI;

describe('onInput', () => {
  type Listener = (msg: object, send: () => void, done: (error?: Error) => void) => void;

  async function complete(handler: () => Promise<void> | void): Promise<(Error | undefined)[]> {
    const node = new FakeNode();
    const completions: (Error | undefined)[] = [];
    onInput(new NodeContext(RED, node.asNode, {}), handler);
    const listener = node.listeners.get('input') as unknown as Listener;
    assert.equal(listener.length, 3, 'Node-RED counts completions only of listeners with three parameters');
    listener(
      {},
      () => undefined,
      (error) => completions.push(error),
    );
    await pause(5);
    return completions;
  }

  it('completes once when all went well', async () => {
    assert.deepEqual(await complete(() => Promise.resolve()), [undefined]);
  });

  for (const [how, handler] of [
    ['rejects', () => Promise.reject(new TransportError('port-busy', 'taken'))],
    [
      'throws',
      () => {
        throw new TransportError('port-busy', 'taken');
      },
    ],
  ] as const) {
    it(`completes once with code and text when the handler ${how}`, async () => {
      const [error, ...more] = await complete(handler);
      assert.deepEqual(more, []);
      assert.ok(error && Object.hasOwn(error, 'code'));
      assert.equal((error as Error & { code: string }).code, 'port-busy');
      assert.equal(String(error), '@nes-meter/node-red-nes-meter/mep-config:errors.port-busy');
    });
  }

  it('reports an exception that is not an error of ours as unexpected', async () => {
    const [error] = await complete(() => Promise.reject(new TypeError('oops')));
    assert.equal((error as Error & { code: string }).code, 'unexpected');
  });

  it('survives a completion that throws', async () => {
    const node = new FakeNode();
    onInput(new NodeContext(RED, node.asNode, {}), () => undefined);
    (node.listeners.get('input') as unknown as Listener)(
      {},
      () => undefined,
      () => {
        throw new Error('a hook of somebody else');
      },
    );
    await pause(5);
    assert.equal(node.warnings.length, 1);
  });
});

describe('onClose', () => {
  type Listener = (removed: boolean, done: () => void) => void;

  async function close(work: (removed: boolean) => Promise<void> | void, limitMs = 1_000): Promise<FakeNode> {
    const node = new FakeNode();
    onClose(new NodeContext(RED, node.asNode, {}), work, limitMs);
    const listener = node.listeners.get('close') as unknown as Listener;
    assert.equal(listener.length, 2, 'Node-RED awaits only listeners that take done');
    await new Promise<void>((resolve) => {
      listener(true, resolve);
    });
    return node;
  }

  it('waits for the work and passes on whether the node is removed', async () => {
    const removals: boolean[] = [];
    await close(async (removed) => {
      await pause(20);
      removals.push(removed);
    });
    assert.deepEqual(removals, [true]);
  });

  it('goes on when the work never ends', async () => {
    const closed = close(() => new Promise(() => undefined), 50).then(() => 'closed');
    // Without the limit it would take five seconds. Timers of a process fire in order, however busy the machine is.
    assert.equal(await Promise.race([closed, pause(4_000, 'too late', { ref: false })]), 'closed');
  });

  it('continues when the work fails, and reports it', async () => {
    const node = await close(() => Promise.reject(new Error('stuck')));
    assert.equal(node.warnings.length, 1);
  });
});
