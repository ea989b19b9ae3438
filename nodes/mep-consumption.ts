import type { Node, NodeAPI, NodeDef, NodeMessageInFlow } from 'node-red';
import { consumption, systemClock } from '../src/internal.js';
import { onClose, onInput, showStatus, startOrTell, toNodeError } from './lib/index.js';
import { MeterRoster } from './lib/meter-roster.js';
import type { ConfigProperties } from './lib/settings.js';

/** What the meters have counted, by serial number. */
class Counter {
  readonly #timeZone: string;
  readonly roster: MeterRoster<consumption.CountedMeter, never>;

  constructor(RED: NodeAPI, node: Node, properties: ConfigProperties) {
    this.#timeZone = consumption.timeZoneSetting(properties['timeZone']);
    this.roster = new MeterRoster({
      ...{ RED, node, properties, clock: systemClock },
      contextKey: 'counted',
      idOf: ({ last }) => last.id,
      recall: consumption.recallCountedMeter,
      remember: (meter) => meter,
      tally: () => ({}),
      onReplaced: ({ last }, by) => {
        // Without a serial number the next meter would be counted on from where this one was.
        if (last.id === '' || by === 'meter') this.roster.delete(last.id);
        return [];
      },
    });
  }

  /** @returns undefined for a message without energy, or with one that is not counted yet */
  count(msg: NodeMessageInFlow): consumption.ConsumptionReport | undefined {
    const parts = { payload: msg.payload, meter: msg['meter'], table: msg['table'] };
    const date = systemClock.date();
    const sample = consumption.energySampleOf(parts, date);
    if (!sample || !this.roster.admit(sample.id, parts.meter) || !this.roster.isNew(sample.id, parts)) return undefined;
    const known = this.roster.get(sample.id);
    const age = date.getTime() - sample.at;
    const { meter, isCounted } = consumption.countSample(known, sample, this.#timeZone, systemClock.now(), age);
    this.roster.setRead(meter, parts.meter, isCounted);
    return isCounted ? consumption.consumptionReport(meter) : undefined;
  }
}

function start(RED: NodeAPI, node: Node, properties: ConfigProperties): void {
  const counter = new Counter(RED, node, properties);
  const loaded = counter.roster.load().catch((error: unknown) => {
    node.warn(toNodeError(RED, error));
  });
  showStatus(RED, node, 'grey', 'ring', 'mep-consumption.status.waiting');

  onInput(RED, node, async (msg, send) => {
    await loaded;
    const report = counter.count(msg);
    if (!report) return;
    const today = Number(report['activeEnergyImportToday']).toFixed(1);
    showStatus(RED, node, 'green', 'dot', 'mep-consumption.status.today', { today });
    send(Object.assign(msg, { payload: report }));
  });
  onClose(RED, node, (isRemoved) => counter.roster.close(isRemoved));
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
