import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { serveTcp, type ServedMeter, SimulatedMeter } from '../../../src/simulator/index.js';

/** How a bridge ends a connection: with a FIN, with a reset, or by forgetting it (a reset, or nothing, answers what comes then). */
export type Ending = 'fin' | 'reset' | 'forget-and-reset' | 'forget';

export interface TcpBridgeOptions {
  /** Ends a connection on which nothing has come for so long, in ms; default: never. */
  readonly idleMs?: number;
  readonly ending?: Ending;
  /** Lets in the newest client only. */
  readonly isNewestOnly?: boolean;
}

interface Client {
  readonly socket: Socket;
  readonly upstream: Socket;
  timer: NodeJS.Timeout | undefined;
  isForgotten: boolean;
}

/** A real TCP bridge before a simulated meter, with the manners of bridges, NAT routers and firewalls. */
export class TcpBridge {
  readonly meter = new SimulatedMeter();
  /** When each connection was accepted. */
  readonly accepted: number[] = [];
  readonly #options: TcpBridgeOptions;
  readonly #clients = new Set<Client>();
  #server: Server | undefined;
  #served: ServedMeter | undefined;
  #port = 0;

  constructor(options: TcpBridgeOptions = {}) {
    this.#options = options;
  }

  get port(): number {
    return this.#port;
  }

  get openConnections(): number {
    return this.#clients.size;
  }

  /** Listens, on the port it had before where there is one. */
  async start(): Promise<void> {
    this.#served ??= await serveTcp({ meter: this.meter, port: 0 });
    const [, upstreamPort] = this.#served.address.split(':');
    this.#server = createServer((socket) => {
      this.#accept(socket, Number(upstreamPort));
    });
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Stops listening and ends every connection. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const client of this.#clients) this.#end(client, 'reset');
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#served?.close();
  }

  #accept(socket: Socket, upstreamPort: number): void {
    this.accepted.push(Date.now());
    if (this.#options.isNewestOnly === true) for (const client of this.#clients) this.#end(client, 'fin');
    const upstream = connect(upstreamPort, '127.0.0.1');
    const client: Client = { socket, upstream, timer: undefined, isForgotten: false };
    this.#clients.add(client);
    const note = (): void => {
      clearTimeout(client.timer);
      const { idleMs } = this.#options;
      if (idleMs === undefined) return;
      client.timer = setTimeout(() => {
        this.#end(client, this.#options.ending ?? 'fin');
      }, idleMs);
    };
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      if (client.isForgotten) {
        if (this.#options.ending === 'forget-and-reset') socket.resetAndDestroy();
        return;
      }
      note();
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      note();
      if (!client.isForgotten) socket.write(bytes);
    });
    for (const end of [socket, upstream]) {
      end.on('error', () => undefined);
      end.on('close', () => {
        clearTimeout(client.timer);
        socket.destroy();
        upstream.destroy();
        this.#clients.delete(client);
      });
    }
    note();
  }

  #end(client: Client, ending: Ending): void {
    if (ending === 'fin') client.socket.end();
    else if (ending === 'reset') client.socket.resetAndDestroy();
    else client.isForgotten = true;
  }
}
