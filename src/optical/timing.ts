/** How long an optical port waits for what, in ms. */
export interface OpticalTiming {
  /** For the acknowledgement of a packet. C12.18 gives a meter 2 s. */
  readonly acknowledgementMs: number;
  /** The same for the very first packet, which a meter whose port serves MEP as well usually loses. [OPT p.14] */
  readonly firstAcknowledgementMs: number;
  /** For the first byte of an answer, the meter's own repetitions included. */
  readonly answerMs: number;
  /** From one byte of a packet to the next. */
  readonly interCharacterMs: number;
  /** The same before the last few bytes of a packet, where a cable may have lost them. */
  readonly lastCharactersMs: number;
  /** After a garbled packet, the quiet that marks its end. */
  readonly quietMs: number;
  /**
   * Before anything is sent: a head needs a while from receiving to sending. C12.18 asks for 0.175 ms, and slow heads
   * for far more: whenever a packet is not acknowledged, the next one of these counts from then on.
   */
  readonly turnaroundsMs: readonly [number, ...number[]];
  /** What the longest packet takes on the line. */
  readonly maxPacketMs: number;
}

/** For a head at a serial port with 9600 baud. */
export const OPTICAL_TIMING: OpticalTiming = {
  acknowledgementMs: 2_000,
  firstAcknowledgementMs: 500,
  answerMs: 5_000,
  interCharacterMs: 500,
  lastCharactersMs: 500,
  quietMs: 60,
  turnaroundsMs: [2, 20, 60],
  maxPacketMs: 1_000,
};
