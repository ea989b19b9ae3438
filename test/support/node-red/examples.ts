import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ExampleNode {
  id: string;
  type: string;
  z?: string;
  name?: string;
  wires?: string[][];
  credentials?: unknown;
  [property: string]: unknown;
}

const FOLDER = join(__dirname, '..', '..', '..', 'examples');

/** The files of the example flows. */
export const EXAMPLE_FILES = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));

/** A flow as users import it. */
export function readExample(file: string): ExampleNode[] {
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as ExampleNode[];
}

/** Properties of a node, or a function that returns them for the node. */
type Filling = object | ((node: ExampleNode) => object);

/**
 * A flow with the properties that a user sets.
 * @param fillings properties to replace in nodes of a type, and in the node with an id
 */
export function filledIn(
  nodes: readonly ExampleNode[],
  ...fillings: readonly Readonly<Record<string, Filling>>[]
): ExampleNode[] {
  const given = (key: string, node: ExampleNode): readonly object[] =>
    fillings.flatMap(({ [key]: filling = {} }) =>
      typeof filling === 'function' ? [(filling as (node: ExampleNode) => object)(node)] : [filling],
    );
  return nodes.map(
    (node) => Object.assign({}, node, ...given(node.type, node), ...given(node.id, node)) as ExampleNode,
  );
}

/** The properties that a user sets in the broker node of an example. */
export function brokerAt(port: number): object {
  return { broker: '127.0.0.1', port: String(port) };
}

/** A broker node as the editor creates it, for a local port. */
export function brokerNode(id: string, port: number, own: object = {}): ExampleNode {
  return {
    id,
    type: 'mqtt-broker',
    clientid: '',
    autoConnect: true,
    protocolVersion: '4',
    keepalive: '60',
    cleansession: true,
    ...brokerAt(port),
    ...own,
  };
}

/**
 * A flow with its broker moved to `port`, in which the input of each debug node is also published, on
 * `debug/<id of the debug node>`.
 * @param watched ids of nodes whose payloads are published on `seen/<id>`
 */
export function observed(nodes: readonly ExampleNode[], port: number, watched: readonly string[] = []): ExampleNode[] {
  const debugs = nodes.filter((node) => node.type === 'debug').map((node) => node.id);
  const broker = brokerNode('observer_broker', port);
  const observer = (id: string, topic: string): ExampleNode => ({
    id: `observer_${id}`,
    type: 'mqtt out',
    z: nodes[0]?.id ?? '',
    topic,
    qos: '0',
    retain: 'false',
    broker: broker.id,
    x: 0,
    y: 0,
    wires: [],
  });
  const wired = nodes.map((node) => ({
    ...node,
    ...(node.type === 'mqtt-broker' && brokerAt(port)),
    ...(node.wires && {
      wires: node.wires.map((ids) => [
        ...ids.flatMap((id) => (debugs.includes(id) ? [id, `observer_${id}`] : [id])),
        ...(watched.includes(node.id) ? [`observer_${node.id}`] : []),
      ]),
    }),
  }));
  return [
    ...wired,
    broker,
    ...debugs.map((id) => observer(id, `debug/${id}`)),
    ...watched.map((id) => observer(id, `seen/${id}`)),
  ];
}
