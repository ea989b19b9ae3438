import { until } from '../until.js';
import type { DecodedMessage } from '../readings/decoded.js';
import type { ExampleNode } from './examples.js';
import type { NodeRedProcess } from './node-red-process.js';

const METER_NODES = ['mep-config', 'mep-read-table', 'mep-decode-bt23', 'mep-decode-bt28', 'mep-status'];

/**
 * A flow whose meter is replaced by a test that posts readings to `/reading`.
 * @param targets ids of the nodes that get them
 */
export function withPostedReadings(nodes: readonly ExampleNode[], targets: readonly string[]): ExampleNode[] {
  const tab = nodes.find(({ type }) => type === 'tab')?.id ?? '';
  return [
    ...nodes.filter(({ type }) => !METER_NODES.includes(type)),
    { id: 'posted', type: 'http in', z: tab, url: '/reading', method: 'post', wires: [['unpack', 'posted_answer']] },
    { id: 'unpack', type: 'function', z: tab, func: 'return msg.payload;', wires: [[...targets]] },
    { id: 'ready', type: 'http in', z: tab, url: '/reading', method: 'get', wires: [['posted_answer']] },
    { id: 'posted_answer', type: 'http response', z: tab, statusCode: '204', wires: [] },
  ];
}

/** Waits until readings can be posted: a deploy is answered before its nodes have started. */
export async function untilPosting(nodeRed: NodeRedProcess): Promise<void> {
  const isReady = async (): Promise<boolean> => (await fetch(`${nodeRed.url}/reading`)).ok;
  await until(isReady, 'the flow to start', { seen: () => nodeRed.log.slice(-2_000) });
}

/** Posts a reading of the meter. */
export async function post(nodeRed: NodeRedProcess, message: DecodedMessage): Promise<void> {
  const answer = await fetch(`${nodeRed.url}/reading`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(message),
  });
  if (!answer.ok) throw new Error(`Node-RED does not take the reading: ${answer.status}`);
}
