/** A line, and a meter, that fail now and then: for tests of everything that has to survive them. */
import { concatBytes } from '../bytes/hex.js';
import { DIGEST_BYTES } from '../mep/digest.js';
import { frameMessage, LENGTH_BYTES } from '../mep/message.js';
import { Random } from './random.js';

/** What can go wrong with a message of any line, each with its own probability. */
const LINE_FAULTS = [
  /** The request or the answer vanishes. */
  'drop',
  /** The answer comes late, often after its time limit. */
  'delay',
  /** Bits of the request or of the answer flip. */
  'corrupt',
  /** Stray bytes before, within or after the answer. */
  'garbage',
  /** The request arrives twice, or the answer is sent twice. */
  'duplicate',
  /** The request or the answer ends too early. */
  'cut',
  /** The meter says nothing for some seconds. */
  'silence',
  /** The answer to an earlier request comes before this one's. */
  'late-answer',
] as const;
/** What can go wrong at a MEP port. */
export const FAULTS = [
  ...LINE_FAULTS,
  /** The meter's sequence number has jumped. */
  'wrong-sequence',
  /** The answer is whole but its digest is another one. */
  'wrong-digest',
] as const;
/** What can go wrong at an optical port. */
export const OPTICAL_FAULTS = [
  ...LINE_FAULTS,
  /** A good packet is not acknowledged but refused. */
  'refused',
  /** The meter is busy, or has its data not ready. */
  'busy',
  /** The meter has forgotten the session. */
  'lost-session',
  /** The packet is whole but the checksum of its data is wrong. */
  'wrong-checksum',
  /** An answer to a MEP client comes out of the same diode. [MEP p.19] */
  'mep-answer',
] as const;
export type Fault = (typeof FAULTS)[number] | (typeof OPTICAL_FAULTS)[number];
/** Probabilities from 0 to 1; what is left out never happens. */
export type FaultRates = Partial<Readonly<Record<Fault, number>>>;

/** Bytes to send, so long after what was sent before. */
export interface Emission {
  readonly delayMs: number;
  readonly bytes: Uint8Array;
}

const LONGEST_DELAY_MS = 1_500;
const LONGEST_SILENCE_MS = 3_000;
const MOST_GARBAGE_BYTES = 24;
const MOST_SEQUENCE_JUMP = 300;
const SHORTEST_MEP_ANSWER = 9;
const LONGEST_MEP_ANSWER = 120;

/** Rolls the dice for each message; the same seed rolls the same. */
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

  /** What becomes of bytes that were sent to the meter: none, one or more chunks. */
  onRequest(bytes: Uint8Array, now: number): Uint8Array[] {
    if (now < this.#silentUntil) return [];
    if (this.happens('silence')) {
      this.#silentUntil = now + this.#random.between(500, LONGEST_SILENCE_MS);
      return [];
    }
    if (this.happens('drop', 0.5)) return [];
    let request = bytes;
    if (this.happens('corrupt', 0.5)) request = this.#flipBits(request);
    if (this.happens('cut', 0.5)) request = this.#cut(request);
    return this.happens('duplicate', 0.5) ? [request, request] : [request];
  }

  /** How far the meter's sequence number jumps before it looks at a request. */
  sequenceJump(): number {
    return this.happens('wrong-sequence') ? this.#random.integer(1, MOST_SEQUENCE_JUMP) : 0;
  }

  /** What becomes of the meter's answer, length included. */
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
    const delayMs = this.happens('delay') ? this.#random.between(50, LONGEST_DELAY_MS) : 0;
    const emissions = [{ delayMs, bytes: answer }];
    if (earlier && this.happens('late-answer')) emissions.unshift({ delayMs: 0, bytes: earlier });
    return emissions;
  }

  /** A message of random bytes, as the answer to a MEP client looks from outside. */
  mepAnswer(): Uint8Array {
    return frameMessage(this.#random.bytes(this.#random.integer(SHORTEST_MEP_ANSWER, LONGEST_MEP_ANSWER)));
  }

  /**
   * Whether a fault strikes now; counts it.
   * @param share where it can strike at two places, each takes its share of the rate.
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
    const garbage = this.#random.bytes(this.#random.integer(1, MOST_GARBAGE_BYTES));
    const at = [0, bytes.length, this.#random.integer(0, bytes.length)][this.#random.integer(0, 2)] ?? 0;
    return concatBytes(bytes.subarray(0, at), garbage, bytes.subarray(at));
  }
}
