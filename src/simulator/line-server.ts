import { MepServer, type MepServerOptions } from './mep-server.js';
import type { SimulatedOpticalPort } from './optical-port.js';
import { OpticalServer } from './optical-server.js';

/** The meter's side of one connection. */
export interface LineServer {
  /** Receives bytes from the client. */
  receive(bytes: Uint8Array): void;
  /** Ends the connection and all its timers. */
  stop(): void;
}

/** @param options with `optical`: that port of the meter instead of its MEP port */
export function lineServer(
  options: MepServerOptions & { readonly optical?: SimulatedOpticalPort | undefined },
): LineServer {
  const { optical } = options;
  return optical ? new OpticalServer({ ...options, port: optical }) : new MepServer(options);
}
