import { setTimeout as pause } from 'node:timers/promises';
import { DEMO_KEY, SimulatedMeter, type ServedMeter, serveTcp } from '../../src/simulator/index.js';
import { Random } from '../../src/simulator/random.js';
import { freePort } from '../support/ports.js';
import { brokerAt, type ExampleNode, filledIn, readExample } from '../support/node-red/examples.js';
import { type Census, NodeRedProcess } from '../support/node-red/node-red-process.js';
import { clockTime, EXPIRE_AFTER_S, Observer, POLL_MS, type Watched } from './observer.js';
import { BridgeProcess, BrokerProcess } from './processes.js';
import { type Branch, POWER_CUT, type Stage, type Trouble, TROUBLES } from './troubles.js';
import { Truth } from './truth.js';

export interface ChaosOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Prints events as they happen. */
  readonly log?: (line: string) => void;
}

export interface ChaosTally {
  readonly violations: readonly string[];
  /** By kind of trouble: how often, and the time in ms until the values of every meter were available again. */
  readonly recoveries: Readonly<Record<string, readonly number[]>>;
  readonly counts: Observer['counts'];
  readonly answers: number;
  /** Largest growth of a Node-RED process after its warm-up. */
  readonly growth: { readonly heap: number; readonly rss: number; readonly files: number; readonly listeners: number };
  /** Number of Node-RED processes, and the duration of the longest in ms. */
  readonly lives: number;
  readonly maxLifeMs: number;
}

/** The longest back-off, half-open detection and power cycle of the port, and two polls. */
const RECOVERY_LIMIT_MS = 75_000;
/** Share of troubles that happen in pairs. */
const DOUBLE_TROUBLE = 0.25;
const WARM_UP_MS = 45_000;
/** Limit for the growth of a Node-RED process after its warm-up: less than one message a poll would need. */
const MAX_HEAP_GROWTH = 12e6;
const MAX_FILES = 6;
/** Violations that are printed; all are counted. */
const MAX_PRINTED = 30;

/**
 * An example with the properties that a user sets, polled often, and with a connection, a broker and topics other than those
 * of the other example.
 */
function flow(file: string, baseTopic: string, bridgePort: number, brokerPort: number): ExampleNode[] {
  const nodes = JSON.stringify(readExample(file))
    .replaceAll('nes-meter/bridge', `${baseTopic}/bridge`)
    .replaceAll(/"nes_(meter|broker)"/g, `"${baseTopic}_$1"`);
  const bridge = { transport: 'tcp', host: '127.0.0.1', tcpPort: String(bridgePort) };
  return filledIn(JSON.parse(nodes) as ExampleNode[], {
    'mep-config': { ...bridge, name: baseTopic, minInterval: '100', credentials: { key: DEMO_KEY } },
    'mqtt-broker': { ...brokerAt(brokerPort), clientid: baseTopic },
    'mep-read-table': ({ table }) => ({ interval: String(table === 'BT28' ? 1 : POLL_MS / 1_000) }),
    'mep-ha-discovery': { baseTopic, expireAfter: EXPIRE_AFTER_S },
  });
}

/** Runs a Node-RED with the two Home Assistant examples through random faults, and returns the tally. */
export async function chaos(options: ChaosOptions): Promise<ChaosTally> {
  const run = await Chaos.set(options);
  try {
    return await run.play();
  } finally {
    await run.clear();
  }
}

class Chaos implements Stage {
  readonly branches: readonly Branch[];
  readonly #options: ChaosOptions;
  readonly #random: Random;
  readonly #served: readonly ServedMeter[];
  readonly #broker: BrokerProcess;
  readonly #nodeRed: NodeRedProcess;
  readonly #watched: readonly Watched[];
  readonly #observer: Observer;
  readonly #flows: readonly ExampleNode[];
  readonly #recoveries: Record<string, number[]> = {};
  readonly #lives: { readonly begun: number; readonly censuses: { readonly at: number; readonly census: Census }[] }[] =
    [];

  static async set(options: ChaosOptions): Promise<Chaos> {
    const bases = ['nes-meter', 'nes-guarded'];
    const meters = bases.map(
      (_, place) =>
        new SimulatedMeter({ seed: options.seed + place, profile: place === 0 ? 'gen3' : 'gen4', speed: 4 }),
    );
    const served = await Promise.all(meters.map((meter) => serveTcp({ meter, port: 0 })));
    const branches: Branch[] = [];
    for (const [place, meter] of meters.entries()) {
      const target = Number(served[place]?.address.split(':').at(-1));
      const bridge = new BridgeProcess(await freePort(), target, options.seed + place);
      await bridge.start();
      branches.push({ meter, bridge });
    }
    const broker = await BrokerProcess.install();
    await broker.start();
    const settings = { mqttReconnectTime: 1_000 };
    const nodeRed = await NodeRedProcess.install({ settings, hasCensus: true, installation: 'copied' });
    const watched = meters.map((meter, place) => ({
      serial: meter.serial,
      baseTopic: bases[place] ?? '',
      truth: new Truth(meter),
    }));
    return new Chaos(options, branches, served, broker, nodeRed, watched);
  }

  private constructor(
    options: ChaosOptions,
    branches: readonly Branch[],
    served: readonly ServedMeter[],
    broker: BrokerProcess,
    nodeRed: NodeRedProcess,
    watched: readonly Watched[],
  ) {
    this.#options = options;
    this.branches = branches;
    this.#random = new Random(options.seed);
    this.#served = served;
    this.#broker = broker;
    this.#nodeRed = nodeRed;
    this.#watched = watched;
    this.#observer = new Observer(broker.port, watched);
    this.#observer.world.brokerSince = Date.now();
    const files = ['2-home-assistant.json', '4-guarded-home-assistant.json'];
    this.#flows = files.flatMap((file, place) =>
      flow(file, watched[place]?.baseTopic ?? '', branches[place]?.bridge.port ?? 0, broker.port),
    );
  }

  async play(): Promise<ChaosTally> {
    const end = Date.now() + this.#options.minutes * 60_000;
    await this.startNodeRed();
    await this.#nodeRed.deploy(this.#flows);
    this.#observer.world.nodeRedSince = Date.now();
    await this.#recovered('start', Date.now());
    await this.#goThrough([POWER_CUT]);
    let waiting: Trouble[] = [];
    while (Date.now() < end) {
      if (waiting.length < 2) waiting = [...this.#shuffled(TROUBLES), ...waiting];
      const troubles = waiting.splice(0, this.#random.chance(DOUBLE_TROUBLE) ? 2 : 1);
      await this.#goThrough(troubles);
    }
    return this.#tally();
  }

  async clear(): Promise<void> {
    await this.#observer.close();
    await this.#nodeRed.remove();
    await this.#broker.remove();
    await Promise.all(this.branches.map(({ bridge }) => bridge.kill()));
    await Promise.all(this.#served.map((served) => served.close()));
  }

  async killBroker(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#observer.world.brokerSince = undefined;
    this.#observer.world.nodeRedDeadSince = undefined;
    await this.#broker.end(signal);
  }

  async startBroker(): Promise<void> {
    await this.#broker.start();
    this.#observer.world.brokerSince = Date.now();
  }

  async killNodeRed(): Promise<void> {
    this.#observer.world.nodeRedSince = undefined;
    const { brokerSince } = this.#observer.world;
    await this.#nodeRed.kill();
    this.#observer.world.nodeRedDeadSince = brokerSince === undefined ? undefined : Date.now();
    for (const { truth } of this.#watched) truth.forgetOrder();
  }

  async startNodeRed(): Promise<void> {
    this.#observer.world.nodeRedDeadSince = undefined;
    await this.#nodeRed.start();
    this.#observer.world.nodeRedSince = Date.now();
    this.#lives.push({ begun: Date.now(), censuses: [] });
  }

  async redeploy(): Promise<void> {
    if (!this.#nodeRed.isRunning) return;
    // While it deploys, Node-RED disconnects from the broker and connects again: this period is not checked.
    this.#observer.world.nodeRedSince = undefined;
    await this.#nodeRed.deploy(this.#flows);
    this.#observer.world.nodeRedSince = Date.now();
  }

  async #goThrough(troubles: readonly Trouble[]): Promise<void> {
    const name = troubles.map((trouble) => trouble.name).join(' and ');
    for (const trouble of troubles) await trouble.begin(this, this.#random);
    const [least, most] = troubles[0]?.lasts ?? [0, 0];
    await pause(1_000 * this.#random.between(least, most));
    for (const trouble of troubles) await trouble.end(this);
    const took = await this.#recovered(name, Date.now());
    this.#options.log?.(`${clockTime()} ${name}: values again after ${took} ms`);
    for (const trouble of troubles) (this.#recoveries[trouble.name] ??= []).push(took);
    // A quiet time in which nothing may get worse, and two polls.
    await pause(this.#random.integer(2 * POLL_MS, 4 * POLL_MS));
    const census = await this.#nodeRed.census();
    this.#lives.at(-1)?.censuses.push({ at: Date.now(), census });
  }

  /** Waits until the values of every meter are available again. */
  async #recovered(after: string, healedAt: number): Promise<number> {
    const isThere = (meter: Watched): boolean =>
      this.#observer.stateAt(meter) > healedAt && this.#observer.isAvailable(meter);
    while (!this.#watched.every(isThere)) {
      if (Date.now() - healedAt > RECOVERY_LIMIT_MS) {
        const missing = this.#watched.filter((meter) => !isThere(meter)).map(({ baseTopic }) => baseTopic);
        this.#observer.violate(`${after}: no values of ${missing.join()} for ${RECOVERY_LIMIT_MS} ms after it ended`);
        break;
      }
      await pause(50);
    }
    return Date.now() - healedAt;
  }

  #shuffled<T>(list: readonly T[]): T[] {
    return list
      .map((item) => ({ item, place: this.#random.next() }))
      .sort((a, b) => a.place - b.place)
      .map(({ item }) => item);
  }

  #tally(): ChaosTally {
    const growth = { heap: 0, rss: 0, files: 0, listeners: 0 };
    let maxLifeMs = 0;
    for (const { begun, censuses } of this.#lives) {
      const warm = censuses.filter(({ at }) => at - begun > WARM_UP_MS).map(({ census }) => census);
      const [first, last] = [warm[0], warm.at(-1)];
      maxLifeMs = Math.max(maxLifeMs, (censuses.at(-1)?.at ?? begun) - begun);
      if (!first || !last) continue;
      growth.heap = Math.max(growth.heap, last.heapUsed - first.heapUsed);
      growth.rss = Math.max(growth.rss, last.rss - first.rss);
      growth.files = Math.max(growth.files, last.files - first.files);
      growth.listeners = Math.max(growth.listeners, last.listeners - first.listeners);
    }
    if (growth.heap > MAX_HEAP_GROWTH) this.#observer.violate(`the heap grew by ${growth.heap} bytes`);
    if (growth.files > MAX_FILES) this.#observer.violate(`${growth.files} more files and sockets are open`);
    if (growth.listeners > 0) this.#observer.violate(`${growth.listeners} more listeners of the process`);
    for (const line of this.#nodeRed.log.split('\n')) {
      if (/uncaught|unhandled|\[error\].*unexpected|close timed out|MaxListeners/i.test(line))
        this.#observer.violate(line);
    }
    return {
      violations: this.#observer.violations,
      recoveries: this.#recoveries,
      counts: this.#observer.counts,
      answers: this.#watched.reduce((sum, { truth }) => sum + truth.answers, 0),
      growth,
      lives: this.#lives.length,
      maxLifeMs: maxLifeMs,
    };
  }
}

/** The tally as text. */
export function tallyText(tally: ChaosTally): string {
  const { counts, growth } = tally;
  const mega = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const recoveries = Object.entries(tally.recoveries).map(([name, times]) => {
    const sorted = [...times].sort((a, b) => a - b);
    const seconds = (ms: number | undefined): string => `${((ms ?? 0) / 1_000).toFixed(1)} s`;
    return `  ${name}: ${times.length} times, recovered in ${seconds(sorted[sorted.length >> 1])}, at most ${seconds(sorted.at(-1))}`;
  });
  return [
    ...recoveries,
    `${tally.answers} answers of the meters, ${counts.states} states, ${counts.kept} readings that were kept and ` +
      `${counts.discoveries} discoveries received, ` +
      `${counts.availabilityChanges} changes of availability; of ${2 * counts.checks} looks at it ${counts.mustBeOnline} ` +
      `had to find a meter there and ${counts.mustBeOffline} had to find it gone`,
    `${tally.lives} lives of Node-RED, the longest ${Math.round(tally.maxLifeMs / 1_000)} s; grown by at most ` +
      `${mega(growth.heap)} heap, ${mega(growth.rss)} RSS, ${growth.files} files, ${growth.listeners} listeners`,
    ...tally.violations.slice(0, MAX_PRINTED).map((violation) => `VIOLATION ${violation.slice(0, 600)}`),
    `${tally.violations.length} violations`,
  ].join('\n');
}
