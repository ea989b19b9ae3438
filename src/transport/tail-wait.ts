/** If only this many bytes are missing they were probably lost on the cable, not delayed by the network. */
const FEW_BYTES = 4;

/**
 * Decides whether a message without its end is worth a long wait. Where much of it is missing it is. The last few bytes may
 * be lost on the cable or delayed by the network, so both assumptions are tried in alternation.
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
