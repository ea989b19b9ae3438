/** As few bytes as these at the end of a message are rather lost than held up by a network. */
const FEW_BYTES = 4;

/**
 * Whether a message that came without its end is worth a long wait. Where much of it is missing it is; of the last few bytes
 * nothing tells whether a cable lost them or a network holds them up: so one way is tried after the other.
 */
export class TailWait {
  #areHeldUp = false;

  /** @param missingBytes what the message lacks; undefined where that is not known yet */
  isWorthWaiting(missingBytes = Infinity): boolean {
    return missingBytes > FEW_BYTES || this.#areHeldUp;
  }

  /** The rest of a message did not come in the time it was given. */
  noteBroken(missingBytes = Infinity): void {
    if (missingBytes <= FEW_BYTES) this.#areHeldUp = !this.#areHeldUp;
  }
}
