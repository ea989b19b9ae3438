import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { serveTcp, SimulatedMeter } from '../../../src/simulator/index.js';

/** How a bridge ends a connection: with a FIN, with a reset, or without notice (later bytes get a reset, or no response). */
export type Ending = 'fin' | 'reset' | 'forget-and-reset' | 'forget';

export interface TcpBridgeOptions {
  /** Default: any free one. */
  readonly port?: number;
  /** Ends a connection without received bytes after so long, in ms; default: never. */
  readonly idleMs?: number;
  readonly ending?: Ending;
  /** Allows only one client, the newest. */
  readonly isNewestOnly?: boolean;
  /** Handles bytes in both directions; default: passes them on at once. */
  readonly carry?: (bytes: Buffer, pass: (bytes: Uint8Array) => void) => void;
}

interface Client {
  readonly socket: Socket;
  readonly upstream: Socket;
  timer: NodeJS.Timeout | undefined;
  isForgotten: boolean;
}

/** A real TCP bridge to a local port, with the behaviour of bridges, NAT routers and firewalls. */
export class TcpBridge {
  /** The times at which connections were accepted. */
  readonly accepted: number[] = [];
  readonly #target: number;
  readonly #options: TcpBridgeOptions;
  readonly #clients = new Set<Client>();
  #server: Server | undefined;
  #port: number;

  constructor(target: number, options: TcpBridgeOptions = {}) {
    this.#target = target;
    this.#options = options;
    this.#port = options.port ?? 0;
  }

  get port(): number {
    return this.#port;
  }

  get openConnections(): number {
    return this.#clients.size;
  }

  /** Listens, on the same port as before if there was one. Does nothing if the bridge is listening. */
  async start(): Promise<void> {
    if (this.#server) return;
    this.#server = createServer((socket) => {
      this.#accept(socket);
    });
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Stops listening and ends every connection. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.cut();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  /** Resets all connections. */
  cut(): void {
    for (const client of this.#clients) this.#end(client, 'reset');
  }

  /** Sends bytes of its own to all clients. */
  send(bytes: Uint8Array): void {
    for (const { socket } of this.#clients) if (socket.writable) socket.write(bytes);
  }

  #accept(socket: Socket): void {
    this.accepted.push(Date.now());
    if (this.#options.isNewestOnly === true) for (const client of this.#clients) this.#end(client, 'fin');
    const upstream = connect(this.#target, '127.0.0.1');
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
    socket.on('data', (bytes) => {
      if (client.isForgotten) {
        if (this.#options.ending === 'forget-and-reset') socket.resetAndDestroy();
        return;
      }
      note();
      this.#carry(bytes, upstream);
    });
    upstream.on('data', (bytes) => {
      note();
      if (!client.isForgotten) this.#carry(bytes, socket);
    });
    for (const end of [socket, upstream]) {
      end.setNoDelay(true);
      // Every end of a connection is followed by `close`.
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

  #carry(bytes: Buffer, to: Socket): void {
    const pass = (passed: Uint8Array): void => {
      if (to.writable) to.write(passed);
    };
    if (this.#options.carry) this.#options.carry(bytes, pass);
    else pass(bytes);
  }

  #end(client: Client, ending: Ending): void {
    if (ending === 'fin') client.socket.end();
    else if (ending === 'reset') client.socket.resetAndDestroy();
    else client.isForgotten = true;
  }
}

/** A simulated meter behind a bridge. */
export interface BridgedMeter {
  readonly meter: SimulatedMeter;
  readonly bridge: TcpBridge;
  readonly close: () => Promise<void>;
}

export async function bridgedMeter(
  options: TcpBridgeOptions = {},
  meter: SimulatedMeter = new SimulatedMeter(),
): Promise<BridgedMeter> {
  const served = await serveTcp({ meter, port: 0 });
  const bridge = new TcpBridge(Number(served.address.split(':').at(-1)), options);
  await bridge.start();
  const close = async (): Promise<void> => {
    await bridge.stop();
    await served.close();
  };
  return { meter, bridge, close };
}
