import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Below the range that the system gives to connections, so that none of them takes one of our ports. */
const FIRST_PORT = 12_000;
const PORTS_OF_A_PROCESS = 32;
const PROCESSES = 600;
let range: Promise<number> | undefined;
let given = 0;

/** A free TCP port from the range of this process. */
export async function freePort(): Promise<number> {
  range ??= claimRange();
  const first = await range;
  for (let tries = 1; tries < PORTS_OF_A_PROCESS; tries++) {
    const port = first + 1 + (given++ % (PORTS_OF_A_PROCESS - 1));
    const server = await listenOn(port);
    if (server === undefined) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new Error(`No port from ${first} on is free`);
}

/**
 * Reserves ports for this process by listening on the first of them until it ends: a port that a test releases for a
 * moment, such as that of a broker that is restarted, is not given to another test process.
 */
async function claimRange(): Promise<number> {
  for (let tries = 0; tries < PROCESSES; tries++) {
    const first = FIRST_PORT + ((process.pid + tries) % PROCESSES) * PORTS_OF_A_PROCESS;
    const claim = await listenOn(first);
    if (claim === undefined) continue;
    claim.unref();
    return first;
  }
  throw new Error('Other processes have claimed all ports for tests');
}

async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen(port, () => {
      resolve(server);
    });
  });
}

/** Waits until something listens on a port. */
export async function listening(port: number, limitMs = 240_000): Promise<void> {
  const end = Date.now() + limitMs;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => {
        resolve(true);
      });
      socket.once('error', () => {
        resolve(false);
      });
    });
    socket.destroy();
    if (isOpen) return;
    if (Date.now() > end) throw new Error(`Nothing listens on port ${port}`);
    await pause(25);
  }
}
