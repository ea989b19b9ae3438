import type { NodeAPI, NodeMessage } from 'node-red';
import { INTERVAL_LIMITS, type LinkStatus, LinkStatusWatch, STALE_LIMITS, systemClock } from '../src/internal.js';
import { connectionOf } from './lib/connection-of.js';
import type { ConnectionUser, MeterConnection } from './lib/connection.js';
import { defineNode, errorText, type NodeContext, onClose, onInput, sharedKey } from './lib/index.js';
import { runPeriodically } from './lib/periodic.js';
import { limitedNumber } from './lib/settings.js';

/** Reports the state of a meter's link: when it changes, for each message, and every `interval` seconds. */
export default function (RED: NodeAPI): void {
  defineNode(RED, 'mep-status', (context) => {
    const reporter = new StatusReporter(context);
    onInput(context, (msg, send) => {
      send(reporter.report(msg));
    });
    onClose(context, () => {
      reporter.close();
    });
  });
}

/** Watches a connection, and puts its status into messages. */
class StatusReporter implements ConnectionUser {
  readonly #context: NodeContext;
  readonly #connection: MeterConnection;
  readonly #watch: LinkStatusWatch;
  readonly #unregister: () => void;
  #stopSending: () => void = () => undefined;

  /** @throws UsageError `bad-setting` */
  constructor(context: NodeContext) {
    const { RED, properties } = context;
    const interval = limitedNumber(properties, 'interval', INTERVAL_LIMITS);
    const staleAfterMs = limitedNumber(properties, 'staleAfter', STALE_LIMITS) * 1_000;
    const connection = connectionOf(RED, properties['meter']);
    this.#context = context;
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
    if (interval === 0) return;
    this.#stopSending = runPeriodically(interval * 1_000, () => {
      this.#send();
      return Promise.resolve();
    });
  }

  close(): void {
    this.#watch.close();
    this.#stopSending();
    this.#unregister();
  }

  onState(): void {
    this.#show(this.#watch.status());
  }

  onStatusChange(): void {
    this.#watch.look();
  }

  /** Puts the present status into a message. */
  report(msg: NodeMessage): NodeMessage {
    const status = this.#watch.status();
    this.#show(status);
    const { state, online, code, since, ...rest } = status;
    // The description is the connection's own: what a flow does to its message must not reach the next one.
    const meter = structuredClone(this.#connection.identity ?? null);
    return Object.assign(msg, { payload: { state, online, code, text: this.#text(status), since, ...rest }, meter });
  }

  #send(): void {
    this.#context.node.send(this.report({}));
  }

  /** What happened and what to check, in the language of the runtime. */
  #text({ state, code }: LinkStatus): string {
    const { error } = this.#connection.status;
    if (error && code !== null) return errorText(this.#context.RED, error);
    return this.#context.text(`mep-status.text.${state}`);
  }

  #show({ state }: LinkStatus): void {
    const { error } = this.#connection.status;
    const { status } = this.#context;
    if (error) status.showError(error);
    else if (state === 'online') status.show('green', 'dot', 'mep-status.status.online');
    else if (state === 'stale') status.show('yellow', 'ring', 'mep-status.status.stale');
    else if (state === 'connecting') status.show('yellow', 'ring', 'node-red:common.status.connecting');
    else status.show('grey', 'ring', sharedKey('status.closed'));
  }
}
