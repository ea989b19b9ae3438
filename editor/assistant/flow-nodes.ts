/** Nodes of flows, as the editor exports them. */
export type FlowNode = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string };

/** The ids that each output of a node is wired to. */
export function wiresOf(node: FlowNode): readonly (readonly string[])[] {
  const { wires } = node;
  return Array.isArray(wires) ? (wires as string[][]) : [];
}

export function targetsOf(node: FlowNode): readonly string[] {
  return wiresOf(node).flat();
}

export function sourcesOf(id: string, nodes: readonly FlowNode[]): FlowNode[] {
  return nodes.filter((node) => targetsOf(node).includes(id));
}

/** Whether a flow publishes by MQTT. */
export function usesBroker(flow: readonly FlowNode[]): boolean {
  return flow.some(({ type }) => type === 'mqtt-broker');
}

/** Whether a node has no place on a tab. */
export function isConfig(node: FlowNode): boolean {
  return node.type !== 'tab' && node['x'] === undefined;
}
