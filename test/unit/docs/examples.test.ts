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
  it('have different MQTT client ids: clients with one id disconnect each other', () => {
    const owners = new Map<unknown, string>();
    const named = nodesOf('mqtt-broker').filter(([, { clientid }]) => clientid !== '');
    assert.ok(named.length > 5);
    for (const [file, { clientid }] of named) {
      assert.equal(owners.get(clientid), undefined, `${file}: ${String(clientid)}`);
      owners.set(clientid, file);
    }
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
