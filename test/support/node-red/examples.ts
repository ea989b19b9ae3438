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

/** A flow with some properties of some of its nodes exchanged, as a user fills them in. */
export function filledIn(
  nodes: readonly ExampleNode[],
  properties: Readonly<Record<string, object>>,
): readonly ExampleNode[] {
  return nodes.map((node) => ({ ...node, ...properties[node.id] }));
}

/**
 * A flow with its broker moved to `port`, and everything that goes into a debug node published as well, on
 * `debug/<id of the debug node>`.
 * @param watched ids of nodes whose payloads are published on `seen/<id>`
 */
export function observed(nodes: readonly ExampleNode[], port: number, watched: readonly string[] = []): ExampleNode[] {
  const debugs = nodes.filter((node) => node.type === 'debug').map((node) => node.id);
  const broker = {
    id: 'observer_broker',
    type: 'mqtt-broker',
    broker: '127.0.0.1',
    port: String(port),
    clientid: '',
    autoConnect: true,
    protocolVersion: '4',
    keepalive: '60',
    cleansession: true,
  };
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
    ...(node.type === 'mqtt-broker' && { broker: '127.0.0.1', port: String(port) }),
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
