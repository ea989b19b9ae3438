import type { NodeAPI, NodeMessageInFlow } from 'node-red';
import {
  badPayload,
  isSimulatedMeter,
  type KnownReader,
  type NoReading,
  readerName,
  recallReader,
  receiveFromReader,
  systemClock,
} from '../src/internal.js';
import { defineNode, type NodeContext, onClose, onInput } from './lib/index.js';
import { MeterRoster } from './lib/meter-roster.js';
import { textOf } from './lib/settings.js';
import { hourAndMinute, monthAndDay } from './lib/local-time.js';

const MS_PER_DAY = 86_400_000;

/** The values that each reader has sent so far, by the prefix of its topics. */
class Readers {
  readonly roster: MeterRoster<KnownReader, never>;

  constructor(context: NodeContext) {
    this.roster = new MeterRoster({
      ...{ context, clock: systemClock },
      contextKey: 'readers',
      idOf: ({ name }) => name,
      recall: recallReader,
      remember: (reader) => reader,
      tally: () => ({}),
    });
  }

  /**
   * @returns undefined where there is no room for another reader, or the node is closed
   * @throws UsageError `bad-payload`, `too-many-meters`
   */
  receive({
    topic,
    payload,
    retain,
  }: NodeMessageInFlow & { retain?: unknown }): ReturnType<typeof receiveFromReader> | undefined {
    const name = readerName(topic);
    if (!this.roster.admit(name, undefined)) return undefined;
    const before = this.roster.get(name);
    const received = receiveFromReader(before, { topic, payload, retain }, systemClock.date().getTime());
    if (received.reader !== before) this.roster.setRead(received.reader, undefined);
    return received;
  }
}

/** The hour and minute, or the day where that was another one. */
function timeText(time: number): string {
  const date = new Date(time);
  return systemClock.date().getTime() - time < MS_PER_DAY ? hourAndMinute(date) : monthAndDay(date);
}

function showNothing(context: NodeContext, kind: NoReading, since: number): void {
  if (kind === 'other') return;
  if (kind === 'unchanged' || kind === 'old') {
    context.status.show('yellow', 'ring', `mep-decode-json.status.${kind}`, { time: timeText(since) });
  } else if (kind === 'stored') context.status.show('grey', 'ring', 'mep-decode-json.status.stored');
  else context.status.show('yellow', 'ring', `mep-decode-json.status.${kind === 'lost' ? 'lost' : 'unread'}`);
}

function start(context: NodeContext): void {
  const { properties } = context;
  const own = textOf(properties, 'serial');
  const readers = new Readers(context);
  const loaded = readers.roster.load().catch((error: unknown) => {
    context.warn(error);
  });

  onInput(context, async (msg, send) => {
    await loaded;
    const received = readers.receive(msg);
    if (received === undefined) return;
    const { reader, result } = received;
    if (result.kind === 'unread') throw badPayload('the reader has not read its meter yet');
    if (result.kind !== 'reading') {
      showNothing(context, result.kind, result.since);
      return;
    }
    const { payload, meter } = result.message;
    const power = payload['activePower'] ?? payload['activePowerImport'];
    if (typeof power === 'number') context.status.show('green', 'dot', `${power.toFixed(0)} W`);
    else context.status.show('green', 'dot', 'mep-decode-json.status.decoded');
    delete (msg as { registers?: unknown }).registers;
    send(
      Object.assign(msg, {
        raw: msg.payload,
        payload,
        // A value that was not sent is not known to be missing: a message may have a part of the values only.
        table: { complete: false, readAt: new Date(result.readAt).toISOString() },
        meter: {
          ...{ ...meter, serial: meter.serial ?? (own === '' ? reader.serial : own) },
          ...(isSimulatedMeter(msg['meter']) && { simulated: true }),
        },
      }),
    );
  });
  onClose(context, (isRemoved) => readers.roster.close(isRemoved));
}

/** Reads what another reader sends, such as the ESP32 module of dabbler.dk or amsreader, as a reading of ours. */
export default function (RED: NodeAPI): void {
  defineNode(RED, 'mep-decode-json', start);
}
