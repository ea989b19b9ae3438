import assert from 'node:assert/strict';
import mepHaDiscovery from '../../nodes/mep-ha-discovery.js';
import { helper, removeAllNodes } from '../support/node-red/test-helper.js';
import { until } from '../support/until.js';

const WARNING = 'mep-ha-discovery.warning.rival';
const tab = { id: 'tab', type: 'tab', label: 'test' };
const discovery = (id: string, properties: object = {}): object => ({
  id,
  z: 'tab',
  type: 'mep-ha-discovery',
  wires: [],
  ...properties,
});

/** The warnings of a node, and the number of messages it has completed. */
class Watched {
  readonly warnings: string[] = [];
  #completed = 0;
  readonly #id: string;

  constructor(id: string) {
    this.#id = id;
    const node = helper.getNode(id) as unknown as NodeJS.EventEmitter & { _complete: (...args: unknown[]) => void };
    node.on('call:warn', ({ args }: { args: [string] }) => this.warnings.push(args[0]));
    const complete = node._complete.bind(node);
    node._complete = (...args): void => {
      this.#completed += 1;
      complete(...args);
    };
  }

  async read(...serials: string[]): Promise<void> {
    const wanted = this.#completed + serials.length;
    for (const serial of serials) {
      const node = helper.getNode(this.#id)!;
      node.receive({ payload: { activeEnergyImport: 7 }, meter: { serial } });
    }
    await until(() => this.#completed >= wanted, 'the readings to be published', { seen: () => this.#completed });
  }
}

describe('Two mep-ha-discovery nodes', () => {
  before(() => helper.startServer());
  after(() => helper.stopServer());
  afterEach(() => removeAllNodes());

  const start = async (...nodes: object[]): Promise<void> => {
    await helper.load(mepHaDiscovery, [tab, ...nodes]);
  };

  it('that publish the same meters: the second warns, once for each meter', async () => {
    await start(discovery('one'), discovery('two'));
    const [one, two] = [new Watched('one'), new Watched('two')];
    await one.read('1', '2', '1');
    await two.read('1', '1', '2', '3');
    await one.read('1', '2');
    assert.deepEqual([one.warnings, two.warnings], [[], [WARNING, WARNING]]);
  });

  it('that publish other meters, or below another base topic, do not', async () => {
    await start(discovery('one'), discovery('two'), discovery('three', { baseTopic: 'cellar' }));
    const nodes = [new Watched('one'), new Watched('two'), new Watched('three')];
    await nodes[0]!.read('1');
    await nodes[1]!.read('2');
    await nodes[2]!.read('1', '2');
    assert.deepEqual(
      nodes.flatMap(({ warnings }) => warnings),
      [],
    );
  });

  it('of which one was deleted do not, and none warns of itself after a deploy', async () => {
    await start(discovery('one'), discovery('two'));
    await new Watched('one').read('1');
    await helper.setFlows([tab, discovery('two', { expireAfter: '60' })], 'nodes');
    const two = new Watched('two');
    await two.read('1');
    await helper.setFlows([tab, discovery('two', { expireAfter: '90' })], 'nodes');
    const again = new Watched('two');
    await again.read('1');
    assert.deepEqual([two.warnings, again.warnings], [[], []]);
  });
});
