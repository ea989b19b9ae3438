import { connect } from 'node:net';

/**
 * Where serial servers offer raw bytes unless someone sets another port: ser2net, Moxa, Lantronix, Elfin and other Wi-Fi
 * bridges, ESPHome's stream server, Tasmota's TCP bridge, esp-link.
 */
export const RAW_PORTS = [2_000, 2_001, 2_217, 3_333, 4_001, 6_638, 8_888, 8_899, 9_999, 10_001, 23] as const;

const CONNECT_TIMEOUT_MS = 3_000;

/** How a host takes connections. */
export interface HostPorts {
  /** Ports that accepted one, in the order asked for. */
  readonly open: readonly number[];
  /** Whether the host responded at all: a refusal is a response. */
  readonly isReachable: boolean;
}

/** Connects to each port once and closes the connection without sending anything. */
export async function openPorts(
  host: string,
  ports: readonly number[],
  signal: AbortSignal,
  timeoutMs = CONNECT_TIMEOUT_MS,
): Promise<HostPorts> {
  const results = await Promise.all(ports.map((port) => stateOf(host, port, signal, timeoutMs)));
  return {
    open: ports.filter((_, index) => results[index] === 'open'),
    isReachable: results.some((result) => result !== 'silent'),
  };
}

type PortState = 'open' | 'refused' | 'silent';

function stateOf(host: string, port: number, signal: AbortSignal, timeoutMs: number): Promise<PortState> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (state: PortState): void => {
      signal.removeEventListener('abort', stop);
      socket.destroy();
      resolve(state);
    };
    const stop = (): void => {
      end('silent');
    };
    signal.addEventListener('abort', stop);
    socket.setTimeout(timeoutMs, stop);
    socket.on('connect', () => {
      end('open');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      end(error.code === 'ECONNREFUSED' ? 'refused' : 'silent');
    });
  });
}
