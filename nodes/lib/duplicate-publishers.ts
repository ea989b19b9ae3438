/** Ids of the nodes that publish under a topic. */
const publishers = new Map<string, Set<string>>();

/**
 * The topics under which a node publishes, compared with those of all other nodes of this Node-RED. Where two nodes publish
 * the same meter, their values alternate, and a program that adds up each rise of a register counts energy twice.
 */
export class DuplicatePublishers {
  readonly #node: string;

  /** @param node id of the node */
  constructor(node: string) {
    this.#node = node;
  }

  /** @returns whether this node publishes there for the first time, and another one does as well */
  isNewDuplicate(topic: string): boolean {
    const nodes = publishers.get(topic) ?? new Set();
    if (nodes.has(this.#node)) return false;
    publishers.set(topic, nodes.add(this.#node));
    return nodes.size > 1;
  }

  /** The node does not publish there any more. */
  release(topic: string): void {
    const nodes = publishers.get(topic);
    nodes?.delete(this.#node);
    if (nodes?.size === 0) publishers.delete(topic);
  }

  /** The node does not publish anything any more. */
  releaseAll(): void {
    for (const topic of [...publishers.keys()]) this.release(topic);
  }
}
