import mqtt, { type MqttClient } from 'mqtt';
import type { Truth } from './truth.js';

/** Longest pause between two polls of the flows, in ms: availability must be right within two of them. */
export const POLL_MS = 2_000;
/** Seconds after which a silent meter is offline. */
export const EXPIRE_AFTER_S = 5;
const SETTLED_MS = 2 * POLL_MS;
/** Tolerance for a state that is published just before it expires. */
const CERTAINLY_FRESH_MS = EXPIRE_AFTER_S * 1_000 - 1_000;
const MAX_MESSAGES = 8;

/** `12:34:56.789` */
export const clockTime = (): string => new Date().toISOString().slice(11, 23);

/** One meter as Home Assistant sees it. */
export interface Watched {
  readonly serial: string;
  readonly baseTopic: string;
  readonly truth: Truth;
}

interface View {
  /** The latest availability messages, with their times. */
  readonly availability: string[];
  bridge: string | undefined;
  meter: string | undefined;
  /** The reading time of the last state that was received live, not retained. */
  stateAt: number;
  lastEnergy: number;
  states: number;
}

/** State of the system under test, for the observer. */
export interface World {
  /** Start times of Node-RED and of the broker; undefined while one is not running. */
  nodeRedSince: number | undefined;
  brokerSince: number | undefined;
  /** Time since which Node-RED has been dead while the broker was running; undefined while it runs. */
  nodeRedDeadSince: number | undefined;
}

/**
 * A client that behaves like Home Assistant: it announces itself on each connection to the broker, stores what it
 * receives, and keeps the last values while the broker is away.
 */
export class Observer {
  readonly violations: string[] = [];
  readonly world: World = { nodeRedSince: undefined, brokerSince: undefined, nodeRedDeadSince: undefined };
  #client: MqttClient;
  #connectedSince: number | undefined;
  readonly #views = new Map<Watched, View>();
  readonly #watch: NodeJS.Timeout;
  readonly #complained = new Set<string>();
  readonly counts = {
    states: 0,
    /** Number of readings that were published late, after a time without broker. */
    kept: 0,
    discoveries: 0,
    births: 0,
    availabilityChanges: 0,
    checks: 0,
    mustBeOffline: 0,
    mustBeOnline: 0,
  };

  constructor(brokerPort: number, meters: readonly Watched[]) {
    for (const meter of meters) {
      this.#views.set(meter, {
        availability: [],
        bridge: undefined,
        meter: undefined,
        stateAt: 0,
        lastEnergy: 0,
        states: 0,
      });
    }
    this.#client = mqtt.connect(`mqtt://127.0.0.1:${brokerPort}`, { reconnectPeriod: 500, clean: true });
    this.#client.on('connect', () => {
      this.#connectedSince = Date.now();
      this.counts.births++;
      const topics = ['homeassistant/device/#', ...meters.map(({ baseTopic }) => `${baseTopic}/#`)];
      this.#client.subscribe(topics, { qos: 1 });
      this.#client.publish('homeassistant/status', 'online', { qos: 1 });
    });
    this.#client.on('close', () => (this.#connectedSince = undefined));
    // The client reconnects by itself.
    this.#client.on('error', () => undefined);
    this.#client.on('message', (topic, payload, { retain }) => {
      this.#receive(topic, payload.toString(), retain);
    });
    this.#watch = setInterval(() => {
      this.#check();
    }, 100);
  }

  /** Time of the reading in the last published state of this meter. */
  stateAt(meter: Watched): number {
    return this.#views.get(meter)?.stateAt ?? 0;
  }

  isAvailable(meter: Watched): boolean {
    const view = this.#views.get(meter);
    return this.#connectedSince !== undefined && view?.bridge === 'online' && view.meter === 'online';
  }

  async close(): Promise<void> {
    clearInterval(this.#watch);
    await this.#client.endAsync(true);
  }

  #receive(topic: string, payload: string, isRetained: boolean): void {
    if (/^homeassistant\/device\//.test(topic)) this.counts.discoveries++;
    for (const [meter, view] of this.#views) {
      if (/availability$/.test(topic) && topic.startsWith(`${meter.baseTopic}/`)) {
        const what = topic.includes('/bridge/') ? 'bridge' : 'meter';
        view.availability.push(`${clockTime()} ${what} ${payload}${isRetained ? ' (retained)' : ''}`);
        if (view.availability.length > MAX_MESSAGES) view.availability.shift();
      }
      if (topic === `${meter.baseTopic}/bridge/availability`) view.bridge = payload;
      if (topic === `${meter.baseTopic}/${meter.serial}/availability`) {
        if (view.meter !== payload) this.counts.availabilityChanges++;
        view.meter = payload;
      }
      if (topic === `${meter.baseTopic}/${meter.serial}/state`) this.#checkState(meter, view, payload, isRetained);
      if (topic === `${meter.baseTopic}/${meter.serial}/history`) this.#checkKept(meter, payload, isRetained);
    }
  }

  #checkState(meter: Watched, view: View, payload: string, isRetained: boolean): void {
    const state = JSON.parse(payload) as Record<string, unknown>;
    this.counts.states++;
    view.states++;
    // A message in transit when the broker ended is sent once more after its return (QoS 1); the next poll replaces it.
    const isRepeated = Date.now() - (this.world.brokerSince ?? 0) < SETTLED_MS;
    const freshFor = isRepeated ? Infinity : EXPIRE_AFTER_S * 1_000 + SETTLED_MS;
    const wrong = meter.truth.check(state, isRetained, freshFor);
    if (wrong !== undefined) this.violate(`${meter.serial}: published value: ${wrong}`);
    if (isRetained) return;
    // For a state that is sent once more, the time of the reading counts.
    view.stateAt = Math.min(Date.now(), Date.parse(String(state['timestamp'])));
    const energy = state['activeEnergyImport'];
    if (typeof energy !== 'number') return;
    if (energy < view.lastEnergy) this.violate(`${meter.serial}: the energy fell from ${view.lastEnergy} to ${energy}`);
    view.lastEnergy = energy;
  }

  /** A late message may be of any age, but must be an answer of the meter and must not be marked as a present one. */
  #checkKept(meter: Watched, payload: string, isRetained: boolean): void {
    this.counts.kept++;
    const reading = JSON.parse(payload) as Record<string, unknown>;
    const wrong = isRetained ? 'is retained' : meter.truth.check(reading, true, 0);
    if (wrong !== undefined) this.violate(`${meter.serial}: reading that was kept: ${wrong}`);
  }

  /** Records a violation once for as long as it lasts. */
  violate(what: string): void {
    this.violations.push(`${clockTime()} ${what}`);
  }

  #complain(key: string, isWrong: boolean, what: () => string): void {
    if (isWrong && !this.#complained.has(key)) this.violate(what());
    if (isWrong) this.#complained.add(key);
    else this.#complained.delete(key);
  }

  /** Checks that availability is right within two poll periods while the processes run. */
  #check(): void {
    const now = Date.now();
    const { nodeRedSince, brokerSince, nodeRedDeadSince } = this.world;
    const since = Math.max(nodeRedSince ?? Infinity, brokerSince ?? Infinity, this.#connectedSince ?? Infinity);
    this.counts.checks++;
    for (const [meter, view] of this.#views) {
      const name = (what: string): string => `${meter.serial} ${what}`;
      const isDead = nodeRedDeadSince !== undefined && this.#connectedSince !== undefined;
      this.#complain(
        name('dead'),
        isDead &&
          now - Math.max(nodeRedDeadSince, this.#connectedSince ?? now) > SETTLED_MS &&
          view.bridge === 'online',
        () => `${meter.serial}: Node-RED is dead and its bridge still online`,
      );
      const silentFor = now - Math.max(meter.truth.answeredAt, since);
      const isSilent = silentFor > EXPIRE_AFTER_S * 1_000 + SETTLED_MS;
      if (isSilent) this.counts.mustBeOffline++;
      this.#complain(
        name('silent'),
        isSilent && this.isAvailable(meter),
        () =>
          `${meter.serial}: available, but the meter has not answered for ${silentFor} ms; received ${view.availability.join(', ')}`,
      );
      const isFresh = view.stateAt > since && now - view.stateAt < CERTAINLY_FRESH_MS && now - since > SETTLED_MS;
      if (isFresh) this.counts.mustBeOnline++;
      this.#complain(
        name('fresh'),
        isFresh && !this.isAvailable(meter),
        () => `${meter.serial}: not available, but its values are fresh; received ${view.availability.join(', ')}`,
      );
    }
  }
}
