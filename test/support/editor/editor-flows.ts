import manifest from '../../../package.json';
import { EXAMPLE_FILES, readExample } from '../node-red/examples.js';

interface FlowNode {
  readonly id: string;
  readonly type: string;
}

/** The types of the nodes of a flow. */
export const TYPES = Object.keys(manifest['node-red'].nodes).filter((type) => type !== 'mep-config');

/** The key of the meter in `editorFlows`. */
export const KEY = '0123456789abcdefghij';

/** One node of each type, by id: from the flow made by hand, else the first of an example. */
export function oneOfEach(flows: readonly object[]): ReadonlyMap<string, string> {
  const first = (type: string): [string, string] => [
    type,
    (flows as FlowNode[]).find((node) => node.type === type)!.id,
  ];
  return new Map(TYPES.map(first));
}

/** A flow with every node of the package, reading the meter at a TCP port. */
export function editorFlows(host: string, tcpPort: string): object[] {
  const own = liveFlow(host, tcpPort) as FlowNode[];
  const missing = TYPES.filter((type) => !own.some((node) => node.type === type));
  const others = missing.map((type, index) => ({
    ...exampleOf(type),
    meter: 'meter',
    z: 'tab',
    x: 160 + 210 * (index % 3),
    y: 420 + 60 * Math.floor(index / 3),
    wires: [],
  }));
  return [...own, ...others];
}

function exampleOf(type: string): FlowNode {
  for (const file of EXAMPLE_FILES) {
    const found = readExample(file).find((node) => node.type === type);
    if (found) return found;
  }
  throw new Error(`No example has a ${type}`);
}

function liveFlow(host: string, tcpPort: string): object[] {
  const at = (x: number, y: number): object => ({ z: 'tab', x, y });
  return [
    { id: 'tab', type: 'tab', label: 'Meter' },
    {
      id: 'meter',
      type: 'mep-config',
      name: 'Cellar meter',
      protocol: 'mep',
      transport: 'tcp',
      host,
      tcpPort,
      baudRate: '9600',
      dtr: 'on',
      rts: 'on',
      security: 'digest',
      keyFormat: 'auto',
      minInterval: '100',
      profile: 'gen3',
      credentials: { key: KEY },
    },
    { id: 'comment', type: 'comment', name: 'Live values of a meter', ...at(170, 60), wires: [] },
    {
      id: 'r28',
      type: 'mep-read-table',
      meter: 'meter',
      table: 'BT28',
      mode: 'full',
      offset: '0',
      count: '8',
      interval: '2',
      ...at(160, 120),
      wires: [['d28']],
    },
    {
      id: 'd28',
      type: 'mep-decode-bt28',
      offset: '0',
      presentDemands: '0',
      timeRemaining: false,
      ...at(370, 120),
      wires: [['ha', 'debug']],
    },
    {
      id: 'r23',
      type: 'mep-read-table',
      meter: 'meter',
      table: 'BT23',
      mode: 'partial',
      offset: '0',
      count: '8',
      interval: '10',
      ...at(160, 200),
      wires: [['d23']],
    },
    {
      id: 'd23',
      type: 'mep-decode-bt23',
      offset: '0',
      summations: '11',
      tiers: '4',
      energyUnit: '1',
      demandResetCounter: false,
      ...at(370, 200),
      wires: [['ha']],
    },
    {
      id: 'ha',
      type: 'mep-ha-discovery',
      prefix: 'homeassistant',
      baseTopic: 'nes-meter',
      expireAfter: '180',
      ...at(590, 160),
      wires: [[]],
    },
    { id: 'debug', type: 'debug', name: 'values', active: true, complete: 'payload', ...at(590, 80), wires: [] },
    {
      id: 'any',
      type: 'mep-read-table',
      meter: 'meter',
      table: '',
      mode: 'full',
      offset: '0',
      count: '8',
      interval: '0',
      ...at(160, 280),
      wires: [['decode']],
    },
    {
      id: 'status',
      type: 'mep-status',
      meter: 'meter',
      staleAfter: '180',
      interval: '0',
      ...at(160, 340),
      wires: [['ha']],
    },
    { id: 'decode', type: 'mep-decode-table', table: 'BT52', offset: '0', ...at(370, 280), wires: [[]] },
  ];
}
