/** Puts the flow into the editor: a tab of its own, with the connection and the broker that it needs. */
import { brokerProperties } from './broker-form.js';
import { compose } from './compose.js';
import { DESTINATIONS } from './destinations.js';
import { editor, type EditorItem } from './editor.js';
import type { FlowNode } from './flow-nodes.js';
import type { Flows } from './page-where.js';
import { connectionSettings, type SetUp } from './set-up.js';
import { say } from './texts.js';

/** What a connection leads to: two with the same are one. */
const ADDRESS = ['transport', 'protocol', 'port', 'host', 'tcpPort'] as const;

/** The nodes of the new tab, and the tab. */
export interface LaidOut {
  readonly tab: string;
  readonly nodes: readonly FlowNode[];
}

/** Lays the flow out and shows its tab. Undo takes it away again. */
export function layOutFlow(setUp: SetUp, flows: Flows): LaidOut {
  const red = editor();
  const chosen = DESTINATIONS.filter(({ id }) => setUp.destinations.has(id));
  const examples = chosen.map(({ example }) => flows[example] ?? []);
  const composed = compose({
    pieces: chosen.map(({ id, example }) => ({
      flow: flows[example] ?? [],
      comment: `${say(`where.${id}.name`)}: ${say(`where.${id}.next`)}`,
    })),
    tab: say('tab'),
    comment: say('tabComment'),
    configs: {
      'mep-config': connectionNode(setUp, examples),
      'mqtt-broker': brokerNode(setUp, examples),
    },
    isThere: (id) => Boolean(red.nodes.node(id)),
    newId: () => red.nodes.id(),
  });
  const [tab] = composed;
  const wasDirty = red.nodes.dirty();
  const imported = red.nodes.import(composed, { generateIds: false, addFlow: false, markChanged: true });
  if (imported) {
    const { nodes, links, groups, junctions, workspaces, subflows } = imported;
    const ids = nodes.map(({ id }) => id);
    red.history.push({ t: 'add', nodes: ids, links, groups, junctions, workspaces, subflows, dirty: wasDirty });
  }
  red.nodes.dirty(true);
  if (tab) red.workspaces.show(tab.id);
  red.view.redraw(true);
  return { tab: tab?.id ?? '', nodes: composed };
}

/** A node of the examples with properties of our own; under a new id where the editor has another one with that id. */
function configNode(type: string, examples: readonly (readonly FlowNode[])[], properties: object): FlowNode {
  const example = examples.flat().find((node) => node.type === type);
  const id = example && !editor().nodes.node(example.id) ? example.id : editor().nodes.id();
  return { ...example, ...properties, id, type };
}

function connectionNode(setUp: SetUp, examples: readonly (readonly FlowNode[])[]): FlowNode {
  const settings = connectionSettings(setUp);
  const present = configsOfType('mep-config').find((node) =>
    ADDRESS.every((name) => addressPart(node[name]) === addressPart(settings[name])),
  );
  const isSimulated = settings['transport'] === 'simulator';
  if (present) {
    // Two connections to one port would be in each other's way.
    if (!isSimulated) Object.assign(present, { ...settings, credentials: { key: setUp.key }, changed: true });
    return { ...present };
  }
  const credentials = isSimulated ? {} : { credentials: { key: setUp.key } };
  return configNode('mep-config', examples, { ...settings, ...credentials });
}

/** Numbers of a dialog are texts. */
function addressPart(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function brokerNode(setUp: SetUp, examples: readonly (readonly FlowNode[])[]): FlowNode {
  const present = configsOfType('mqtt-broker').find(({ id }) => id === setUp.brokerId);
  return present ? { ...present } : configNode('mqtt-broker', examples, brokerProperties(setUp));
}

function configsOfType(type: string): EditorItem[] {
  const found: EditorItem[] = [];
  editor().nodes.eachConfig((node) => {
    if (node.type === type) found.push(node);
    return true;
  });
  return found;
}
