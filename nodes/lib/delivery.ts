import type { NodeMessage, NodeMessageInFlow } from 'node-red';
import { type Clock, homeAssistant } from '../../src/internal.js';
import { NodeMemory } from './memory.js';
import type { NodeContext } from './node-context.js';

/** What is sent after a receipt. */
export interface Receipt {
  /** Readings that were lost on the way, to be sent again. */
  readonly messages: NodeMessage[];
  /** Whether all must be announced again. */
  readonly mustAnnounce: boolean;
}

/** Tracks which messages of a node the broker has confirmed, and keeps the readings that it has not. */
export class Delivery {
  readonly #id: string;
  readonly #settings: homeAssistant.HomeAssistantSettings;
  readonly #clock: Clock;
  readonly #memory: NodeMemory<homeAssistant.Outbox>;
  readonly #onDropping: () => void;
  #outbox = homeAssistant.EMPTY_OUTBOX;

  /** @param onDropping called when the first reading had to be dropped since the broker is away */
  constructor(
    context: NodeContext,
    settings: homeAssistant.HomeAssistantSettings,
    clock: Clock,
    onDropping: () => void,
  ) {
    this.#id = context.node.id;
    this.#settings = settings;
    this.#clock = clock;
    this.#memory = new NodeMemory(context, 'undelivered');
    this.#onDropping = onDropping;
  }

  async load(): Promise<void> {
    this.#outbox = await this.#memory.load(homeAssistant.recallOutbox);
    // These readings are sent again now, so the next start must not send them once more.
    if (this.#outbox.readings.length > 0) await this.#memory.keep(undefined);
  }

  /**
   * Hands unconfirmed readings over to the next node with this id, also after a restart of Node-RED.
   * @returns when that is done
   */
  async handOver(): Promise<void> {
    this.#memory.handOver(this.#outbox);
    const remembered = homeAssistant.rememberOutbox(this.#outbox);
    if (remembered !== undefined) await this.#memory.keep(remembered);
  }

  /**
   * Messages as they are sent, each with what its receipt is known by.
   * @param reading the one that the last of them holds; undefined where all are announcements
   */
  post(messages: readonly homeAssistant.MqttMessage[], reading?: homeAssistant.MeterReading): NodeMessage[] {
    const posted = homeAssistant.post(this.#outbox, messages, reading, this.#settings, this.#clock.now());
    const isFirstDropped = this.#outbox.dropped === 0 && posted.outbox.dropped > 0;
    this.#outbox = posted.outbox;
    if (isFirstDropped) this.#onDropping();
    return posted.messages.map((message) => this.#labelled(message));
  }

  /** Takes a message of a Complete node; undefined for any other message. */
  receive(msg: NodeMessageInFlow): Receipt | undefined {
    const number = homeAssistant.receiptOf({ complete: msg['complete'], delivery: msg['delivery'] }, this.#id);
    if (number === undefined) return undefined;
    const { outbox, messages, mustAnnounce } = homeAssistant.confirm(this.#outbox, number, this.#clock.now());
    this.#outbox = outbox;
    return { messages: messages.map((message) => this.#labelled(message)), mustAnnounce };
  }

  /** Readings that wait for the broker, and those for which there was no room. */
  get waiting(): { readonly kept: number; readonly dropped: number } {
    return { kept: homeAssistant.waiting(this.#outbox, this.#clock.now()), dropped: this.#outbox.dropped };
  }

  #labelled({ number, ...message }: homeAssistant.NumberedMessage): NodeMessage {
    return { ...message, delivery: { from: this.#id, number } };
  }
}
