import { realpathSync } from 'node:fs';
import { type MeterSettings, TransportError } from '../../src/internal.js';

/** The users of ports in this Node-RED. */
export interface EndpointHolder {
  /** The name under which a person knows it. */
  readonly label: string;
}

/** Ports in use by this process. A serial port locks itself; a network port would take both and mix their answers. */
const holders = new Map<string, EndpointHolder>();
const SERIAL = 'serial:';

/** The name of a port as it is written; undefined for what any number of users can have. */
export function endpointOf(settings: MeterSettings): string | undefined {
  switch (settings.transport) {
    case 'serial':
      return `${SERIAL}${settings.port ?? ''}`;
    case 'tcp':
      return `tcp:${(settings.host ?? '').toLowerCase()}:${settings.tcpPort ?? 0}`;
    case 'simulator':
      return undefined;
  }
}

/**
 * Takes a port for one holder; taking it twice does no harm.
 * @throws TransportError `port-busy` that names the other holder
 */
export function claimEndpoint(endpoint: string | undefined, holder: EndpointHolder): void {
  if (endpoint === undefined) return;
  const other = holderOf(endpoint);
  if (other && other !== holder) {
    throw new TransportError('port-busy', `The port is used by the connection "${other.label}"`, {
      values: { owner: other.label },
    });
  }
  holders.set(endpoint, holder);
}

/** Gives a port back; does nothing when another holder has it. */
export function releaseEndpoint(endpoint: string | undefined, holder: EndpointHolder): void {
  if (endpoint !== undefined && holders.get(endpoint) === holder) holders.delete(endpoint);
}

/** The user of a port, under any of its names. */
export function holderOf(endpoint: string | undefined): EndpointHolder | undefined {
  if (endpoint === undefined) return undefined;
  const wanted = presentName(endpoint);
  return [...holders].find(([name]) => presentName(name) === wanted)?.[1];
}

/** What a link leads to now: after replugging it may be another port. */
function presentName(endpoint: string): string {
  if (!endpoint.startsWith(SERIAL)) return endpoint;
  try {
    return `${SERIAL}${realpathSync(endpoint.slice(SERIAL.length))}`;
  } catch {
    return endpoint;
  }
}
