/** A simulated meter for other programs: on a TCP port, or on a pseudo terminal that looks like a serial port. */
import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { type Clock, systemClock } from '../clock.js';
import { TransportError } from '../errors.js';
import { FaultInjector } from './faults.js';
import { type LineServer, lineServer } from './line-server.js';
import { type LineTiming, METER_TIMING } from './mep-server.js';
import type { SimulatedOpticalPort } from './optical-port.js';
import type { SimulatedMeter } from './simulated-meter.js';

/** Bytes from another process may arrive in pieces, with pauses that a serial line does not have. */
export const PROCESS_TIMING: LineTiming = { ...METER_TIMING, interByteMs: 250 };

export interface ServeOptions {
  readonly meter: SimulatedMeter;
  /** Serves this port of the meter instead of its MEP port. */
  readonly optical?: SimulatedOpticalPort | undefined;
  /** Default `PROCESS_TIMING`. */
  readonly timing?: LineTiming;
  readonly faults?: FaultInjector;
  readonly clock?: Clock;
}

/** A served meter. */
export interface ServedMeter {
  /** `127.0.0.1:4059`, `/tmp/meter` */
  readonly address: string;
  /** Resolves when all connections and the port are closed; may be called more than once. */
  close(): Promise<void>;
}

/** @returns a server for one connection. */
function serverFor(options: ServeOptions, send: (bytes: Uint8Array) => void): LineServer {
  const { meter, optical, clock = systemClock, timing = PROCESS_TIMING, faults = new FaultInjector() } = options;
  return lineServer({ meter, optical, clock, timing, faults, send });
}

/**
 * Serves a meter as a serial bridge would: raw bytes, any number of connections to the one meter.
 * @param port 0 for any free one.
 * @throws TransportError `port-busy` when the port is taken, `port-failed`.
 */
export async function serveTcp(options: ServeOptions & { host?: string; port: number }): Promise<ServedMeter> {
  const { host = '127.0.0.1', port } = options;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    const line = serverFor(options, (bytes) => {
      if (!socket.writableNeedDrain) socket.write(bytes);
    });
    socket.on('data', (bytes) => {
      line.receive(bytes);
    });
    // A reset connection is closed like any other: `close` follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      line.stop();
      sockets.delete(socket);
    });
  });
  await listen(server, host, port);
  const bound = server.address();
  let closed: Promise<void> | undefined;
  return {
    address: `${host.includes(':') ? `[${host}]` : host}:${typeof bound === 'object' && bound ? bound.port : port}`,
    close: () => {
      closed ??= new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      });
      return closed;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code === 'EADDRINUSE' ? 'port-busy' : 'port-failed';
      reject(new TransportError(code, `Cannot listen on ${host}:${port}: ${error.message}`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

/**
 * Serves a meter on a pseudo terminal, which any program can open like a serial port. Needs `socat`.
 * @param path path of the link to the terminal
 * @throws TransportError `port-failed` when socat is not installed or cannot make the terminal.
 */
export async function servePty(options: ServeOptions & { path: string }): Promise<ServedMeter> {
  const { path } = options;
  const socat = spawn('socat', ['-d', '-d', `pty,raw,echo=0,link=${path}`, 'stdio'], { stdio: 'pipe' });
  const exited = new Promise<void>((resolve) => {
    socat.once('close', () => {
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    let log = '';
    const fail = (message: string, cause?: Error): void => {
      reject(new TransportError('port-failed', message, { values: { port: path }, cause }));
    };
    socat.once('error', (error) => {
      fail('A pseudo terminal needs socat, which could not be started (Debian: apt-get install socat)', error);
    });
    socat.once('close', () => {
      fail(`socat could not make ${path}: ${log.trim()}`);
    });
    socat.stderr.on('data', (bytes: Buffer) => {
      log = (log + bytes.toString()).slice(-2_000);
      if (log.includes('starting data transfer')) resolve();
    });
  });
  // socat ends when the last user closes the terminal: this descriptor keeps it open.
  const keepOpen = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  const line = serverFor(options, (bytes) => {
    if (!socat.stdin.writableNeedDrain) socat.stdin.write(bytes);
  });
  socat.stdin.on('error', () => undefined);
  socat.stdout.on('data', (bytes: Buffer) => {
    line.receive(bytes);
  });
  let closed: Promise<void> | undefined;
  return {
    address: path,
    close: () => {
      if (!closed) {
        line.stop();
        closeSync(keepOpen);
        socat.kill();
        closed = exited;
      }
      return closed;
    },
  };
}
