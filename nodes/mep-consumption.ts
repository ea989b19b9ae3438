import type { Node, NodeAPI, NodeDef, NodeMessageInFlow } from 'node-red';
import { consumption, systemClock } from '../src/internal.js';
import { onClose, onInput, showStatus, startOrTell, toNodeError } from './lib/index.js';
import { NodeMemory } from './lib/memory.js';
import type { ConfigProperties } from './lib/settings.js';

/** What the meters have counted, by serial number. */
class Counter {
  readonly #memory: NodeMemory<readonly consumption.CountedMeter[]>;
  readonly #timeZone: string;
  readonly #meters = new Map<string, consumption.CountedMeter>();

  constructor(node: Node, timeZone: string) {
    this.#memory = new NodeMemory(node, 'counted');
    this.#timeZone = timeZone;
  }

  async load(): Promise<void> {
    for (const meter of await this.#memory.load(recallAll)) this.#meters.set(meter.last.id, meter);
  }

  /** @returns undefined for a message without energy, or with one that is not counted yet */
  count(msg: NodeMessageInFlow): consumption.ConsumptionReport | undefined {
    const parts = { payload: msg.payload, meter: msg['meter'], table: msg['table'] };
    const date = systemClock.date();
    const sample = consumption.energySampleOf(parts, date);
    if (!sample) return undefined;
    const { meter, isCounted } = consumption.countSample(
      this.#meters.get(sample.id),
      sample,
      this.#timeZone,
      systemClock.now(),
      date.getTime() - sample.at,
    );
    this.#meters.set(sample.id, meter);
    if (!isCounted) return undefined;
    void this.#memory.keep([...this.#meters.values()]);
    return consumption.consumptionReport(meter);
  }

  handOver(): void {
    this.#memory.handOver([...this.#meters.values()]);
  }
}

function recallAll(kept: unknown): consumption.CountedMeter[] {
  return (Array.isArray(kept) ? kept : []).map(consumption.recallCountedMeter).filter((meter) => meter !== undefined);
}

function start(RED: NodeAPI, node: Node, properties: ConfigProperties): void {
  const counter = new Counter(node, consumption.timeZoneSetting(properties['timeZone']));
  const loaded = counter.load().catch((error: unknown) => {
    node.warn(toNodeError(RED, error));
  });
  let isClosed = false;
  showStatus(RED, node, 'grey', 'ring', 'mep-consumption.status.waiting');

  onInput(RED, node, async (msg, send) => {
    await loaded;
    // A reading that came too late must not overwrite what the next node of this id already knows.
    if (isClosed) return;
    const report = counter.count(msg);
    if (!report) return;
    const today = Number(report['activeEnergyImportToday']).toFixed(1);
    showStatus(RED, node, 'green', 'dot', 'mep-consumption.status.today', { today });
    send(Object.assign(msg, { payload: report }));
  });
  onClose(RED, node, (isRemoved) => {
    isClosed = true;
    if (!isRemoved) counter.handOver();
  });
}

/** Tells what was bought and sold today, this month and this year. */
export default function (RED: NodeAPI): void {
  function MepConsumption(this: Node, properties: NodeDef & ConfigProperties): void {
    RED.nodes.createNode(this, properties);
    startOrTell(RED, this, () => {
      start(RED, this, properties);
    });
  }
  RED.nodes.registerType('mep-consumption', MepConsumption);
}
