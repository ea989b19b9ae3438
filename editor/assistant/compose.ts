/** Makes one flow of several examples: they share what reads the meter, one connection and one broker. */
import { type FlowNode, isConfig, sourcesOf, targetsOf, wiresOf } from './flow-nodes.js';
import { layOut } from './layout.js';

/** A flow that becomes a section of the new one. */
export interface Piece {
  readonly flow: readonly FlowNode[];
  /** The comment above the section; what the example says at length becomes its description. */
  readonly comment: string;
}

export interface Composition {
  readonly pieces: readonly Piece[];
  readonly tab: string;
  /** Comment above the nodes that read. */
  readonly comment: string;
  /** Configuration nodes that replace those of the examples, by type: `mep-config` and `mqtt-broker`. */
  readonly configs: Readonly<Record<string, FlowNode>>;
  /** Whether the editor has a configuration node already, which is then used. */
  readonly isThere: (id: string) => boolean;
  readonly newId: () => string;
}

const SHARED_CONFIGS = ['mep-config', 'mqtt-broker'];
const DECODER = /^mep-decode-bt(23|28)$/;

/** The nodes of the new tab, the tab first, and the configuration nodes that the editor does not have. */
export function compose(composition: Composition): FlowNode[] {
  const { pieces, configs, isThere, newId } = composition;
  const tab: FlowNode = { id: newId(), type: 'tab', label: composition.tab, disabled: false, info: '' };
  const heads = new Map<string, FlowNode>();
  const sections = pieces.map((piece) => sectionOf(piece, heads, configs, newId));
  const errors = errorSection(pieces.find(({ flow }) => flow.some(catchesAll))?.flow ?? [], newId);
  const head = [comment(newId(), composition.comment, ''), ...heads.values()];
  const placed = layOut([head, ...sections, ...errors]);
  const used = pieces.flatMap(({ flow }) => configsOf(flow, configs));
  const others = new Map([...Object.values(configs), ...used].map((node) => [node.id, node]));
  const needed = [...others.values()].filter((node) => !isThere(node.id) && isUsed(node, used, configs));
  return [tab, ...needed, ...placed.map((node) => ({ ...node, z: tab.id }))];
}

/** Configuration nodes of an example, with those that all pieces share. */
function configsOf(flow: readonly FlowNode[], shared: Composition['configs']): FlowNode[] {
  return flow.filter((node) => isConfig(node)).map((node) => shared[node.type] ?? node);
}

function isUsed(node: FlowNode, used: readonly FlowNode[], shared: Composition['configs']): boolean {
  return shared[node.type] === undefined || used.some(({ id }) => id === node.id);
}

/** The nodes of a piece under new ids, without those that all pieces share; these are added to `heads`. */
function sectionOf(
  { flow, comment: title }: Piece,
  heads: Map<string, FlowNode>,
  shared: Composition['configs'],
  newId: () => string,
): FlowNode[] {
  const nodes = flow.filter((node) => node.type !== 'tab' && !isConfig(node));
  const roles = rolesOf(nodes);
  const ids = new Map<string, string>();
  for (const node of flow) {
    const other = shared[node.type];
    if (isConfig(node) && SHARED_CONFIGS.includes(node.type) && other) ids.set(node.id, other.id);
  }
  const headIds = new Map([...heads].map(([key, { id }]) => [key, id]));
  for (const node of nodes) {
    const key = roles.heads.get(node.id);
    const id = (key === undefined ? undefined : headIds.get(key)) ?? newId();
    if (key !== undefined) headIds.set(key, id);
    ids.set(node.id, id);
  }
  const about = nodes.find(({ type }) => type === 'comment');
  for (const node of nodes) {
    const key = roles.heads.get(node.id);
    if (key !== undefined) heads.set(key, mergedHead(heads.get(key), renamed(node, ids, roles.dropped)));
  }
  const own = nodes.filter((node) => !roles.heads.has(node.id) && !roles.dropped.has(node.id) && node.id !== about?.id);
  return [comment(newId(), title, textOf(about?.['info'])), ...own.map((node) => renamed(node, ids, roles.dropped))];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function comment(id: string, name: string, info: string): FlowNode {
  return { id, type: 'comment', name, info, x: 0, y: 0, wires: [] };
}

interface Roles {
  /** Nodes that read and decode, with the name under which pieces share them. */
  readonly heads: ReadonlyMap<string, string>;
  /** Nodes that only show what passes, and what all pieces have once. */
  readonly dropped: ReadonlySet<string>;
}

function rolesOf(nodes: readonly FlowNode[]): Roles {
  const heads = new Map<string, string>();
  for (const node of nodes) {
    if (node.type === 'mep-read-table' && Number(node['interval']) > 0) heads.set(node.id, readKey(node));
    if (node.type === 'mep-status') heads.set(node.id, 'mep-status');
  }
  for (const node of nodes) {
    const sources = sourcesOf(node.id, nodes);
    const isOfHeads = sources.length > 0 && sources.every(({ id }) => heads.has(id));
    if (DECODER.test(node.type) && isOfHeads) heads.set(node.id, node.type);
  }
  const dropped = new Set<string>();
  for (const node of nodes) {
    if (catchesAll(node)) for (const id of [node.id, ...targetsOf(node)]) dropped.add(id);
    if (node.type === 'debug' && isObserver(node, nodes)) dropped.add(node.id);
  }
  return { heads, dropped };
}

function catchesAll(node: FlowNode): boolean {
  return node.type === 'catch' && !Array.isArray(node['scope']);
}

function readKey(node: FlowNode): string {
  return ['mep-read-table', node['table'], node['output'] ?? 'bytes', JSON.stringify(node['reads'] ?? '')]
    .map(String)
    .join(' ');
}

/** Whether everything that a debug node shows goes elsewhere as well. */
function isObserver(debug: FlowNode, nodes: readonly FlowNode[]): boolean {
  const isNoDebug = (id: string): boolean => nodes.some((node) => node.id === id && node.type !== 'debug');
  return sourcesOf(debug.id, nodes).every((source) =>
    wiresOf(source)
      .filter((output) => output.includes(debug.id))
      .every((output) => output.some(isNoDebug)),
  );
}

/** A node under its new id, with all ids in its properties replaced, and without wires to nodes that are left out. */
function renamed(node: FlowNode, ids: ReadonlyMap<string, string>, dropped: ReadonlySet<string>): FlowNode {
  const kept = wiresOf(node).map((output) => output.filter((id) => !dropped.has(id)));
  return replaceIds({ ...node, wires: kept }, ids) as FlowNode;
}

function replaceIds(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return ids.get(value) ?? value;
  if (Array.isArray(value)) return value.map((one) => replaceIds(one, ids));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, replaceIds(one, ids)]));
}

/** A node that several pieces use: as often as one of them needs, wired to all of them. */
function mergedHead(present: FlowNode | undefined, added: FlowNode): FlowNode {
  if (!present) return added;
  const count = Math.max(wiresOf(present).length, wiresOf(added).length);
  const wires = Array.from({ length: count }, (_, output) => [
    ...new Set([...(wiresOf(present)[output] ?? []), ...(wiresOf(added)[output] ?? [])]),
  ]);
  const intervals = [present['interval'], added['interval']].map(Number).filter((interval) => interval > 0);
  return { ...present, wires, ...(intervals.length > 0 && { interval: Math.min(...intervals) }) };
}

/** The nodes that show errors, once for all pieces. */
function errorSection(flow: readonly FlowNode[], newId: () => string): FlowNode[][] {
  const catching = flow.find(catchesAll);
  if (!catching) return [];
  const nodes = [catching, ...flow.filter(({ id }) => targetsOf(catching).includes(id))];
  const ids = new Map(nodes.map(({ id }) => [id, newId()]));
  return [nodes.map((node) => renamed(node, ids, new Set()))];
}
