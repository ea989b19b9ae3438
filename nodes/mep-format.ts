import type { NodeAPI, NodeMessage, NodeMessageInFlow } from 'node-red';
import { findFormat, type FormatMessage, type FormatRequest, Mutex, SNAPSHOTS, systemClock } from '../src/internal.js';
import { FormatSession } from './lib/format-session.js';
import { HistorySession } from './lib/history-session.js';
import { defineNode, type NodeContext, onClose, onInput, type Send } from './lib/index.js';
import { badSetting } from './lib/settings.js';
import { refusesSimulated } from './lib/simulated.js';

/** The topic of a message after which all history is written again. */
const FORGET = 'forget';

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
  const format = definition.create(properties);
  const history = new HistorySession(context, format, systemClock);
  const session = new FormatSession({
    context,
    format,
    model: SNAPSHOTS,
    refusesSimulated: refusesSimulated(properties),
    clock: systemClock,
    onDue: (messages) => {
      node.send([copies(messages)]);
      showMeters(context, session.count());
    },
  });
  const loaded = Promise.all([session.load(), history.load()]).catch((error: unknown) => {
    context.warn(error);
  });
  showMeters(context, session.count());

  const receiveHistory = async (msg: NodeMessageInFlow, send: Send): Promise<boolean> => {
    if (format.history !== undefined && msg.topic === FORGET) {
      await history.forget();
      return true;
    }
    const written = history.receive(msg);
    if (written === undefined) return false;
    send([copies(history.begun(written.messages))]);
    await history.keep();
    if (written.problem !== undefined) throw written.problem;
    context.status.show('green', 'dot', 'mep-format.status.history');
    return true;
  };
  const receive = async (msg: NodeMessageInFlow, send: Send): Promise<void> => {
    await loaded;
    if (await receiveHistory(msg, send)) return;
    const request = requestOf(msg);
    if (request) send(Object.assign(msg, session.answer(request)));
    else send([copies(history.begun(session.receive(msg).messages))]);
    showMeters(context, session.count());
  };
  // One at a time: what a message led to is remembered before the next one is looked at.
  const exclusive = new Mutex();
  onInput(context, (msg, send) => exclusive.run(() => receive(msg, send)), { acceptsHistory: true });
  onClose(context, (isRemoved) => {
    history.close(isRemoved);
    return session.close(isRemoved);
  });
}

/** Puts decoded readings into the format of another program. */
export default function (RED: NodeAPI): void {
  defineNode(RED, 'mep-format', start);
}
