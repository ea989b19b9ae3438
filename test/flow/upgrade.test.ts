import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../src/clock.js';
import { PROCESS_TIMING, type ServedMeter, serveTcp, SimulatedMeter } from '../../src/simulator/index.js';
import { EmbeddedBroker } from '../support/brokers/mqtt-broker.js';
import { NodeRedProcess } from '../support/node-red/node-red-process.js';
import { freePort } from '../support/ports.js';
import { until } from '../support/until.js';

const FIXTURE = join(__dirname, '../fixtures/upgrade/0.1.0');
/** Milliseconds since 1970, as nodes stored them. */
const KEPT_TIME = /\b1796\d{9}\b/g;
const HOUR_MS = 3_600_000;

/** Nodes of other packages that some examples need and that are not installed here. */
const OTHERS = /^(ui-|sqlite|postgre|serial |serial-|e-mail)/;

interface Entity {
  readonly topic: string;
  readonly uniqueId: string;
  readonly unit: string | null;
  readonly stateClass: string | null;
  readonly stateTopic: string;
  readonly valueTemplate: string | null;
}

interface Published {
  readonly madeAt: number;
  readonly topics: readonly string[];
  readonly entities: readonly Entity[];
}

type Component = Readonly<Record<string, unknown>>;

/** The entities that a discovery message announces. */
function entitiesOf(topic: string, payload: string): readonly Entity[] {
  const { components, ...shared } = JSON.parse(payload) as Component & { components?: Record<string, Component> };
  const found = components ? Object.values(components).map((component) => ({ ...shared, ...component })) : [shared];
  return found.map((component: Component) => ({
    topic,
    uniqueId: String(component['unique_id']),
    unit: (component['unit_of_measurement'] ?? null) as string | null,
    stateClass: (component['state_class'] ?? null) as string | null,
    stateTopic: String(component['state_topic']),
    valueTemplate: (component['value_template'] ?? null) as string | null,
  }));
}

const keyOf = ({ topic, uniqueId }: Entity): string => `${topic} ${uniqueId}`;

describe('What a user of 0.1.0 has', () => {
  let published: Published;
  let broker: EmbeddedBroker;
  let meter: ServedMeter;
  let meterPort: number;
  let startOfHouse: number;
  let nodeRed: NodeRedProcess;

  before(async () => {
    published = JSON.parse(await readFile(join(FIXTURE, 'published.json'), 'utf8')) as Published;
    broker = await EmbeddedBroker.start();
    // On the day of the data: at another time another tier would be active, and this year might be another one. The hours
    // between are enough for what is used while Node-RED starts.
    startOfHouse = published.madeAt;
    nodeRed = await NodeRedProcess.install({ startsAt: startOfHouse + 6 * HOUR_MS });
    meterPort = await freePort();
    await fillUserDirectory();
    // A minute of the household passes each second: while Node-RED starts, its registers rise above the stored values.
    const house = new SimulatedMeter({
      profile: 'gen3',
      speed: 60,
      clock: { ...systemClock, date: () => new Date(startOfHouse) },
    });
    await nodeRed.start();
    // An mqtt out node drops what it gets before its broker is connected.
    await until(() => /Connected to broker/.test(nodeRed.log), 'the broker', { seen: () => nodeRed.log });
    meter = await serveTcp({ meter: house, port: meterPort, timing: PROCESS_TIMING });
  });

  after(async () => {
    await nodeRed.remove();
    await meter.close();
    await broker.stop();
  });

  /** The data of 0.1.0, half a minute older than the start of the household, with present ports. */
  async function fillUserDirectory(): Promise<void> {
    const ports: Readonly<Record<string, string>> = {
      '@METER_PORT@': String(meterPort),
      '@BROKER_PORT@': String(broker.port),
      '@HTTP_PORT@': String(await freePort()),
    };
    const flows = await readFile(join(FIXTURE, 'user/flows.json'), 'utf8');
    const filled = flows.replace(/@\w+@/g, (placeholder) => ports[placeholder] ?? placeholder);
    await writeFile(join(nodeRed.directory, 'flows.json'), filled);
    await cp(join(FIXTURE, 'user/flows_cred.json'), join(nodeRed.directory, 'flows_cred.json'));
    const kept = join(nodeRed.directory, 'context/house_tab');
    await mkdir(kept, { recursive: true });
    const later = startOfHouse - 30_000 - published.madeAt;
    for (const file of await readdir(join(FIXTURE, 'user/context/house_tab'))) {
      const text = await readFile(join(FIXTURE, 'user/context/house_tab', file), 'utf8');
      await writeFile(
        join(kept, file),
        text.replace(KEPT_TIME, (time) => String(Number(time) + later)),
      );
    }
  }

  const seen = (): string => [...new Set(broker.published.map(({ topic }) => topic))].join('\n') + nodeRed.log;

  it('goes on with its key: the meter is read at once', async () => {
    await broker.firstOn(/^nes-meter\/41339801\/state$/);
    assert.doesNotMatch(nodeRed.log, /missing types|credentials/i);
  });

  it('keeps each entity, with its unit, state class and source', async () => {
    const announced = new Map<string, Entity>();
    const wanted = published.entities.map(keyOf);
    await until(
      () => {
        for (const { topic, payload } of broker.published) {
          if (!topic.endsWith('/config') || payload === '') continue;
          for (const entity of entitiesOf(topic, payload)) announced.set(keyOf(entity), entity);
        }
        return wanted.every((key) => announced.has(key));
      },
      'all entities of 0.1.0',
      { seen: () => wanted.filter((key) => !announced.has(key)).join('\n') },
    );
    for (const entity of published.entities) assert.deepEqual(announced.get(keyOf(entity)), entity);
  });

  it('publishes every topic that it published', async () => {
    const missing = (): readonly string[] =>
      published.topics.filter((topic) => !broker.published.some((message) => message.topic === topic));
    await until(() => missing().length === 0, 'all topics of 0.1.0', { seen: () => missing().join('\n') });
  });

  it('is believed by the guard without a second reading, and counted on', async () => {
    const kept = await readFile(join(FIXTURE, 'user/context/house_tab/house_used.json'), 'utf8');
    const [counted] = (JSON.parse(kept) as { counted: { spans: { year: { from: { import: number } } } }[] }).counted;
    const from = counted?.spans.year.from.import ?? NaN;
    const report = await broker.firstOn(/^house\/consumption$/);
    const { activeEnergyImportThisYear } = JSON.parse(report.payload) as { activeEnergyImportThisYear: number };
    const first = broker.published.find(
      ({ topic, payload }) => topic === 'nes-meter/41339801/state' && /"activeEnergyImport":\d/.test(payload),
    );
    const { activeEnergyImport } = JSON.parse(first?.payload ?? '{}') as { activeEnergyImport: number };
    assert.ok(activeEnergyImport > from, `${first?.payload ?? 'no state'}, from ${from}`);
    assert.ok(Math.abs(activeEnergyImportThisYear - (activeEnergyImport - from)) < 0.0005, report.payload);
    assert.ok(!broker.published.some(({ topic }) => topic === 'house/held'), 'nothing is held back');
  });

  it('does not repeat an alarm', () => {
    assert.ok(!broker.published.some(({ topic }) => topic === 'house/alarm'));
  });

  it('may import the examples of 0.1.0', async () => {
    const httpPort = await freePort();
    for (const file of (await readdir(join(FIXTURE, 'examples'))).sort()) {
      const nodes = JSON.parse(await readFile(join(FIXTURE, 'examples', file), 'utf8')) as Record<string, unknown>[];
      const known = nodes
        .filter(({ type }) => !OTHERS.test(String(type)))
        .map((node) => (node['type'] === 'mqtt-broker' ? { ...node, broker: '127.0.0.1', port: broker.port } : node))
        .map((node) => (node['type'] === 'mep-http-server' ? { ...node, port: httpPort, announce: false } : node));
      const from = nodeRed.log.length;
      await nodeRed.deploy(known);
      await until(() => /Started flows/.test(nodeRed.log.slice(from)), `${file} to start`, { seen });
      assert.doesNotMatch(
        nodeRed.log.slice(from),
        /missing types|\[error\] \[mep-/i,
        `${file}: ${nodeRed.log.slice(from)}`,
      );
    }
  });
});
