import type { MeterError } from '../errors.js';
import type { MeterState } from './status.js';

/** @inline */
export type StateListener = (state: MeterState, error: MeterError | undefined) => void;

/** States in which a request fails at once: the next attempt is only planned. */
const FAILING: ReadonlySet<MeterState> = new Set<MeterState>(['unreachable', 'line-taken', 'key-rejected']);

/** The state of a meter, with the error that led to it. */
export class StateRecord {
  readonly #listeners = new Set<StateListener>();
  #state: MeterState = 'closed';
  #error: MeterError | undefined;

  get state(): MeterState {
    return this.#state;
  }

  get error(): MeterError | undefined {
    return this.#error;
  }

  get isFailing(): boolean {
    return FAILING.has(this.#state);
  }

  /** @returns a function that ends the listening. */
  onChange(listener: StateListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** @returns whether this is a change, of which `notify` informs the listeners */
  set(state: MeterState, error?: MeterError): boolean {
    const isChange = state !== this.#state || error?.code !== this.#error?.code;
    this.#state = state;
    this.#error = error;
    return isChange;
  }

  notify(): void {
    for (const listener of this.#listeners) listener(this.#state, this.#error);
  }
}
