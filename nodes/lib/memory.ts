import type { NodeAPI } from 'node-red';
import { printable, textOf } from '../../src/internal.js';
import { mayWrite, noteWrite } from './context-writes.js';
import type { NodeContext } from './node-context.js';
import { sharedText } from './texts.js';

/** Handed over by nodes that a deploy restarts, by node and name. Entries that were not taken over are dropped first. */
const handedOver = new Map<string, unknown>();
const MAX_HANDED_OVER = 1_000;
/** Node-RED's store that forgets all with the process; every other one outlives it. */
const VOLATILE_MODULE = 'memory';

/** Settings without a persistent store, which the log has reported. */
const warnedOf = new WeakSet();
const NOTHING_CONFIGURED = {};

interface Stores {
  /** Where things are kept; undefined = Node-RED's default store. */
  readonly name: string | undefined;
  readonly isPersistent: boolean;
}

/**
 * What a node keeps over deploys and restarts. A deploy hands it over as it is to the new node with the same id. What may be
 * kept over a restart of Node-RED is written to a persistent context store, in a form that is safe in JSON.
 */
export class NodeMemory<Known> {
  readonly #context: NodeContext;
  readonly #name: string;
  readonly #stores: Stores;

  /** @param name under which it is kept in the node's context */
  constructor(context: NodeContext, name: string) {
    this.#context = context;
    this.#name = name;
    // `contextStore` names a store; empty = the first persistent one.
    const store = textOf(context.properties['contextStore']) ?? undefined;
    this.#stores = storesOf(contextStorageOf(context.RED) ?? {}, store);
  }

  get #key(): string {
    return `${this.#context.node.id} ${this.#name}`;
  }

  /**
   * What the previous node with this id handed over, else what was stored; only the first call gives it. What an earlier
   * version stored in the default store is moved from there.
   * @param recall restores what was stored, which may be anything
   * @throws Error of the context store
   */
  async load(recall: (kept: unknown) => Known): Promise<Known> {
    const key = this.#key;
    if (handedOver.has(key)) {
      const known = handedOver.get(key) as Known;
      handedOver.delete(key);
      return known;
    }
    const { name } = this.#stores;
    const kept = name === undefined ? undefined : await this.#read(name);
    if (kept !== undefined) return recall(kept);
    const inDefault = await this.#read(undefined);
    if (inDefault !== undefined && name !== undefined) {
      await this.#write(name, inDefault);
      await this.#write(undefined, undefined);
    }
    return recall(inDefault);
  }

  /**
   * Keeps something over a restart of Node-RED. An error of the store becomes a warning.
   * @returns when it is kept; never fails
   */
  keep(kept: unknown): Promise<void> {
    if (!this.#stores.isPersistent) this.#warnOnce();
    return this.#write(this.#stores.name, kept);
  }

  /** Hands over to the new node with this id in a deploy. */
  handOver(known: Known): void {
    handedOver.delete(this.#key);
    handedOver.set(this.#key, known);
    const [oldest] = handedOver.keys();
    if (handedOver.size > MAX_HANDED_OVER && oldest !== undefined) handedOver.delete(oldest);
  }

  #read(store: string | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#context.node.context().get(this.#name, store, (error: Error | null, value: unknown) => {
        if (error) reject(error);
        else resolve(value);
      });
    });
  }

  #write(store: string | undefined, kept: unknown): Promise<void> {
    if (!mayWrite(this.#context)) return Promise.resolve();
    const written = new Promise<void>((resolve) => {
      this.#context.node.context().set(this.#name, kept, store, (error: Error | null | undefined) => {
        if (error) this.#context.node.warn(printable(error.message));
        resolve();
      });
    });
    noteWrite(this.#context, written);
    return written;
  }

  /** Every node of the package shares the stores: one line in the log is enough. */
  #warnOnce(): void {
    const settings = contextStorageOf(this.#context.RED) ?? NOTHING_CONFIGURED;
    if (warnedOf.has(settings)) return;
    warnedOf.add(settings);
    this.#context.RED.log.warn(sharedText(this.#context.RED, 'memory.volatile'));
  }
}

/** `contextStorage` of settings.js; nodes get the settings, but their types do not name it. */
function contextStorageOf(RED: NodeAPI): Readonly<Record<string, unknown>> | undefined {
  const { contextStorage } = RED.settings as { contextStorage?: unknown };
  return isRecord(contextStorage) ? contextStorage : undefined;
}

/** `default` may be the name of another store; without one the first store is the default. */
function storesOf(configured: Readonly<Record<string, unknown>>, wanted: string | undefined): Stores {
  const names = Object.keys(configured).filter((name) => isRecord(configured[name]));
  const isPersistent = (name: string | undefined): boolean => {
    const store = name === undefined ? undefined : configured[name];
    return isRecord(store) && store['module'] !== undefined && store['module'] !== VOLATILE_MODULE;
  };
  if (wanted !== undefined) return { name: wanted, isPersistent: isPersistent(wanted) };
  const { default: byDefault } = configured;
  const defaultName = typeof byDefault === 'string' ? byDefault : isRecord(byDefault) ? 'default' : names[0];
  if (isPersistent(defaultName)) return { name: undefined, isPersistent: true };
  const name = names.find(isPersistent);
  return { name, isPersistent: name !== undefined };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
