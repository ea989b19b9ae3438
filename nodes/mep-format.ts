import type { Node, NodeAPI, NodeDef, NodeMessage, NodeMessageInFlow } from 'node-red';
import { findFormat, type FormatMessage, type FormatRequest, SNAPSHOTS, systemClock } from '../src/internal.js';
import { FormatSession } from './lib/format-session.js';
import { onClose, onInput, showStatus, startOrTell, toNodeError } from './lib/index.js';
import { badSetting, type ConfigProperties } from './lib/settings.js';

function showMeters(RED: NodeAPI, node: Node, { total, online }: { total: number; online: number }): void {
  if (total === 0) showStatus(RED, node, 'grey', 'ring', 'mep-format.status.waiting');
  else if (online === total) showStatus(RED, node, 'green', 'dot', 'mep-format.status.online', { count: total });
  else showStatus(RED, node, 'yellow', 'ring', 'mep-format.status.silent', { online, total });
}

/** The request of an `http in` node; undefined for any other message. */
function requestOf(msg: NodeMessageInFlow): FormatRequest | undefined {
  const { req } = msg as { req?: { method?: unknown; path?: unknown } };
  if (typeof req?.method !== 'string' || typeof req.path !== 'string') return undefined;
  return { method: req.method, path: req.path };
}

function start(RED: NodeAPI, node: Node, properties: ConfigProperties): void {
  const definition = findFormat(properties['format']);
  if (definition === undefined) throw badSetting('format');
  const copies = (messages: readonly FormatMessage[]): NodeMessage[] => messages.map((message) => ({ ...message }));
  const session = new FormatSession({
    ...{ RED, node, properties },
    format: definition.create(properties),
    model: SNAPSHOTS,
    clock: systemClock,
    onDue: (messages) => {
      node.send([copies(messages)]);
      showMeters(RED, node, session.count());
    },
  });
  const loaded = session.load().catch((error: unknown) => {
    node.warn(toNodeError(RED, error));
  });
  showMeters(RED, node, session.count());

  onInput(RED, node, async (msg, send) => {
    await loaded;
    const request = requestOf(msg);
    if (request) send(Object.assign(msg, session.answer(request)));
    else send([copies(session.receive(msg).messages)]);
    showMeters(RED, node, session.count());
  });
  onClose(RED, node, (isRemoved) => session.close(isRemoved));
}

/** Puts decoded readings into the format of another program. */
export default function (RED: NodeAPI): void {
  function MepFormat(this: Node, properties: NodeDef & ConfigProperties): void {
    RED.nodes.createNode(this, properties);
    startOrTell(RED, this, () => {
      start(RED, this, properties);
    });
  }
  RED.nodes.registerType('mep-format', MepFormat);
}
