import assert from 'node:assert/strict';
import { compose } from '../../../editor/assistant/compose.js';
import { type DestinationId, DESTINATIONS } from '../../../editor/assistant/destinations.js';
import { type FlowNode, isConfig, targetsOf, usesBroker } from '../../../editor/assistant/flow-nodes.js';
import { exampleFlows } from '../../../plugins/lib/example-flows.js';

const FLOWS = exampleFlows('') as Readonly<Record<string, readonly FlowNode[]>>;
const METER: FlowNode = { id: 'own-meter', type: 'mep-config', port: '/dev/ttyUSB0' };
const BROKER: FlowNode = { id: 'own-broker', type: 'mqtt-broker', broker: 'localhost' };
/** Right edge of what a window of 1280 px shows, and half of the widest node. */
const RIGHT = 780;

function composed(ids: readonly DestinationId[], isThere: (id: string) => boolean = () => false): FlowNode[] {
  let count = 0;
  return compose({
    pieces: DESTINATIONS.filter(({ id }) => ids.includes(id)).map(({ id, example }) => ({
      flow: FLOWS[example] ?? [],
      comment: `${id}: what to do`,
    })),
    tab: 'My meter',
    comment: 'Reads the meter',
    configs: { 'mep-config': METER, 'mqtt-broker': BROKER },
    isThere,
    newId: () => `new-${++count}`,
  });
}

const ofType = (nodes: readonly FlowNode[], type: string): FlowNode[] => nodes.filter((node) => node.type === type);

/** All texts in a node. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

describe('The flow that the assistant lays out', () => {
  const all = DESTINATIONS.map(({ id }) => id);

  it('has an example for every destination, and MQTT where it is needed', () => {
    for (const { example } of DESTINATIONS) assert.ok((FLOWS[example]?.length ?? 0) > 3, example);
    assert.deepEqual(
      DESTINATIONS.filter(({ example }) => usesBroker(FLOWS[example] ?? [])).map(({ id }) => id),
      ['homeAssistant', 'fhem', 'homey', 'esp32', 'domoticz'],
    );
  });

  for (const ids of [...all.map((id) => [id]), all]) {
    it(`is whole: ${ids.length > 1 ? 'everything' : (ids[0] ?? '')}`, () => {
      const nodes = composed(ids);
      const known = new Set(nodes.map(({ id }) => id));
      assert.equal(known.size, nodes.length, 'an id twice');
      const old = new Set(
        ids.flatMap((id) => FLOWS[DESTINATIONS.find((one) => one.id === id)!.example]!).map(({ id }) => id),
      );
      const [tab] = nodes;
      assert.equal(tab?.type, 'tab');
      for (const node of nodes.slice(1)) {
        for (const target of targetsOf(node)) assert.ok(known.has(target), `${node.type} is wired to nothing`);
        if (!isConfig(node)) assert.equal(node['z'], tab.id);
        const stale = textsIn(node).filter((text) => old.has(text) && !known.has(text));
        assert.deepEqual(stale, [], `${node.type} refers to a node of the example`);
      }
      assert.equal(ofType(nodes, 'mep-config').length, 1);
      assert.ok(ofType(nodes, 'mqtt-broker').length <= 1);
      const errors = ofType(nodes, 'catch').filter(({ scope }) => !Array.isArray(scope));
      assert.ok(errors.length <= 1);
    });
  }

  it('reads each table once for all destinations, as often as one of them needs', () => {
    const nodes = composed(['homeAssistant', 'dashboard', 'esp32']);
    const reads = ofType(nodes, 'mep-read-table').filter((node) => Number(node['interval']) > 0);
    assert.deepEqual(new Set(reads.map((node) => JSON.stringify([node['table'], node['reads']]))).size, reads.length);
    const needed = ['home-assistant', 'dashboard', 'dabbler-compatible']
      .flatMap((example) => ofType(FLOWS[example]!, 'mep-read-table'))
      .map((node) => Number(node['interval']));
    assert.equal(Math.min(...reads.map((node) => Number(node['interval']))), Math.min(...needed));
  });

  it('uses the connection and the broker of the user', () => {
    const nodes = composed(['homeAssistant', 'fhem']);
    for (const node of nodes) {
      if (node['meter'] !== undefined) assert.equal(node['meter'], METER.id);
      if (typeof node['broker'] === 'string' && !isConfig(node)) assert.equal(node['broker'], BROKER.id);
    }
    const again = composed(['homeAssistant'], (id) => id === METER.id || id === BROKER.id);
    assert.deepEqual([...ofType(again, 'mep-config'), ...ofType(again, 'mqtt-broker')], []);
  });

  for (const id of all) {
    it(`fits a window of 1280 px, and no node covers another: ${id}`, () => {
      const placed = composed([id]).filter((node) => node['x'] !== undefined);
      const places = new Set(placed.map(({ x, y }) => `${String(x)} ${String(y)}`));
      assert.equal(places.size, placed.length, 'two nodes at one place');
      for (const node of placed) {
        assert.ok(Number(node['x']) > 0 && Number(node['x']) < RIGHT, `${node.type} at ${String(node['x'])}`);
      }
    });
  }
});
