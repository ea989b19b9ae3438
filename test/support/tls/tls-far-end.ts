import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concatBytes, toHex } from '../../../src/bytes/hex.js';
import { frameMessage } from '../../../src/mep/message.js';
import type { Transport, TransportEvents } from '../../../src/transport/index.js';
import { freePort, listening } from '../ports.js';

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** The reason why mbed TLS cannot be used; undefined if it can. */
export const whyNoMbedtls = ((): string | undefined => {
  if (spawnSync('cc', ['--version']).error) return 'there is no C compiler (Debian: gcc libc6-dev)';
  const preprocessed = spawnSync('cc', ['-E', '-'], { input: '#include <mbedtls/ssl.h>\n' });
  return preprocessed.status === 0 ? undefined : 'mbed TLS is not installed (Debian: libmbedtls-dev)';
})();

/** A TLS server in another process. */
export class TlsProcess {
  readonly #process: ChildProcess;
  readonly port: number;
  #output = '';

  private constructor(process: ChildProcess, port: number) {
    this.#process = process;
    this.port = port;
    const note = (bytes: Buffer): void => {
      this.#output += bytes.toString();
    };
    process.stdout?.on('data', note);
    process.stderr?.on('data', note);
  }

  /** The output of the server since it began to listen. */
  get output(): string {
    return this.#output;
  }

  /** OpenSSL, which returns each received line reversed. Supports only identities without a zero byte. */
  static async openssl(psk: Uint8Array, identity: string, ...options: string[]): Promise<TlsProcess> {
    const port = await freePort();
    const server = spawn('openssl', [
      ...['s_server', '-accept', String(port), '-nocert', '-tls1_2', '-rev'],
      ...['-psk', toHex(psk, ''), '-psk_identity', identity, '-cipher', 'PSK-AES256-GCM-SHA384'],
      ...options,
    ]);
    const made = new TlsProcess(server, port);
    await listening(port);
    return made;
  }

  /** The server of `mbedtls-server.c`. */
  static async mbedtls(psk: Uint8Array, identity: Uint8Array, extendedMasterSecret: boolean): Promise<TlsProcess> {
    const server = spawn(mbedtlsProgram(), [toHex(psk, ''), toHex(identity, ''), extendedMasterSecret ? '1' : '0']);
    const [first] = (await once(server.stdout, 'data')) as [Buffer];
    return new TlsProcess(server, Number(first.toString()));
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill();
    await once(this.#process, 'close');
  }
}

let compiled: string | undefined;

function mbedtlsProgram(): string {
  if (compiled !== undefined) return compiled;
  const folder = mkdtempSync(join(tmpdir(), 'mbedtls-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  compiled = join(folder, 'mbedtls-server');
  const libraries = ['-lmbedtls', '-lmbedx509', '-lmbedcrypto'];
  const made = spawnSync('cc', ['-o', compiled, join(__dirname, 'mbedtls-server.c'), ...libraries], {
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(made.stderr);
  return compiled;
}

const [TERMINATE, HANDSHAKE, CONTINUED, TABLE] = [0x57, 0x58, 0x59, 0x80];
/** Time without bytes after which the server's answer is complete. */
const QUIET_MS = 100;
const ALERT_TYPE = 0x15;
const ALERT_DESCRIPTION_AT = 6;
const BAD_RECORD_MAC = 20;
const UNKNOWN_PSK_IDENTITY = 115;

/** The MEP port of a meter that uses another TLS server: it unpacks messages and packs answers. */
export class TlsBridge implements Transport {
  readonly description = 'a bridge to a TLS server';
  readonly codes: number[] = [];
  /** Maximum number of TLS bytes in one answer. */
  pieceBytes = 475;
  readonly #port: number;
  #events: TransportEvents | undefined;
  #socket: Socket | undefined;
  #pending: Uint8Array = new Uint8Array(0);

  constructor(server: TlsProcess) {
    this.#port = server.port;
  }

  open(events: TransportEvents): Promise<void> {
    this.#events = events;
    return Promise.resolve();
  }

  async write(message: Uint8Array): Promise<void> {
    const [code, bytes] = [message[2]!, message.subarray(3)];
    this.codes.push(code);
    const answer = await this.#answer(code, bytes);
    this.#events?.data(frameMessage(answer));
  }

  close(): Promise<void> {
    this.#events = undefined;
    this.drop();
    return Promise.resolve();
  }

  /** Drops the meter's session. */
  drop(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#pending = new Uint8Array(0);
  }

  async #answer(code: number, bytes: Uint8Array): Promise<Uint8Array> {
    if (code === HANDSHAKE || code === TERMINATE) this.drop();
    if (code === TERMINATE) return Uint8Array.of(0x00);
    if (code === HANDSHAKE) {
      this.#socket = connect(this.#port, '127.0.0.1');
      await once(this.#socket, 'connect');
    }
    if (!this.#socket || ![HANDSHAKE, CONTINUED, TABLE].includes(code)) return Uint8Array.of(0x0a);
    const flight = concatBytes(this.#pending, bytes.length > 0 ? await this.#ask(this.#socket, bytes) : bytes);
    if (flight[0] === ALERT_TYPE) {
      this.drop();
      const isKey = [BAD_RECORD_MAC, UNKNOWN_PSK_IDENTITY].includes(flight[ALERT_DESCRIPTION_AT]!);
      return Uint8Array.of(isKey ? 0x03 : 0x01);
    }
    this.#pending = flight.subarray(this.pieceBytes);
    return concatBytes(Uint8Array.of(0x00), flight.subarray(0, this.pieceBytes));
  }

  async #ask(socket: Socket, bytes: Uint8Array): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    const note = (part: Uint8Array): void => {
      parts.push(part);
    };
    socket.on('data', note);
    socket.write(bytes);
    const end = Date.now() + 60_000;
    for (let seen = -1; Date.now() < end && (parts.length === 0 || parts.length !== seen) && !socket.destroyed;) {
      seen = parts.length;
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    }
    socket.off('data', note);
    return concatBytes(...parts);
  }
}
