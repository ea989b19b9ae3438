import type { NodeAPI, NodeMessageInFlow } from 'node-red';
import {
  findFormat,
  type Format,
  type FormatMessage,
  HTTP_PORT_LIMITS,
  type MeterSnapshot,
  SNAPSHOTS,
  systemClock,
} from '../src/internal.js';
import { FormatSession } from './lib/format-session.js';
import { HttpServer } from './lib/http-server.js';
import { defineNode, errorCode, NodeError, type NodeContext, onClose, onInput } from './lib/index.js';
import { announce, type EndAnnouncement } from './lib/mdns.js';
import { badSetting, isTicked, limitedNumber, textOf } from './lib/settings.js';
import { refusesSimulated } from './lib/simulated.js';

/** How long to wait before a port that could not be opened is tried again. */
const RETRY_MS = 2_000;
/** Unknown host names that are logged; more of them, as from a page that tries many, give no further information. */
const MAX_FOREIGN_HOSTS = 5;
const MAX_NAME = 100;

/** An HTTP server that answers from the readings of a session, and announces itself on the network. */
class Service {
  readonly #context: NodeContext;
  readonly #port: number;
  readonly #host: string;
  readonly #isAnnounced: boolean;
  readonly #format: Format;
  readonly #session: FormatSession<MeterSnapshot, FormatMessage>;
  readonly #names: readonly string[];
  readonly #foreignHosts = new Set<string>();
  #server: HttpServer | undefined;
  /** Why no request can be answered. */
  #problem: Error | undefined;
  #announcement: Promise<EndAnnouncement | undefined> | undefined;
  #cancelRetry: () => void = () => undefined;
  #isClosed = false;

  /** @throws UsageError `bad-setting` */
  constructor(context: NodeContext) {
    const { properties } = context;
    const definition = findFormat(properties['format']);
    const format = definition?.create(properties);
    if (format?.answer === undefined) throw badSetting('format');
    this.#context = context;
    this.#format = format;
    this.#port = limitedNumber(properties, 'port', HTTP_PORT_LIMITS);
    this.#host = textOf(properties, 'host');
    this.#names = textOf(properties, 'hostNames')
      .split(/[\s,;]+/)
      .filter((name) => name !== '');
    this.#isAnnounced = isTicked(properties, 'announce');
    this.#session = new FormatSession({
      context,
      format,
      model: SNAPSHOTS,
      refusesSimulated: refusesSimulated(properties),
      clock: systemClock,
      onDue: () => {
        this.#show();
      },
    });
  }

  async start(): Promise<void> {
    await this.#session.load().catch((error: unknown) => {
      this.#context.warn(error);
    });
    await this.#listen();
    this.#announceOnce();
  }

  receive(msg: NodeMessageInFlow): void {
    this.#session.receive(msg);
    this.#announceOnce();
    this.#show();
  }

  async close(isRemoved: boolean): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry();
    await Promise.all([
      this.#session.close(isRemoved),
      this.#server?.close(),
      this.#announcement?.then((end) => end?.()),
    ]);
  }

  async #listen(): Promise<void> {
    const server = new HttpServer((request) => this.#session.answer(request), {
      names: this.#names,
      onForeignHost: (host) => {
        this.#reportForeign(host);
      },
    });
    try {
      await server.listen(this.#port, this.#host);
      if (this.#isClosed) await server.close();
      this.#server = server;
      this.#problem = undefined;
    } catch (error) {
      this.#report(error);
      if (!this.#isClosed) this.#cancelRetry = systemClock.after(RETRY_MS, () => void this.#listen());
    }
    this.#show();
  }

  /** Logged once for each name, since the program that used the name shows only that its request failed. */
  #reportForeign(host: string): void {
    const name = host.replace(/[^\w.:[\]-]/g, '').slice(0, MAX_NAME);
    if (this.#foreignHosts.has(name) || this.#foreignHosts.size >= MAX_FOREIGN_HOSTS) return;
    this.#foreignHosts.add(name);
    this.#context.node.warn(this.#context.text('mep-http-server.error.foreign-host', { host: name }));
  }

  /** A problem is reported once. */
  #report(error: unknown): void {
    const code = errorCode(error);
    const text = this.#context.text(`mep-http-server.error.${code}`, { port: this.#port });
    if (this.#problem?.message !== text) this.#context.node.error(new NodeError(text, error));
    this.#problem = new NodeError(text, error);
  }

  /** As soon as it is known which meter it is: its serial number is part of what is announced. */
  #announceOnce(): void {
    const meter = this.#session.firstMeter;
    if (!this.#isAnnounced || this.#isClosed || this.#announcement !== undefined || meter === undefined) return;
    const announcement = this.#format.announcement?.(meter);
    if (announcement === undefined) return;
    this.#announcement = announce(announcement, this.#port).catch((error: unknown) => {
      const detail = error instanceof Error ? error.message : String(error);
      this.#context.node.warn(this.#context.text('mep-http-server.error.mdns', { detail }));
      return undefined;
    });
  }

  #show(): void {
    const { total, online } = this.#session.count();
    if (this.#isClosed) return;
    if (this.#problem) this.#context.status.showError(this.#problem);
    else if (total === 0) this.#context.status.show('grey', 'ring', 'mep-http-server.status.waiting');
    else if (online === 0) this.#context.status.show('yellow', 'ring', 'mep-http-server.status.silent');
    else this.#context.status.show('green', 'dot', 'mep-http-server.status.serving', { port: this.#port });
  }
}

/** Answers apps that ask for readings over HTTP, on a port of its own. */
export default function (RED: NodeAPI): void {
  defineNode(RED, 'mep-http-server', (context) => {
    const service = new Service(context);
    const started = service.start();
    onInput(context, async (msg) => {
      await started;
      service.receive(msg);
    });
    onClose(context, async (isRemoved) => {
      await started;
      await service.close(isRemoved);
    });
  });
}
