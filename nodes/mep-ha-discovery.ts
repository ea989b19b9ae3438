import type { Node, NodeAPI, NodeDef, NodeMessage, NodeMessageInFlow } from 'node-red';
import { homeAssistant, systemClock } from '../src/internal.js';
import { Delivery } from './lib/delivery.js';
import { DuplicatePublishers } from './lib/duplicate-publishers.js';
import { FormatSession } from './lib/format-session.js';
import { onClose, onInput, showStatus, startOrTell, textFrom, toNodeError } from './lib/index.js';
import type { ConfigProperties } from './lib/settings.js';

/** Under this name a node of 0.1.0 has kept its meters, too. */
const CONTEXT_KEY = 'announced';

type Session = FormatSession<homeAssistant.KnownMeter, homeAssistant.MqttMessage>;

/** A problem comes first, then what waits for the broker. */
function showMeters(RED: NodeAPI, node: Node, session: Session, delivery: Delivery): void {
  const { total, online } = session.count();
  const { kept, dropped } = delivery.waiting;
  if (dropped > 0) showStatus(RED, node, 'red', 'ring', 'mep-ha-discovery.status.dropped', { kept, dropped });
  else if (kept > 0) showStatus(RED, node, 'yellow', 'ring', 'mep-ha-discovery.status.kept', { count: kept });
  else if (total === 0) showStatus(RED, node, 'grey', 'ring', 'mep-ha-discovery.status.waiting');
  else if (online === total) showStatus(RED, node, 'green', 'dot', 'mep-ha-discovery.status.online', { count: total });
  else showStatus(RED, node, 'yellow', 'ring', 'mep-ha-discovery.status.silent', { online, total });
}

function start(RED: NodeAPI, node: Node, properties: ConfigProperties): void {
  const settings = homeAssistant.homeAssistantSettings(properties);
  const delivery = new Delivery(RED, node, properties, settings, systemClock, () => {
    node.warn(textFrom(RED, 'mep-ha-discovery.warning.dropping', { most: settings.keepReadings }));
  });
  const publishers = new DuplicatePublishers(node.id);
  const topicOf = ({ id }: { readonly id: string }): string => `${settings.baseTopic}/${id}`;
  const session: Session = new FormatSession({
    ...{ RED, node, properties, clock: systemClock, contextKey: CONTEXT_KEY },
    format: homeAssistant.homeAssistantFormat(settings),
    model: homeAssistant.knownMeters(settings),
    onDue: (messages) => {
      node.send([delivery.post(messages)]);
      showMeters(RED, node, session, delivery);
    },
    onRemoved: (meter) => {
      publishers.release(topicOf(meter));
    },
  });
  const receive = (msg: NodeMessageInFlow): NodeMessage[] => {
    const { messages, reading } = session.receive(msg);
    if (reading !== undefined && publishers.isNewDuplicate(topicOf(reading))) {
      const { serial } = reading.device;
      node.warn(textFrom(RED, 'mep-ha-discovery.warning.rival', { serial, baseTopic: settings.baseTopic }));
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
    node.warn(toNodeError(RED, error));
  });
  showMeters(RED, node, session, delivery);

  onInput(RED, node, async (msg, send) => {
    await loaded;
    const messages = answer(msg);
    if (messages.length > 0) send([messages.map((message) => ({ ...message, _msgid: msg._msgid }))]);
    showMeters(RED, node, session, delivery);
  });
  onClose(RED, node, async (isRemoved) => {
    publishers.releaseAll();
    await session.close(isRemoved);
    if (!isRemoved) await delivery.handOver();
  });
}

/** Announces meters to Home Assistant over MQTT and sends their readings. */
export default function (RED: NodeAPI): void {
  function HomeAssistantDiscovery(this: Node, properties: NodeDef & ConfigProperties): void {
    RED.nodes.createNode(this, properties);
    startOrTell(RED, this, () => {
      start(RED, this, properties);
    });
  }
  RED.nodes.registerType('mep-ha-discovery', HomeAssistantDiscovery);
}
