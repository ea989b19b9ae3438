/** Ids of the nodes that publish something, by what it is. */
const publishers = new Map<string, Set<string>>();

/**
 * What a node publishes, known to all nodes of this Node-RED: where two publish the same, what they say alternates, and a
 * program that adds up every rise of a register counts energy twice.
 */
export class Claims {
  readonly #node: string;

  /** @param node id of the node */
  constructor(node: string) {
    this.#node = node;
  }

  /** @returns whether this node publishes it for the first time, though another one does */
  isNewlyDisputed(what: string): boolean {
    const nodes = publishers.get(what) ?? new Set();
    if (nodes.has(this.#node)) return false;
    publishers.set(what, nodes.add(this.#node));
    return nodes.size > 1;
  }

  /** The node publishes this no more. */
  release(what: string): void {
    const nodes = publishers.get(what);
    nodes?.delete(this.#node);
    if (nodes?.size === 0) publishers.delete(what);
  }

  /** The node publishes nothing any more. */
  releaseAll(): void {
    for (const what of [...publishers.keys()]) this.release(what);
  }
}
