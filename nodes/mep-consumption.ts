import type { NodeAPI, NodeMessageInFlow } from 'node-red';
import { checkLive, consumption, systemClock } from '../src/internal.js';
import { defineNode, type NodeContext, onClose, onInput } from './lib/index.js';
import { MeterRoster } from './lib/meter-roster.js';

/** What the meters have counted, by serial number. */
class Counter {
  readonly #timeZone: string;
  readonly roster: MeterRoster<consumption.CountedMeter, never>;

  constructor(context: NodeContext) {
    const { properties } = context;
    this.#timeZone = consumption.timeZoneSetting(properties['timeZone']);
    this.roster = new MeterRoster({
      ...{ context, clock: systemClock },
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

function start(context: NodeContext): void {
  const counter = new Counter(context);
  const loaded = counter.roster.load().catch((error: unknown) => {
    context.warn(error);
  });
  context.status.show('grey', 'ring', 'mep-consumption.status.waiting');

  onInput(context, async (msg, send) => {
    checkLive(msg);
    await loaded;
    const report = counter.count(msg);
    if (!report) return;
    const today = Number(report['activeEnergyImportToday']).toFixed(1);
    context.status.show('green', 'dot', 'mep-consumption.status.today', { today });
    send(Object.assign(msg, { payload: report }));
  });
  onClose(context, (isRemoved) => counter.roster.close(isRemoved));
}

/** Reports the energy bought and sold today, this month and this year. */
export default function (RED: NodeAPI): void {
  defineNode(RED, 'mep-consumption', start);
}
