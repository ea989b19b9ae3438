import type { Node, NodeAPI, NodeDef, NodeMessage, NodeMessageInFlow } from 'node-red';
import {
  type Clock,
  homeAssistant,
  isLinkReport,
  linkReportOf,
  patienceWith,
  readingOf,
  systemClock,
  worthTellingForMs,
} from '../src/internal.js';
import { Claims } from './lib/claims.js';
import { Delivery } from './lib/delivery.js';
import { onClose, onInput, showStatus, startOrTell, textFrom, toNodeError } from './lib/index.js';
import { MeterRoster } from './lib/meter-roster.js';
import { areValuesDue, RetainedTopics } from './lib/retained-topics.js';
import type { ConfigProperties } from './lib/settings.js';

/** Where in the node's context is kept what Home Assistant has been told. */
const CONTEXT_KEY = 'announced';

/** No meter has this id: under it stands what is retained of the bridge. */
const BRIDGE = '';

type Messages = readonly homeAssistant.MqttMessage[];

/** The meters this node has announced, and when each of them counts as silent. */
class Meters {
  readonly #settings: homeAssistant.HomeAssistantSettings;
  readonly #clock: Clock;
  readonly #onSilent: (messages: Messages) => void;
  readonly #claims: Claims;
  readonly #onRival: (serial: string) => void;
  readonly #roster: MeterRoster<homeAssistant.KnownMeter, homeAssistant.MqttMessage, 'total' | 'online'>;
  readonly #retained: RetainedTopics<homeAssistant.MqttMessage>;

  /** @throws UsageError `bad-setting` */
  constructor(
    RED: NodeAPI,
    node: Node,
    properties: ConfigProperties,
    settings: homeAssistant.HomeAssistantSettings,
    clock: Clock,
    onSilent: (messages: Messages) => void,
    onRival: (serial: string) => void,
  ) {
    this.#claims = new Claims(node.id);
    this.#onRival = onRival;
    this.#settings = settings;
    this.#clock = clock;
    this.#onSilent = onSilent;
    this.#roster = new MeterRoster({
      ...{ RED, node, properties, clock },
      contextKey: CONTEXT_KEY,
      idOf: ({ id }) => id,
      recall: homeAssistant.recall,
      remember: homeAssistant.remember,
      isWorthKeeping: homeAssistant.isWorthRemembering,
      handOver: homeAssistant.restarted,
      tally: ({ keys, online }) => (keys.length > 0 ? { total: 1, online: online ? 1 : 0 } : { total: 0, online: 0 }),
      isSilent: ({ online }) => !online,
      silentAfter: settings.expireAfter,
      onDropped: (meter) => this.#withdraw(meter),
      onReplaced: (known) => {
        const { meter, messages } = homeAssistant.replaced(known, settings);
        this.#roster.cancelAll(meter.id);
        this.#roster.set(meter);
        return messages;
      },
      send: onSilent,
    });
    this.#retained = new RetainedTopics({
      ids: () => [BRIDGE, ...[...this.#roster.values()].map(({ id }) => id)],
      messagesOf: (id) => this.#retainedOf(id),
      send: onSilent,
    });
  }

  /** A meter that was online when Node-RED went has as long to answer as any other. */
  async load(): Promise<void> {
    await this.#roster.load();
    if (!this.#roster.isClosed) this.#retained.start();
    for (const meter of this.#roster.values()) if (meter.online) this.#expectReading(meter.id);
  }

  receiveLinkReport(msg: NodeMessageInFlow): Messages {
    const report = linkReportOf({ payload: msg.payload, meter: msg['meter'] }, this.#settings);
    if (report === undefined || !this.#roster.admit(report.id, msg['meter'])) return [];
    const { id } = report;
    const patience = patienceWith(report.state);
    if (patience === undefined) this.#roster.cancel(id, 'silence');
    // A second report of the same silence does not begin it anew.
    else if (patience > 0) this.#offlineIn('silence', id, patience);
    const before = this.#roster.get(id);
    const now = this.#clock.date();
    const { meter, messages } = homeAssistant.receiveLinkReport(before, report, this.#settings, now);
    this.#roster.set(meter);
    const leftMs = worthTellingForMs(meter.readAt, this.#settings.expireAfter, now);
    if (meter.online && before?.online === false) this.#offlineIn('expiry', id, leftMs);
    return messages;
  }

  /** @returns the reading too: what is sent of it is to be confirmed; undefined where there is no room for its meter */
  receiveReading(msg: NodeMessageInFlow): { messages: Messages; reading: homeAssistant.Reading } | undefined {
    const from = msg['meter'];
    const reading = readingOf(
      { payload: msg.payload, meter: from, table: msg['table'] },
      this.#settings,
      this.#clock.date(),
    );
    const { id } = reading;
    if (!this.#roster.admit(id, from)) return undefined;
    const { meter, messages } = homeAssistant.receiveReading(this.#roster.get(id), reading, this.#settings);
    this.#roster.hear(meter, from);
    if (meter.online) this.#expectReading(id);
    if (this.#claims.isNewlyDisputed(this.#claimOf(id))) this.#onRival(reading.device.serial);
    return { messages, reading };
  }

  announceAgain(): Messages {
    return homeAssistant.announceAgain(this.#roster.values(), this.#settings);
  }

  /** @param serial of the meter to forget; empty for all */
  forget(serial: string): Messages {
    const gone = [...this.#roster.values()].filter(({ device }) => serial === '' || device.serial === serial);
    for (const { id } of gone) this.#roster.delete(id);
    return gone.flatMap((meter) => this.#withdraw(meter));
  }

  allOffline(): Messages {
    return [...this.#roster.values()].flatMap(({ id }) => this.#goOffline(id));
  }

  count(): { total: number; online: number } {
    return { total: this.#roster.sum('total'), online: this.#roster.sum('online') };
  }

  close(isRemoved: boolean): Promise<void> {
    this.#retained.stop();
    this.#claims.releaseAll();
    return this.#roster.close(isRemoved);
  }

  #retainedOf(id: string): Messages {
    const isAnnounced = (meter: homeAssistant.KnownMeter): boolean =>
      homeAssistant.retainedOfMeter(meter, false, this.#settings).length > 0;
    if (id === BRIDGE) {
      return [...this.#roster.values()].some(isAnnounced) ? homeAssistant.retainedOfBridge(this.#settings) : [];
    }
    const meter = this.#roster.get(id);
    if (meter === undefined) return [];
    return homeAssistant.retainedOfMeter(meter, areValuesDue(this.#roster.ageOf(id)), this.#settings);
  }

  #claimOf(id: string): string {
    return `${this.#settings.baseTopic}/${id}`;
  }

  #withdraw(meter: homeAssistant.KnownMeter): Messages {
    this.#claims.release(this.#claimOf(meter.id));
    return homeAssistant.forget(meter, this.#settings);
  }

  #expectReading(id: string): void {
    this.#roster.expectReading(id, this.#settings.expireAfter, () => {
      this.#onSilent(this.#goOffline(id));
    });
  }

  #offlineIn(reason: 'expiry' | 'silence', id: string, delayMs: number): void {
    this.#roster.after(id, reason, delayMs, () => {
      this.#onSilent(this.#goOffline(id));
    });
  }

  #goOffline(id: string): Messages {
    const known = this.#roster.get(id);
    if (known === undefined) return [];
    const { meter, messages } = homeAssistant.goOffline(known, this.#settings);
    this.#roster.set(meter);
    return messages;
  }
}

/** What stands below the node: first what is wrong, and what waits for the broker. */
function showMeters(RED: NodeAPI, node: Node, meters: Meters, delivery: Delivery): void {
  const { total, online } = meters.count();
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
  const meters = new Meters(
    RED,
    node,
    properties,
    settings,
    systemClock,
    (messages) => {
      node.send([delivery.post(messages)]);
      showMeters(RED, node, meters, delivery);
    },
    (serial) => {
      node.warn(textFrom(RED, 'mep-ha-discovery.warning.rival', { serial, baseTopic: settings.baseTopic }));
    },
  );
  const loaded = Promise.all([delivery.load(), meters.load()]).catch((error: unknown) => {
    node.warn(toNodeError(RED, error));
  });
  showMeters(RED, node, meters, delivery);

  onInput(RED, node, async (msg, send) => {
    await loaded;
    const messages = answer(msg, settings, meters, delivery);
    if (messages.length > 0) send([messages.map((message) => ({ ...message, _msgid: msg._msgid }))]);
    showMeters(RED, node, meters, delivery);
  });

  onClose(RED, node, async (removed) => {
    // Deleting only this node leaves the broker connection up to carry this; a restart is nobody's business.
    if (removed) node.send([delivery.post(meters.allOffline())]);
    await meters.close(removed);
    if (!removed) await delivery.handOver();
  });
}

/** What is to be sent because of a message: a receipt, a request to forget, Home Assistant's own status, a link's status or a reading. */
function answer(
  msg: NodeMessageInFlow,
  settings: homeAssistant.HomeAssistantSettings,
  meters: Meters,
  delivery: Delivery,
): NodeMessage[] {
  const receipt = delivery.receive(msg);
  if (receipt) {
    return receipt.mustAnnounce ? [...delivery.post(meters.announceAgain()), ...receipt.messages] : receipt.messages;
  }
  const forgotten = homeAssistant.forgetRequest(msg);
  if (forgotten !== undefined) return delivery.post(meters.forget(forgotten));
  const status = homeAssistant.homeAssistantStatus(msg, settings);
  if (status === 'offline') return [];
  if (status === 'online') return delivery.post(meters.announceAgain());
  if (isLinkReport(msg)) return delivery.post(meters.receiveLinkReport(msg));
  const received = meters.receiveReading(msg);
  return received === undefined ? [] : delivery.post(received.messages, received.reading);
}

export default function (RED: NodeAPI): void {
  function HomeAssistantDiscovery(this: Node, properties: NodeDef & ConfigProperties): void {
    RED.nodes.createNode(this, properties);
    startOrTell(RED, this, () => {
      start(RED, this, properties);
    });
  }
  RED.nodes.registerType('mep-ha-discovery', HomeAssistantDiscovery);
}
