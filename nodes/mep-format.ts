import type { NodeAPI, NodeMessage, NodeMessageInFlow } from 'node-red';
import { findFormat, type FormatMessage, type FormatRequest, SNAPSHOTS, systemClock } from '../src/internal.js';
import { FormatSession } from './lib/format-session.js';
import { defineNode, type NodeContext, onClose, onInput } from './lib/index.js';
import { badSetting } from './lib/settings.js';

function showMeters(context: NodeContext, { total, online }: { total: number; online: number }): void {
  if (total === 0) context.status.show('grey', 'ring', 'mep-format.status.waiting');
  else if (online === total) context.status.show('green', 'dot', 'mep-format.status.online', { count: total });
  else context.status.show('yellow', 'ring', 'mep-format.status.silent', { online, total });
}

/** The request of an `http in` node; undefined for any other message. */
function requestOf(msg: NodeMessageInFlow): FormatRequest | undefined {
  const { req } = msg as { req?: { method?: unknown; path?: unknown } };
  if (typeof req?.method !== 'string' || typeof req.path !== 'string') return undefined;
  return { method: req.method, path: req.path };
}

function start(context: NodeContext): void {
  const { node, properties } = context;
  const definition = findFormat(properties['format']);
  if (definition === undefined) throw badSetting('format');
  const copies = (messages: readonly FormatMessage[]): NodeMessage[] => messages.map((message) => ({ ...message }));
  const session = new FormatSession({
    context,
    format: definition.create(properties),
    model: SNAPSHOTS,
    clock: systemClock,
    onDue: (messages) => {
      node.send([copies(messages)]);
      showMeters(context, session.count());
    },
  });
  const loaded = session.load().catch((error: unknown) => {
    context.warn(error);
  });
  showMeters(context, session.count());

  onInput(context, async (msg, send) => {
    await loaded;
    const request = requestOf(msg);
    if (request) send(Object.assign(msg, session.answer(request)));
    else send([copies(session.receive(msg).messages)]);
    showMeters(context, session.count());
  });
  onClose(context, (isRemoved) => session.close(isRemoved));
}

/** Puts decoded readings into the format of another program. */
export default function (RED: NodeAPI): void {
  defineNode(RED, 'mep-format', start);
}
