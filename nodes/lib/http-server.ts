import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { foreignPart } from './http-origin.js';
import { limitPlaces } from './http-places.js';
import { type FormatAnswer, type FormatRequest, TransportError } from '../../src/internal.js';

export interface HttpServerOptions {
  /** Names of this machine beside its own and those of a home network. */
  readonly names?: readonly string[];
  /** Called with the name that a request was sent to and that is not this machine's. */
  readonly onForeignHost?: (host: string) => void;
}

/** An unfinished request must not occupy a connection for long. */
const TIMEOUTS = { headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 } as const;

/** A browser does not give the answers to pages of other machines that embed them. */
const SAFE_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

const REFUSALS = {
  host: 'This name is not one of this machine. If it is, enter it in the node that answers here.\n',
  origin: 'Web pages of other machines are not answered.\n',
} as const;

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
  { names = [], onForeignHost }: HttpServerOptions,
): void {
  const { host, origin } = request.headers;
  const foreign = foreignPart({ host, origin }, names);
  if (foreign !== undefined) {
    response.writeHead(403, { ...SAFE_HEADERS, 'Content-Type': 'text/plain' }).end(REFUSALS[foreign]);
    if (foreign === 'host') onForeignHost?.(host ?? '');
    return;
  }
  const [path = '/'] = (request.url ?? '/').split('?');
  const { statusCode, headers, payload } = answer({ method: request.method ?? '', path });
  // Small clients find the end of an answer only by its length.
  response
    .writeHead(statusCode, { ...headers, ...SAFE_HEADERS, 'Content-Length': Buffer.byteLength(payload) })
    .end(payload);
}

/** A small HTTP server on a port of its own. */
export class HttpServer {
  readonly #server: Server;

  /** @param answer must not throw */
  constructor(answer: (request: FormatRequest) => FormatAnswer, options: HttpServerOptions = {}) {
    this.#server = createServer(TIMEOUTS, (request, response) => {
      handle(request, response, answer, options);
    });
    limitPlaces(this.#server);
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
    // An error of a client's connection does not concern the node.
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
