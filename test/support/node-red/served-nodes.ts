import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ExampleNode } from './examples.js';

/** What a node of another package does with a message: its result becomes `msg.payload`; undefined: 204, without one. */
export type ServedNode = (body: string) => unknown;

/** A server in the test, behind nodes of packages that are not installed. */
export class NodeServer {
  readonly #server: Server;
  readonly #nodes = new Map<string, ServedNode>();
  /** Errors of the nodes: a flow must not lead to any. */
  readonly errors: unknown[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      });
    });
  }

  static async start(): Promise<NodeServer> {
    const served = new NodeServer();
    served.#server.listen(0, '127.0.0.1');
    await once(served.#server, 'listening');
    return served;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${path}`;
  }

  /** Handles what is posted to a path. */
  serve(path: string, node: ServedNode): void {
    this.#nodes.set(path, node);
  }

  /**
   * A flow in which a request to this server takes the place of a node.
   * @param property of the message that the node works on, as a JSONata expression
   */
  inPlaceOf(nodes: readonly ExampleNode[], id: string, property: string, node: ServedNode): ExampleNode[] {
    this.serve(id, node);
    return nodes.flatMap((each) => {
      if (each.id !== id) return [each];
      const { z = '', wires = [] } = each;
      const request = `${id}_request`;
      const rules = [{ t: 'set', p: 'payload', pt: 'msg', to: property, tot: 'jsonata' }];
      return [
        { id, type: 'change', z, x: 0, y: 0, rules, wires: [[request]] },
        { id: request, type: 'http request', z, x: 0, y: 0, method: 'POST', ret: 'obj', url: this.url(id), wires },
      ];
    });
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: string }> {
    try {
      const path = (request.url ?? '').slice(1).split('?')[0] ?? '';
      const result = await this.#nodes.get(path)?.(await text(request));
      return result === undefined ? { status: 204, body: '' } : { status: 200, body: JSON.stringify(result) };
    } catch (error) {
      this.errors.push(error);
      return { status: 500, body: JSON.stringify(String(error)) };
    }
  }
}
