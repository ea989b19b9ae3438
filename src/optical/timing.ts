/** Timeouts and pauses of an optical port, in ms. */
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
   * Turnaround pauses before sending. C12.18 demands 0.175 ms; slow heads need far more, so each unacknowledged packet
   * selects the next longer one.
   */
  readonly turnaroundsMs: readonly [number, ...number[]];
  /** Transmission time of the longest packet. */
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
