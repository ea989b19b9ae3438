import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Below the ports that the system gives to connections, so that none of those takes one of ours meanwhile. */
const FIRST_PORT = 12_000;
const PORTS_OF_A_PROCESS = 32;
const PROCESSES = 600;
let given = 0;

/**
 * A TCP port that nobody uses just now, and that no other process of tests is given: their numbers differ little, so that
 * each has ports of its own.
 */
export async function freePort(): Promise<number> {
  const own = FIRST_PORT + (process.pid % PROCESSES) * PORTS_OF_A_PROCESS;
  for (let tries = 0; tries < PORTS_OF_A_PROCESS; tries++) {
    const port = own + (given++ % PORTS_OF_A_PROCESS);
    if (await isFree(port)) return port;
  }
  throw new Error(`No port from ${own} on is free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, () => {
      resolve(true);
    });
  });
  if (!isListening) return false;
  server.close();
  await once(server, 'close');
  return true;
}

/** Waits until something listens on a port. */
export async function listening(port: number, limitMs = 60_000): Promise<void> {
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
