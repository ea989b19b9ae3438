import { once } from 'node:events';
import { createServer } from 'node:net';
import { connectAsync, type MqttClient } from 'mqtt';
import { freePort } from '../ports.js';

export interface Published {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

/** The embedded broker of `npm start`, and a client that records everything that is published. */
export class EmbeddedBroker {
  readonly port: number;
  readonly published: Published[] = [];
  readonly #client: MqttClient;
  readonly #close: () => Promise<void>;

  private constructor(port: number, client: MqttClient, close: () => Promise<void>) {
    this.port = port;
    this.#client = client;
    this.#close = close;
    client.on('message', (topic, payload, { retain }) =>
      this.published.push({ topic, payload: payload.toString(), retain }),
    );
  }

  static async start(): Promise<EmbeddedBroker> {
    const { Aedes } = await import('aedes');
    const aedes = await Aedes.createBroker();
    const port = await freePort();
    const server = createServer(aedes.handle).listen(port, '127.0.0.1');
    await once(server, 'listening');
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`);
    const broker = new EmbeddedBroker(port, client, async () => {
      await client.endAsync(true);
      await new Promise<void>((resolve) => {
        aedes.close(() => {
          server.close(() => {
            resolve();
          });
        });
      });
    });
    await client.subscribeAsync('#');
    return broker;
  }

  /** The first publication on a topic that `pattern` matches, now or within the limit. */
  async firstOn(pattern: RegExp, limitMs = 60_000): Promise<Published> {
    const end = Date.now() + limitMs;
    for (;;) {
      const found = this.published.find(({ topic }) => pattern.test(topic));
      if (found) return found;
      if (Date.now() > end)
        throw new Error(
          `Nothing on ${pattern.source}; received: ${[...new Set(this.published.map((message) => message.topic))].join()}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop(): Promise<void> {
    await this.#close();
  }

  publish(topic: string, payload: string): Promise<unknown> {
    return this.#client.publishAsync(topic, payload);
  }
}
