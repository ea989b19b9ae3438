import assert from 'node:assert/strict';
import { EXAMPLE_FILES, type ExampleNode, readExample } from '../../support/examples.js';

/** The nodes of a type in all examples, each with the file it is in. */
const nodesOf = (type: string): (readonly [string, ExampleNode])[] =>
  EXAMPLE_FILES.flatMap((file) =>
    readExample(file)
      .filter((node) => node.type === type)
      .map((node) => [file, node] as const),
  );

describe('Example flows side by side', () => {
  it('name themselves differently to a broker: two clients of one name throw each other out for ever', () => {
    const owners = new Map<unknown, string>();
    const named = nodesOf('mqtt-broker').filter(([, { clientid }]) => clientid !== '');
    assert.ok(named.length > 5);
    for (const [file, { clientid }] of named) {
      assert.equal(owners.get(clientid), undefined, `${file}: ${String(clientid)}`);
      owners.set(clientid, file);
    }
  });

  it('hand a request that failed to the catch node only: its text is no reading to be decoded', () => {
    const requests = nodesOf('http request').filter(([file, { wires }]) => {
      const next = new Set(wires?.flat());
      return readExample(file).some(({ id, type }) => next.has(id) && type.startsWith('mep-'));
    });
    assert.notEqual(requests.length, 0);
    for (const [file, { senderr }] of requests) assert.equal(senderr, true, file);
  });
});
