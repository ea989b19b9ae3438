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
import { NodeMemory } from './lib/memory.js';

interface Definition extends NodeDef {
  prefix?: string;
  discovery?: string;
  baseTopic?: string;
  expireAfter?: string | number;
  serial?: string;
  keepReadings?: string | number;
}

/** Where in the node's context is kept what Home Assistant has been told. */
const CONTEXT_KEY = 'announced';

/** Why a meter will be offline: no reading came for too long, or mep-status says that the meter is silent. */
type Reason = 'expiry' | 'silence';

/** The meters this node has announced, and when each of them counts as silent. */
class Meters {
  readonly #memory: NodeMemory<readonly homeAssistant.KnownMeter[]>;
  readonly #settings: homeAssistant.HomeAssistantSettings;
  readonly #clock: Clock;
  readonly #onSilent: (messages: readonly homeAssistant.MqttMessage[]) => void;
  readonly #claims: Claims;
  readonly #onRival: (serial: string) => void;
  readonly #known = new Map<string, homeAssistant.KnownMeter>();
  readonly #timers = new Map<string, () => void>();
  #isClosed = false;

  constructor(
    node: Node,
    settings: homeAssistant.HomeAssistantSettings,
    clock: Clock,
    onSilent: (messages: readonly homeAssistant.MqttMessage[]) => void,
    onRival: (serial: string) => void,
  ) {
    this.#claims = new Claims(node.id);
    this.#onRival = onRival;
    this.#memory = new NodeMemory(node, CONTEXT_KEY);
    this.#settings = settings;
    this.#clock = clock;
    this.#onSilent = onSilent;
  }

  /** A meter that was online when Node-RED went has as long to answer as any other. */
  async load(): Promise<void> {
    for (const meter of await this.#memory.load(recallAll)) {
      this.#known.set(meter.id, meter);
      if (meter.online) this.#expectReading(meter.id);
    }
  }

  /** Leaves what is known to the node that takes this one's place in a deploy. */
  handOver(): void {
    this.#memory.handOver([...this.#known.values()].map(homeAssistant.restarted));
  }

  receiveLinkReport(msg: NodeMessageInFlow): readonly homeAssistant.MqttMessage[] {
    const report = linkReportOf({ payload: msg.payload, meter: msg['meter'] }, this.#settings);
    if (report === undefined) return [];
    const patience = patienceWith(report.state);
    if (patience === undefined) this.#cancel('silence', report.id);
    else if (patience > 0) this.#offlineIn('silence', report.id, patience);
    const before = this.#known.get(report.id);
    const now = this.#clock.date();
    const published = homeAssistant.receiveLinkReport(before, report, this.#settings, now);
    const { online, readAt } = published.meter;
    const leftMs = worthTellingForMs(readAt, this.#settings.expireAfter, now);
    if (online && before?.online === false) this.#offlineIn('expiry', report.id, leftMs);
    return this.#take(published);
  }

  /** @returns the reading too: what is sent of it is to be confirmed */
  receiveReading(msg: NodeMessageInFlow): {
    messages: readonly homeAssistant.MqttMessage[];
    reading: homeAssistant.Reading;
  } {
    const reading = readingOf(
      { payload: msg.payload, meter: msg['meter'], table: msg['table'] },
      this.#settings,
      this.#clock.date(),
    );
    const published = homeAssistant.receiveReading(this.#known.get(reading.id), reading, this.#settings);
    if (published.meter.online) this.#expectReading(reading.id);
    const isRivalled = !this.#isClosed && this.#claims.isNewlyDisputed(`${this.#settings.baseTopic}/${reading.id}`);
    if (isRivalled) this.#onRival(reading.device.serial);
    return { messages: this.#take(published), reading };
  }

  announceAgain(): readonly homeAssistant.MqttMessage[] {
    return homeAssistant.announceAgain(this.#known.values(), this.#settings);
  }

  /** @param serial of the meter to forget; empty for all */
  forget(serial: string): readonly homeAssistant.MqttMessage[] {
    const gone = [...this.#known.values()].filter(({ device }) => serial === '' || device.serial === serial);
    for (const { id } of gone) {
      this.#cancel('expiry', id);
      this.#cancel('silence', id);
      this.#known.delete(id);
    }
    if (gone.length > 0) this.#keep();
    return gone.flatMap((meter) => homeAssistant.forget(meter, this.#settings));
  }

  allOffline(): readonly homeAssistant.MqttMessage[] {
    return [...this.#known.values()].flatMap((meter) => this.#take(homeAssistant.goOffline(meter, this.#settings)));
  }

  count(): { total: number; online: number } {
    const meters = [...this.#known.values()].filter((meter) => meter.keys.length > 0);
    return { total: meters.length, online: meters.filter((meter) => meter.online).length };
  }

  close(): void {
    this.#isClosed = true;
    this.#claims.release();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #expectReading(id: string): void {
    this.#cancel('silence', id);
    this.#cancel('expiry', id);
    if (this.#settings.expireAfter > 0) this.#offlineIn('expiry', id, this.#settings.expireAfter * 1000);
  }

  /** A second report of the same silence does not begin it anew. */
  #offlineIn(reason: Reason, id: string, delayMs: number): void {
    const name = `${reason} ${id}`;
    if (this.#isClosed || this.#timers.has(name)) return;
    const cancel = this.#clock.after(delayMs, () => {
      this.#timers.delete(name);
      const meter = this.#known.get(id);
      if (meter !== undefined) this.#onSilent(this.#take(homeAssistant.goOffline(meter, this.#settings)));
    });
    this.#timers.set(name, cancel);
  }

  #cancel(reason: Reason, id: string): void {
    const name = `${reason} ${id}`;
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }

  #take({ meter, messages }: homeAssistant.Published): readonly homeAssistant.MqttMessage[] {
    const before = this.#known.get(meter.id);
    this.#known.set(meter.id, meter);
    if (homeAssistant.isWorthRemembering(before, meter)) this.#keep();
    return messages;
  }

  #keep(): void {
    void this.#memory.keep([...this.#known.values()].map(homeAssistant.remember));
  }
}

function recallAll(kept: unknown): homeAssistant.KnownMeter[] {
  return (Array.isArray(kept) ? kept : []).map(homeAssistant.recall).filter((meter) => meter !== undefined);
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

function start(RED: NodeAPI, node: Node, definition: Definition): void {
  const settings = homeAssistant.homeAssistantSettings({
    prefix: definition.prefix,
    discovery: definition.discovery,
    baseTopic: definition.baseTopic,
    expireAfter: definition.expireAfter,
    serial: definition.serial,
    keepReadings: definition.keepReadings,
  });
  const delivery = new Delivery(node, settings, systemClock, () => {
    node.warn(textFrom(RED, 'mep-ha-discovery.warning.dropping', { most: settings.keepReadings }));
  });
  const meters = new Meters(
    node,
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
    meters.close();
    // Deleting only this node leaves the broker connection up to carry this; a restart is nobody's business.
    if (removed) node.send([delivery.post(meters.allOffline())]);
    else {
      meters.handOver();
      await delivery.handOver();
    }
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
  const { messages, reading } = meters.receiveReading(msg);
  return delivery.post(messages, reading);
}

export default function (RED: NodeAPI): void {
  function HomeAssistantDiscovery(this: Node, definition: Definition): void {
    RED.nodes.createNode(this, definition);
    startOrTell(RED, this, () => {
      start(RED, this, definition);
    });
  }
  RED.nodes.registerType('mep-ha-discovery', HomeAssistantDiscovery);
}
