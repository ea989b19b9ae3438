import type { Node, NodeAPI, NodeDef, NodeMessageInFlow } from 'node-red';
import {
  badPayload,
  type KnownReader,
  type NoReading,
  readerName,
  recallReader,
  receiveFromReader,
  systemClock,
} from '../src/internal.js';
import { onClose, onInput, showStatus, toNodeError } from './lib/index.js';
import { NodeMemory } from './lib/memory.js';
import { type ConfigProperties, textOf } from './lib/settings.js';

/** Readers of which is known what they said last. */
const MAX_READERS = 64;
const MS_PER_DAY = 86_400_000;

/** What the readers behind this node said so far, by the prefix of their topics. */
class Readers {
  readonly #memory: NodeMemory<readonly KnownReader[]>;
  readonly #known = new Map<string, KnownReader>();

  constructor(node: Node) {
    this.#memory = new NodeMemory(node, 'readers');
  }

  async load(): Promise<void> {
    const known = await this.#memory.load((kept) =>
      (Array.isArray(kept) ? kept : []).map(recallReader).filter((reader) => reader !== undefined),
    );
    for (const reader of known) this.#known.set(reader.name, reader);
  }

  /** @throws UsageError `bad-payload` */
  receive({ topic, payload, retain }: NodeMessageInFlow & { retain?: unknown }): ReturnType<typeof receiveFromReader> {
    const name = readerName(topic);
    const before = this.#known.get(name);
    const received = receiveFromReader(before, { topic, payload, retain }, systemClock.date().getTime());
    if (received.reader !== before) this.#keep(received.reader);
    return received;
  }

  handOver(): void {
    this.#memory.handOver([...this.#known.values()]);
  }

  /** The one that was silent for longest makes room. */
  #keep(reader: KnownReader): void {
    this.#known.delete(reader.name);
    this.#known.set(reader.name, reader);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_READERS && oldest !== undefined) this.#known.delete(oldest);
    void this.#memory.keep([...this.#known.values()]);
  }
}

/** The hour and minute, or the day where that was another one. */
function timeText(time: number): string {
  const date = new Date(time);
  const twoDigits = (value: number): string => String(value).padStart(2, '0');
  return systemClock.date().getTime() - time < MS_PER_DAY
    ? `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`
    : `${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}

function showNothing(RED: NodeAPI, node: Node, kind: NoReading, since: number): void {
  if (kind === 'other') return;
  if (kind === 'standing' || kind === 'old') {
    showStatus(RED, node, 'yellow', 'ring', `mep-decode-json.status.${kind}`, { time: timeText(since) });
  } else if (kind === 'stored') showStatus(RED, node, 'grey', 'ring', 'mep-decode-json.status.stored');
  else showStatus(RED, node, 'yellow', 'ring', `mep-decode-json.status.${kind === 'lost' ? 'lost' : 'unread'}`);
}

/** Reads what another reader sends, such as the ESP32 module of dabbler.dk or amsreader, as a reading of ours. */
export default function (RED: NodeAPI): void {
  function MepDecodeJson(this: Node, properties: NodeDef & ConfigProperties): void {
    RED.nodes.createNode(this, properties);
    const own = textOf(properties, 'serial');
    const readers = new Readers(this);
    const loaded = readers.load().catch((error: unknown) => {
      this.warn(toNodeError(RED, error));
    });
    let isClosed = false;

    onInput(RED, this, async (msg, send) => {
      await loaded;
      // A message that came too late must not overwrite what the next node of this id already knows.
      if (isClosed) return;
      const { reader, news } = readers.receive(msg);
      if (news.kind === 'unread') throw badPayload('the reader has not read its meter yet');
      if (news.kind !== 'reading') {
        showNothing(RED, this, news.kind, news.since);
        return;
      }
      const { payload, meter } = news.message;
      const power = payload['activePower'] ?? payload['activePowerImport'];
      if (typeof power === 'number') showStatus(RED, this, 'green', 'dot', `${power.toFixed(0)} W`);
      else showStatus(RED, this, 'green', 'dot', 'mep-decode-json.status.decoded');
      delete (msg as { registers?: unknown }).registers;
      send(
        Object.assign(msg, {
          raw: msg.payload,
          payload,
          // Which of it was not sent is not known to be missing: a message tells a part only.
          table: { complete: false, readAt: new Date(news.readAt).toISOString() },
          meter: { ...meter, serial: meter.serial ?? (own === '' ? reader.serial : own) },
        }),
      );
    });
    onClose(RED, this, (isRemoved) => {
      isClosed = true;
      if (!isRemoved) readers.handOver();
    });
  }
  RED.nodes.registerType('mep-decode-json', MepDecodeJson);
}
