import type { NodeAPI, NodeMessage, NodeMessageInFlow } from 'node-red';
import { homeAssistant, systemClock } from '../src/internal.js';
import { Delivery } from './lib/delivery.js';
import { DuplicatePublishers } from './lib/duplicate-publishers.js';
import { FormatSession } from './lib/format-session.js';
import { defineNode, type NodeContext, onClose, onInput } from './lib/index.js';

/** Under this name a node of 0.1.0 has kept its meters, too. */
const CONTEXT_KEY = 'announced';

type Session = FormatSession<homeAssistant.KnownMeter, homeAssistant.MqttMessage>;

/** A problem comes first, then what waits for the broker. */
function showMeters(context: NodeContext, session: Session, delivery: Delivery): void {
  const { total, online } = session.count();
  const { kept, dropped } = delivery.waiting;
  if (dropped > 0) context.status.show('red', 'ring', 'mep-ha-discovery.status.dropped', { kept, dropped });
  else if (kept > 0) context.status.show('yellow', 'ring', 'mep-ha-discovery.status.kept', { count: kept });
  else if (total === 0) context.status.show('grey', 'ring', 'mep-ha-discovery.status.waiting');
  else if (online === total) context.status.show('green', 'dot', 'mep-ha-discovery.status.online', { count: total });
  else context.status.show('yellow', 'ring', 'mep-ha-discovery.status.silent', { online, total });
}

function start(context: NodeContext): void {
  const { node, properties } = context;
  const settings = homeAssistant.homeAssistantSettings(properties);
  const delivery = new Delivery(context, settings, systemClock, () => {
    node.warn(context.text('mep-ha-discovery.warning.dropping', { max: settings.keepReadings }));
  });
  const publishers = new DuplicatePublishers(node.id);
  const topicOf = ({ id }: { readonly id: string }): string => `${settings.baseTopic}/${id}`;
  const session: Session = new FormatSession({
    ...{ context, clock: systemClock, contextKey: CONTEXT_KEY },
    format: homeAssistant.homeAssistantFormat(settings),
    model: homeAssistant.knownMeters(settings),
    onDue: (messages) => {
      node.send([delivery.post(messages)]);
      showMeters(context, session, delivery);
    },
    onRemoved: (meter) => {
      publishers.release(topicOf(meter));
    },
  });
  const receive = (msg: NodeMessageInFlow): NodeMessage[] => {
    const { messages, reading } = session.receive(msg);
    if (reading !== undefined && publishers.isNewDuplicate(topicOf(reading))) {
      const { serial } = reading.device;
      node.warn(context.text('mep-ha-discovery.warning.rival', { serial, baseTopic: settings.baseTopic }));
    }
    return delivery.post(messages, reading);
  };
  const announceAgain = (): NodeMessage[] => delivery.post(homeAssistant.announceAgain(session.meters, settings));
  const answer = (msg: NodeMessageInFlow): NodeMessage[] => {
    const receipt = delivery.receive(msg);
    if (receipt) return [...(receipt.mustAnnounce ? announceAgain() : []), ...receipt.messages];
    const forgotten = homeAssistant.forgetRequest(msg);
    if (forgotten !== undefined) return delivery.post(session.forget(forgotten));
    const status = homeAssistant.homeAssistantStatus(msg, settings);
    if (status === undefined) return receive(msg);
    return status === 'online' ? announceAgain() : [];
  };
  const loaded = Promise.all([delivery.load(), session.load()]).catch((error: unknown) => {
    context.warn(error);
  });
  showMeters(context, session, delivery);

  onInput(context, async (msg, send) => {
    await loaded;
    const messages = answer(msg);
    if (messages.length > 0) send([messages.map((message) => ({ ...message, _msgid: msg._msgid }))]);
    showMeters(context, session, delivery);
  });
  onClose(context, async (isRemoved) => {
    publishers.releaseAll();
    await session.close(isRemoved);
    if (!isRemoved) await delivery.handOver();
  });
}

/** Announces meters to Home Assistant over MQTT and sends their readings. */
export default function (RED: NodeAPI): void {
  defineNode(RED, 'mep-ha-discovery', start);
}
