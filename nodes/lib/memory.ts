import type { Node } from 'node-red';
import { printable } from '../../src/internal.js';

/** What nodes that are being restarted by a deploy know, by node and name. */
const handedOver = new Map<string, unknown>();

/**
 * What a node must not forget. A deploy hands it over as it is to the node of the same id that takes its place: without a
 * configured context storage Node-RED empties the context. What may be kept over a restart of Node-RED stands in the
 * node's context, in a form that is safe in JSON.
 */
export class NodeMemory<Known> {
  readonly #node: Node;
  readonly #name: string;

  /** @param name under which it stands in the node's context */
  constructor(node: Node, name: string) {
    this.#node = node;
    this.#name = name;
  }

  get #key(): string {
    return `${this.#node.id} ${this.#name}`;
  }

  /**
   * What the node before this one knew, else what was kept; once.
   * @param recall makes what was kept usable again; it may be anything
   * @throws Error of the context storage
   */
  async load(recall: (kept: unknown) => Known): Promise<Known> {
    const key = this.#key;
    if (handedOver.has(key)) {
      const known = handedOver.get(key) as Known;
      handedOver.delete(key);
      return known;
    }
    const kept = await new Promise<unknown>((resolve, reject) => {
      this.#node.context().get(this.#name, (error: Error | null, value: unknown) => {
        if (error) reject(error);
        else resolve(value);
      });
    });
    return recall(kept);
  }

  /**
   * Keeps something over a restart of Node-RED; a storage that fails is told, and no reason to stop.
   * @returns when it is kept; never fails
   */
  keep(kept: unknown): Promise<void> {
    return new Promise((resolve) => {
      this.#node.context().set(this.#name, kept, (error: Error | null | undefined) => {
        if (error) this.#node.warn(printable(error.message));
        resolve();
      });
    });
  }

  /** Leaves what is known to the node that takes this one's place in a deploy. */
  handOver(known: Known): void {
    handedOver.set(this.#key, known);
  }
}
