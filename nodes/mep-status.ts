import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { INTERVAL_LIMITS, type LinkStatus, LinkStatusWatch, STALE_LIMITS, systemClock } from '../src/internal.js';
import { connectionOf } from './lib/connection-of.js';
import type { ConnectionUser, MeterConnection } from './lib/connection.js';
import { errorText, onClose, onInput, sharedKey, showError, showStatus, textFrom, toNodeError } from './lib/index.js';
import { every } from './lib/every.js';
import { type ConfigProperties, limitedNumber } from './lib/settings.js';

/** Tells how things stand with a meter's link: when that changes, for each message, and every `interval` seconds. */
export default function (RED: NodeAPI): void {
  function MepStatus(this: Node, properties: NodeDef & ConfigProperties): void {
    RED.nodes.createNode(this, properties);
    const reporter = new StatusReporter(RED, this, properties);
    onInput(RED, this, (msg, send) => {
      send(reporter.report(msg));
    });
    onClose(RED, this, () => {
      reporter.close();
    });
    reporter.start();
  }
  RED.nodes.registerType('mep-status', MepStatus);
}

/** What a mep-status node does between its creation and its end. */
class StatusReporter implements ConnectionUser {
  readonly #RED: NodeAPI;
  readonly #node: Node;
  readonly #properties: ConfigProperties;
  #connection: MeterConnection | undefined;
  #watch: LinkStatusWatch | undefined;
  /** Why there is nothing to watch. */
  #problem: unknown;
  #stopSending: () => void = () => undefined;
  #unregister: () => void = () => undefined;

  constructor(RED: NodeAPI, node: Node, properties: ConfigProperties) {
    this.#RED = RED;
    this.#node = node;
    this.#properties = properties;
  }

  /** Joins the connection and begins to watch it; what is wrong with the settings is shown, never thrown. */
  start(): void {
    try {
      const interval = limitedNumber(this.#properties, 'interval', INTERVAL_LIMITS);
      const staleAfterMs = limitedNumber(this.#properties, 'staleAfter', STALE_LIMITS) * 1_000;
      const connection = connectionOf(this.#RED, this.#properties['meter']);
      this.#connection = connection;
      this.#watch = new LinkStatusWatch({
        read: () => connection.status,
        onChange: () => {
          this.#send();
        },
        staleAfterMs,
        clock: systemClock,
      });
      this.#unregister = connection.register(this);
      if (interval > 0) {
        this.#stopSending = every(interval * 1_000, () => {
          this.#send();
          return Promise.resolve();
        });
      }
    } catch (error) {
      this.#problem = error;
      showError(this.#RED, this.#node, error);
      this.#node.error(toNodeError(this.#RED, error));
    }
  }

  close(): void {
    this.#watch?.close();
    this.#stopSending();
    this.#unregister();
  }

  onState(): void {
    this.#show();
  }

  onNews(): void {
    this.#watch?.look();
  }

  /**
   * Puts the present status into a message.
   * @throws UsageError `bad-setting` where the node has no connection, or its settings cannot be
   */
  report(msg: NodeMessage): NodeMessage {
    if (!this.#watch || !this.#connection) throw this.#problem;
    const status = this.#watch.status();
    this.#show(status);
    const { state, online, code, since, ...rest } = status;
    // The description is the connection's own: what a flow does to its message must not reach the next one.
    const meter = structuredClone(this.#connection.identity ?? null);
    return Object.assign(msg, { payload: { state, online, code, text: this.#text(status), since, ...rest }, meter });
  }

  #send(): void {
    this.#node.send(this.report({}));
  }

  /** What happened and what to check, in the language of the runtime. */
  #text({ state, code }: LinkStatus): string {
    const error = this.#connection?.status.error;
    if (error && code !== null) return errorText(this.#RED, error);
    return textFrom(this.#RED, `mep-status.text.${state}`);
  }

  #show(status = this.#watch?.status()): void {
    const error = this.#connection?.status.error;
    if (!status) return;
    const { state } = status;
    if (error) showError(this.#RED, this.#node, error);
    else if (state === 'online') showStatus(this.#RED, this.#node, 'green', 'dot', 'mep-status.status.online');
    else if (state === 'stale') showStatus(this.#RED, this.#node, 'yellow', 'ring', 'mep-status.status.stale');
    else if (state === 'connecting') {
      showStatus(this.#RED, this.#node, 'yellow', 'ring', 'node-red:common.status.connecting');
    } else showStatus(this.#RED, this.#node, 'grey', 'ring', sharedKey('status.closed'));
  }
}
