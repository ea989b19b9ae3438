/** Random faults of the line and of the meter, for tests. */
import { concatBytes } from '../bytes/hex.js';
import { DIGEST_BYTES } from '../mep/digest.js';
import { frameMessage, LENGTH_BYTES } from '../mep/message.js';
import { Random } from './random.js';

/** Faults of a message at any port, each with its own probability. */
const LINE_FAULTS = [
  /** The request or the answer is lost. */
  'drop',
  /** The answer is delayed, often beyond the response timeout. */
  'delay',
  /** Bits of the request or of the answer flip. */
  'corrupt',
  /** Extra bytes before, within or after the answer. */
  'garbage',
  /** The request arrives twice, or the answer is sent twice. */
  'duplicate',
  /** The request or the answer is truncated. */
  'cut',
  /** The meter does not respond for some seconds. */
  'silence',
  /** The answer to an earlier request is sent before this one's. */
  'late-answer',
] as const;
/** Faults of a MEP port. */
export const FAULTS = [
  ...LINE_FAULTS,
  /** The meter's sequence number has jumped. */
  'wrong-sequence',
  /** The answer is complete but its digest is wrong. */
  'wrong-digest',
] as const;
/** Faults of an optical port. */
export const OPTICAL_FAULTS = [
  ...LINE_FAULTS,
  /** A correct packet is answered with NAK. */
  'refused',
  /** The meter answers with busy (06). */
  'busy',
  /** The meter has lost the session. */
  'lost-session',
  /** The packet is correct but the checksum of the table data is wrong. */
  'wrong-checksum',
  /** An answer to a MEP client is sent through the optical port too. [MEP p.19] */
  'mep-answer',
] as const;
export type Fault = (typeof FAULTS)[number] | (typeof OPTICAL_FAULTS)[number];
/** Probabilities from 0 to 1; a fault that is left out never happens. */
export type FaultRates = Partial<Readonly<Record<Fault, number>>>;

/** Bytes to send, and the pause between them and the bytes before. */
export interface Emission {
  readonly delayMs: number;
  readonly bytes: Uint8Array;
}

const MAX_DELAY_MS = 1_500;
const MAX_SILENCE_MS = 3_000;
const MAX_GARBAGE_BYTES = 24;
const MAX_SEQUENCE_JUMP = 300;
const MIN_MEP_ANSWER_BYTES = 9;
const MAX_MEP_ANSWER_BYTES = 120;

/** Decides at random for each message; the same seed gives the same faults. */
export class FaultInjector {
  /** How often each fault has happened. */
  readonly counts: Record<Fault, number>;
  /** May be changed at any time. */
  rates: FaultRates;
  readonly #random: Random;
  #silentUntil = Number.NEGATIVE_INFINITY;
  #earlier: Uint8Array | undefined;

  constructor(rates: FaultRates = {}, seed = 1) {
    this.rates = rates;
    this.#random = new Random(seed);
    const none = [...FAULTS, ...OPTICAL_FAULTS].map((fault) => [fault, 0]);
    this.counts = Object.fromEntries(none) as Record<Fault, number>;
  }

  /** The bytes that arrive at the meter: none, one or more chunks. */
  onRequest(bytes: Uint8Array, now: number): Uint8Array[] {
    if (now < this.#silentUntil) return [];
    if (this.happens('silence')) {
      this.#silentUntil = now + this.#random.between(500, MAX_SILENCE_MS);
      return [];
    }
    if (this.happens('drop', 0.5)) return [];
    let request = bytes;
    if (this.happens('corrupt', 0.5)) request = this.#flipBits(request);
    if (this.happens('cut', 0.5)) request = this.#cut(request);
    return this.happens('duplicate', 0.5) ? [request, request] : [request];
  }

  /** How far the sequence number of the meter jumps before a request is evaluated. */
  sequenceJump(): number {
    return this.happens('wrong-sequence') ? this.#random.integer(1, MAX_SEQUENCE_JUMP) : 0;
  }

  /** The bytes that leave the meter for one answer, length field included. */
  onAnswer(bytes: Uint8Array): Emission[] {
    const earlier = this.#earlier;
    this.#earlier = bytes;
    if (this.happens('drop', 0.5)) return [];
    let answer = bytes;
    if (this.happens('wrong-digest')) answer = this.#otherDigest(answer);
    if (this.happens('corrupt', 0.5)) answer = this.#flipBits(answer);
    if (this.happens('cut', 0.5)) answer = this.#cut(answer);
    if (this.happens('garbage')) answer = this.#addGarbage(answer);
    if (this.happens('duplicate', 0.5)) answer = concatBytes(answer, answer);
    const delayMs = this.happens('delay') ? this.#random.between(50, MAX_DELAY_MS) : 0;
    const emissions = [{ delayMs, bytes: answer }];
    if (earlier && this.happens('late-answer')) emissions.unshift({ delayMs: 0, bytes: earlier });
    return emissions;
  }

  /** A framed message of random bytes, like an encrypted answer to a MEP client. */
  mepAnswer(): Uint8Array {
    return frameMessage(this.#random.bytes(this.#random.integer(MIN_MEP_ANSWER_BYTES, MAX_MEP_ANSWER_BYTES)));
  }

  /**
   * True if a fault occurs now; counts it.
   * @param share the share of the rate, for a fault that can occur at two places
   */
  happens(fault: Fault, share = 1): boolean {
    const rate = this.rates[fault];
    if (rate === undefined || !this.#random.chance(rate * share)) return false;
    this.counts[fault]++;
    return true;
  }

  #flipBits(bytes: Uint8Array): Uint8Array {
    const flipped = bytes.slice();
    for (let times = this.#random.integer(1, 4); times > 0; times--) {
      const at = this.#random.integer(0, flipped.length - 1);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << this.#random.integer(0, 7));
    }
    return flipped;
  }

  #cut(bytes: Uint8Array): Uint8Array {
    return bytes.slice(0, this.#random.integer(0, bytes.length - 1));
  }

  #otherDigest(bytes: Uint8Array): Uint8Array {
    if (bytes.length < LENGTH_BYTES + 1 + DIGEST_BYTES) return bytes;
    return concatBytes(bytes.subarray(0, -DIGEST_BYTES), this.#random.bytes(DIGEST_BYTES));
  }

  #addGarbage(bytes: Uint8Array): Uint8Array {
    const garbage = this.#random.bytes(this.#random.integer(1, MAX_GARBAGE_BYTES));
    const at = [0, bytes.length, this.#random.integer(0, bytes.length)][this.#random.integer(0, 2)] ?? 0;
    return concatBytes(bytes.subarray(0, at), garbage, bytes.subarray(at));
  }
}
