import type { NodeAPI, NodeMessage } from 'node-red';
import {
  DAYS_LIMITS,
  HISTORY_INTERVAL_LIMITS,
  HISTORY_KINDS,
  historyOrderOf,
  type HistoryRecord,
  type HistoryStart,
  type MeterState,
  systemClock,
} from '../src/internal.js';
import { connectionOf } from './lib/connection-of.js';
import type { ConnectionUser } from './lib/connection.js';
import { HistoryFeed } from './lib/history-feed.js';
import { claimPhase, untilFirstLook, untilNextLook } from './lib/history-phase.js';
import { defineNode, errorCode, type NodeContext, onClose, onInput, type Send } from './lib/index.js';
import { hourAndMinute } from './lib/local-time.js';
import { choiceOf, type ConfigProperties, limitedNumber } from './lib/settings.js';

const DATA_SETS = ['auto', '1', '2', '3', '4'] as const;
const DATA_SET_NUMBERS = { auto: 'auto', '1': 1, '2': 2, '3': 3, '4': 4 } as const;
const STARTS = ['everything', 'now', 'days'] as const;
const WAYS = ['each', 'list'] as const;

const SECOND_MS = 1_000;
/** After an error the next look follows sooner than at the interval, with growing pauses. */
const FIRST_PAUSE_MS = 5_000;
/** Until the first look of a deploy. */
const FIRST_LOOK_MS = 200;

/** Sends what the meter remembers: all at first, then what is new. */
export default function (RED: NodeAPI): void {
  defineNode(RED, 'mep-history', (context) => {
    const node = new HistoryNode(context);
    // Whatever a message carries, it asks for a look: also a decoded reading whose span is wanted.
    onInput(context, (msg, send) => node.receive(msg, send), { acceptsHistory: true });
    onClose(context, (isRemoved) => node.close(isRemoved));
  });
}

class HistoryNode implements ConnectionUser {
  readonly #context: NodeContext;
  readonly #feed: HistoryFeed;
  readonly #unregister: () => void;
  readonly #releasePhase: () => void;
  readonly #intervalS: number;
  readonly #phaseS: number;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  /** Codes of the errors since the last look that went well: each is reported once. */
  readonly #reported = new Set<string>();
  #sent = 0;

  /** @throws UsageError `bad-setting` */
  constructor(context: NodeContext) {
    const { RED, properties } = context;
    this.#context = context;
    this.#intervalS = limitedNumber(properties, 'interval', HISTORY_INTERVAL_LIMITS);
    this.#feed = new HistoryFeed(context, () => connectionOf(RED, properties['meter']), {
      what: choiceOf(properties, 'what', HISTORY_KINDS),
      dataSet: DATA_SET_NUMBERS[choiceOf(properties, 'dataSet', DATA_SETS)],
      start: startOf(properties),
      isList: choiceOf(properties, 'send', WAYS) === 'list',
      onSent: (records) => {
        this.#showSent(records);
      },
    });
    this.#unregister = connectionOf(RED, properties['meter']).register(this);
    const { phaseS, release } = claimPhase(context.node.id, this.#intervalS);
    this.#phaseS = phaseS;
    this.#releasePhase = release;
    if (this.#intervalS > 0) this.#plan(FIRST_LOOK_MS + untilFirstLook(systemClock.date().getTime()));
  }

  onState(state: MeterState, error: Error | undefined): void {
    this.#context.status.showConnection(state, error);
  }

  async close(isRemoved: boolean): Promise<void> {
    clearTimeout(this.#timer);
    this.#releasePhase();
    await this.#feed.close(isRemoved);
    this.#unregister();
  }

  /** @throws UsageError `bad-history`; MeterError of any code */
  async receive(msg: NodeMessage, send: Send): Promise<void> {
    const order = historyOrderOf(msg['history']);
    if (order.kind === 'span') await this.#feed.sendSpan(send, { from: order.from, to: order.to });
    else if (order.kind === 'reset') await this.#feed.reset(send);
    else await this.#feed.sendNew(send);
    if (order.kind !== 'span') this.#noteComplete();
  }

  #plan(delayMs: number): void {
    this.#timer = setTimeout(() => void this.#look(), delayMs);
  }

  async #look(): Promise<void> {
    const { node, status } = this.#context;
    try {
      await this.#feed.sendNew((msg) => {
        node.send(msg);
      });
      this.#noteComplete();
      this.#pauseMs = FIRST_PAUSE_MS;
      this.#plan(untilNextLook(systemClock.date().getTime(), this.#intervalS, this.#phaseS));
    } catch (error) {
      if (this.#feed.isClosed) return;
      const code = errorCode(error);
      if (this.#reported.has(code)) status.showError(error);
      else this.#context.report(error, {});
      this.#reported.add(code);
      const pauseMs = Math.min(this.#pauseMs, this.#intervalS * SECOND_MS);
      this.#pauseMs *= 2;
      this.#plan(pauseMs);
    }
  }

  #noteComplete(): void {
    this.#reported.clear();
    this.#sent = 0;
    const time = hourAndMinute(systemClock.date());
    this.#context.status.show('green', 'dot', 'mep-history.status.complete', { time });
  }

  #showSent(records: readonly HistoryRecord[]): void {
    const last = records.at(-1);
    if (last === undefined) return;
    this.#sent += records.length;
    const { more } = last.history;
    const all = this.#sent + (typeof more === 'number' ? more : 0);
    this.#context.status.show('yellow', 'dot', 'mep-history.status.reading', { sent: this.#sent, all });
  }
}

/** Where the first look begins. */
function startOf(properties: ConfigProperties): HistoryStart {
  const start = choiceOf(properties, 'from', STARTS);
  return start === 'days' ? { days: limitedNumber(properties, 'days', DAYS_LIMITS) } : start;
}
