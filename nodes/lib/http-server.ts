import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type FormatAnswer, type FormatRequest, TransportError } from '../../src/index.js';

/** More than a house has; a client that forgets to close its connections must not starve Node-RED. */
const MOST_CONNECTIONS = 50;

/** Who begins a request and does not go on with it must not keep others out. */
const PATIENCE = { headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 } as const;

const CODES = { EADDRINUSE: 'port-busy', EACCES: 'port-denied' } as const;

function openingError(error: unknown): TransportError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const known = code in CODES ? CODES[code as keyof typeof CODES] : 'port-failed';
  return new TransportError(known, message, { cause: error });
}

function handle(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (request: FormatRequest) => FormatAnswer,
): void {
  const [path = '/'] = (request.url ?? '/').split('?');
  const { statusCode, headers, payload } = answer({ method: request.method ?? '', path });
  // Small clients know no other way to tell where an answer ends.
  response.writeHead(statusCode, { ...headers, 'Content-Length': Buffer.byteLength(payload) }).end(payload);
}

/** A small HTTP server on a port of its own. */
export class HttpServer {
  readonly #server: Server;

  /** @param answer must not throw */
  constructor(answer: (request: FormatRequest) => FormatAnswer) {
    this.#server = createServer(PATIENCE, (request, response) => {
      handle(request, response, answer);
    });
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  /**
   * @param host an address of this machine; empty = all of them
   * @throws TransportError `port-busy`, `port-denied`, `port-failed`
   */
  async listen(port: number, host: string): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject);
        this.#server.listen({ port, ...(host !== '' && { host }) }, () => {
          this.#server.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      throw openingError(error);
    }
    // Whatever goes wrong with a client's connection is the client's affair.
    this.#server.on('error', () => undefined);
  }

  /** Ends all connections, finished or not; the port is free afterwards. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
      this.#server.closeAllConnections();
    });
  }
}
