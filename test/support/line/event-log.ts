import type { TransportError } from '../../../src/errors.js';
import type { TransportEvents } from '../../../src/transport/index.js';

/** Records the events of a transport, and lets a test wait for them. */
export class EventLog implements TransportEvents {
  readonly bytes: number[] = [];
  readonly chunks: Uint8Array[] = [];
  readonly errors: TransportError[] = [];
  #changed: (() => void)[] = [];

  data(bytes: Uint8Array): void {
    this.chunks.push(bytes);
    this.bytes.push(...bytes);
    this.#wake();
  }

  closed(error: TransportError): void {
    this.errors.push(error);
    this.#wake();
  }

  get text(): string {
    return String.fromCharCode(...this.bytes);
  }

  /** Resolves once `condition` holds; fails after `limitMs` of real time. */
  async until(condition: (log: this) => boolean, limitMs = 60_000): Promise<void> {
    const limit = new Promise<never>((_, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`Not within ${limitMs} ms; so far: ${JSON.stringify(this.text.slice(0, 200))}`));
      }, limitMs);
      this.#stop = () => {
        clearTimeout(timer);
      };
    });
    try {
      while (!condition(this)) {
        await Promise.race([limit, new Promise<void>((resolve) => this.#changed.push(resolve))]);
      }
    } finally {
      this.#stop();
    }
  }

  #stop: () => void = () => undefined;

  #wake(): void {
    const waiting = this.#changed;
    this.#changed = [];
    for (const resolve of waiting) resolve();
  }
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
