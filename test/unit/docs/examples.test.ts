import assert from 'node:assert/strict';
import { EXAMPLE_FILES, type ExampleNode, readExample } from '../../support/node-red/examples.js';

/** The nodes of a type in all examples, each with the file it is in. */
const nodesOf = (type: string): (readonly [string, ExampleNode])[] =>
  EXAMPLE_FILES.flatMap((file) =>
    readExample(file)
      .filter((node) => node.type === type)
      .map((node) => [file, node] as const),
  );

describe('Example flows side by side', () => {
  for (const [type, name, files] of [
    ['mep-config', 'My meter', 16],
    ['mqtt-broker', 'MQTT broker', 6],
  ] as const) {
    it(`share one node “${name}”: the second import uses that of the first`, () => {
      const all = nodesOf(type).map(([, node]) => node);
      const shared = all.filter((node) => node.name === name);
      assert.ok(shared.length >= files, String(shared.length));
      for (const node of all) {
        const others = all.filter(({ id }) => id === node.id);
        assert.deepEqual(others, others.map(() => node), `${node.id} is the same everywhere`);
        assert.ok(all.every((other) => other.name !== node.name || other.id === node.id), `${node.name} has one id`);
      }
    });
  }

  it('have different MQTT client ids: clients with one id disconnect each other', () => {
    const owners = new Map<unknown, string>();
    for (const [file, { id, clientid }] of nodesOf('mqtt-broker')) {
      if (clientid === '') continue;
      assert.equal(owners.get(clientid) ?? id, id, `${file}: ${String(clientid)}`);
      owners.set(clientid, id);
    }
    const shared = nodesOf('mqtt-broker').find(([, { name }]) => name === 'MQTT broker');
    assert.equal(shared?.[1]['clientid'], '', 'a copy of the shared node has an id of its own');
  });

  it('send a failed request to the catch node only: its text is no reading to decode', () => {
    const requests = nodesOf('http request').filter(([file, { wires }]) => {
      const next = new Set(wires?.flat());
      return readExample(file).some(({ id, type }) => next.has(id) && type.startsWith('mep-'));
    });
    assert.notEqual(requests.length, 0);
    for (const [file, { senderr }] of requests) assert.equal(senderr, true, file);
  });
});
