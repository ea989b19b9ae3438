import assert from 'node:assert/strict';
import type { Node, NodeAPI } from 'node-red';
import { NodeMemory } from '../../../nodes/lib/memory.js';
import { NodeContext } from '../../../nodes/lib/node-context.js';
import { onClose } from '../../../nodes/lib/node-events.js';

/** The warnings in the log during all tests. */
const warnings: string[] = [];

type Stores = Record<string, Map<string, unknown>>;

/** The part of Node-RED that a node's memory uses; `default` is the store if none is named. */
function nodeRed(contextStorage: object | undefined, stores: Stores, byDefault: string): { RED: NodeAPI; node: Node } {
  const storeOf = (name: string | undefined): Map<string, unknown> => (stores[name ?? byDefault] ??= new Map());
  const context = {
    get: (key: string, store: string | undefined, done: (error: null, value: unknown) => void) => {
      done(null, storeOf(store).get(key));
    },
    set: (key: string, value: unknown, store: string | undefined, done: (error: null) => void) => {
      storeOf(store).set(key, value);
      done(null);
    },
  };
  const RED = {
    settings: { contextStorage },
    log: { warn: (text: string) => warnings.push(text) },
    _: (key: string) => key,
  };
  const node = { id: `node ${Math.random()}`, context: () => context, warn: () => undefined };
  return { RED: RED as unknown as NodeAPI, node: node as unknown as Node };
}

const recall = (kept: unknown): unknown => kept;
const FILE = { module: 'localfilesystem' };
const MEMORY = { module: 'memory' };

describe('What nodes remember', () => {
  const cases: readonly [string, object | undefined, string, string, string][] = [
    [
      'the persistent store beside a volatile default',
      { default: 'memoryOnly', memoryOnly: MEMORY, file: FILE },
      'memoryOnly',
      '',
      'file',
    ],
    ['a default that is persistent', { default: FILE, other: FILE }, 'default', '', 'default'],
    ['a default that is the name of a persistent store', { default: 'file', a: FILE, file: FILE }, 'file', '', 'file'],
    ['the first store where none is the default', { file: FILE, memoryOnly: MEMORY }, 'file', '', 'file'],
    ["a module of one's own", { default: MEMORY, redis: { module: (): object => ({}) } }, 'default', '', 'redis'],
    ['the store that the node names', { default: FILE, second: FILE }, 'default', 'second', 'second'],
    ['the default where all forget', { default: MEMORY }, 'default', '', 'default'],
    ['the default where nothing is set', undefined, 'memory', '', 'memory'],
  ];
  for (const [title, contextStorage, byDefault, contextStore, expected] of cases) {
    it(`goes to ${title}`, async () => {
      const stores: Stores = {};
      const { RED, node } = nodeRed(contextStorage, stores, byDefault);
      await new NodeMemory(new NodeContext(RED, node, { contextStore }), 'meters').keep([7]);
      assert.deepEqual(Object.keys(stores), [expected]);
      assert.deepEqual(await new NodeMemory(new NodeContext(RED, node, { contextStore }), 'meters').load(recall), [7]);
    });
  }

  it('is written before a removed node has closed: Node-RED deletes the files then', async () => {
    const { RED, node } = nodeRed({ default: FILE }, {}, 'default');
    const events: string[] = [];
    let endWrite = (): void => undefined;
    const slow = {
      ...node.context(),
      set: (_key: string, _value: unknown, _store: string | undefined, done: (error: null) => void) => {
        endWrite = () => {
          events.push('written');
          done(null);
        };
      },
    };
    let close: (isRemoved: boolean, done: () => void) => void = () => undefined;
    const slowNode = Object.assign(node, {
      context: () => slow,
      on: (_event: string, listener: typeof close) => {
        close = listener;
      },
    });
    const context = new NodeContext(RED, slowNode, {});
    onClose(context, () => undefined);
    void new NodeMemory(context, 'meters').keep([7]);
    const closed = new Promise<void>((resolve) => {
      close(true, () => {
        events.push('closed');
        resolve();
      });
    });
    await new Promise((resolve) => setImmediate(resolve));
    endWrite();
    await closed;
    assert.deepEqual(events, ['written', 'closed']);
  });

  it('is not written by work that ends after its node has closed', async () => {
    for (const isRemoved of [true, false]) {
      const stores: Stores = {};
      const { RED, node } = nodeRed({ default: FILE }, stores, 'default');
      let close: (isRemoved: boolean, done: () => void) => void = () => undefined;
      const closable = Object.assign(node, {
        on: (_event: string, listener: typeof close) => {
          close = listener;
        },
      });
      const context = new NodeContext(RED, closable, {});
      onClose(context, () => undefined);
      const memory = new NodeMemory(context, 'meters');
      await memory.keep([7]);
      await new Promise<void>((resolve) => {
        close(isRemoved, resolve);
      });
      await memory.keep([8]);
      assert.deepEqual(await new NodeMemory(new NodeContext(RED, node, {}), 'meters').load(recall), [7]);
    }
  });

  it('is found where an earlier version left it', async () => {
    const stores: Stores = { memoryOnly: new Map([['meters', ['old']]]) };
    const { RED, node } = nodeRed({ default: 'memoryOnly', memoryOnly: MEMORY, file: FILE }, stores, 'memoryOnly');
    assert.deepEqual(await new NodeMemory(new NodeContext(RED, node, {}), 'meters').load(recall), ['old']);
    await new NodeMemory(new NodeContext(RED, node, {}), 'meters').keep(['new']);
    assert.deepEqual(await new NodeMemory(new NodeContext(RED, node, {}), 'meters').load(recall), ['new']);
  });

  it('is moved from there, so that it does not come back', async () => {
    const stores: Stores = { default: new Map([['meters', ['old']]]) };
    const { RED, node } = nodeRed({ default: FILE, second: FILE }, stores, 'default');
    const memory = new NodeMemory(new NodeContext(RED, node, { contextStore: 'second' }), 'meters');
    assert.deepEqual(await memory.load(recall), ['old']);
    assert.deepEqual([stores['default']?.get('meters'), stores['second']?.get('meters')], [undefined, ['old']]);
    await memory.keep(undefined);
    assert.equal(await memory.load(recall), undefined);
  });

  it('is lost with a restart only where the log reports it, once', async () => {
    const before = warnings.length;
    const persistent = nodeRed({ default: 'm', m: MEMORY, file: FILE }, {}, 'm');
    await new NodeMemory(new NodeContext(persistent.RED, persistent.node, {}), 'meters').keep(1);
    assert.equal(warnings.length, before);
    const forgetful = nodeRed({ default: MEMORY }, {}, 'default');
    for (const name of ['meters', 'others', 'meters']) {
      await new NodeMemory(new NodeContext(forgetful.RED, forgetful.node, {}), name).keep(1);
    }
    assert.equal(warnings.length, before + 1);
    assert.match(warnings.at(-1) ?? '', /memory\.volatile/);
  });
});
