/** What was sent to a meter at once, and what was received for it. */

/** Received bytes, and their delay after the transmission. */
export interface Incoming {
  readonly afterMs: number;
  readonly bytes: Uint8Array;
  readonly line: number;
}

/** One transmission to the meter, and what was received before the next one. */
export interface Transmission {
  readonly at: number;
  readonly line: number;
  readonly sent: Uint8Array;
  readonly incoming: readonly Incoming[];
  /** The code of the error with which the connection was lost. */
  readonly lost: string | undefined;
}
