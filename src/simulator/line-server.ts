import { MepServer, type MepServerOptions } from './mep-server.js';
import type { SimulatedOpticalPort } from './optical-port.js';
import { OpticalServer } from './optical-server.js';

/** The meter's end of one connection. */
export interface LineServer {
  /** Takes in bytes as they come over the line. */
  receive(bytes: Uint8Array): void;
  /** Ends the connection; leaves no timer behind. */
  stop(): void;
}

/** @param options with `optical`, it is that port of the meter instead of its MEP port */
export function lineServer(
  options: MepServerOptions & { readonly optical?: SimulatedOpticalPort | undefined },
): LineServer {
  const { optical } = options;
  return optical ? new OpticalServer({ ...options, port: optical }) : new MepServer(options);
}
