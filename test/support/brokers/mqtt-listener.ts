import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';

export interface Received {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly qos: number;
}

/** A client of the broker that records received messages. */
export class Listener {
  readonly received: Received[] = [];
  readonly #client: MqttClient;

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on('message', (topic: string, payload: Buffer, { retain, qos }: IPublishPacket) => {
      this.received.push({ topic, payload: payload.toString(), retain, qos });
    });
  }

  static async connect(url: string, options: IClientOptions): Promise<Listener> {
    const listener = new Listener(await mqtt.connectAsync(url, { reconnectPeriod: 0, ...options }, false));
    await listener.#client.subscribeAsync(['homeassistant/device/#', 'nes-meter/#'], { qos: 1 });
    return listener;
  }

  last(topic: string): Received | undefined {
    return this.received.filter((message) => message.topic === topic).at(-1);
  }

  publish(topic: string, payload: string): Promise<unknown> {
    return this.#client.publishAsync(topic, payload, { qos: 1 });
  }

  async until(what: string, isSo: (listener: this) => boolean, limitMs = 60_000): Promise<void> {
    const end = Date.now() + limitMs;
    while (!isSo(this)) {
      const received = this.received.map(({ topic, payload }) => `${topic} ${payload.slice(0, 80)}`).join('\n');
      assert.ok(Date.now() < end, `waited in vain for ${what}; received:\n${received}`);
      await pause(10);
    }
  }

  async close(): Promise<void> {
    await this.#client.endAsync();
  }
}
