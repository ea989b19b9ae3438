import { FLOW_CONTROL_BYTES } from '../c1218/shortfall.js';
import { isOpticalNoResponse } from '../error-kinds.js';
import { type MeterError, ProtocolError } from '../errors.js';

/** Lost packets before a conclusion, each with an acknowledged one before it. */
const MIN_LOST = 4;
/** Transmissions of one packet without an acknowledgement before it counts as lost. */
const MIN_TRANSMISSIONS = 4;

const holdsFlowControl = (packet: Uint8Array): boolean => packet.some((byte) => FLOW_CONTROL_BYTES.includes(byte));

/**
 * Detects a bridge that removes XON and XOFF from packets to the meter: just the packets with such a byte are not
 * acknowledged. A meter acknowledges every packet that arrives whole, whatever it asks.
 */
export class PacketWatch {
  #passesFlowControl = false;
  #isPreviousAcknowledged = false;
  #lost = 0;

  /** A connection begins; another bridge may be there. */
  restart(): void {
    this.#passesFlowControl = false;
    this.#interrupt();
  }

  noteAcknowledged(packet: Uint8Array): void {
    this.#isPreviousAcknowledged = true;
    if (!holdsFlowControl(packet)) return;
    this.#passesFlowControl = true;
    this.#lost = 0;
  }

  /**
   * A packet was not acknowledged.
   * @param transmissions times it was sent
   * @param error the error of the request
   * @returns that error, or `bridge-flow-control` where the lost packets have these bytes in common and nothing else
   */
  explained(packet: Uint8Array, transmissions: number, error: MeterError): MeterError {
    const isSuspect = !this.#passesFlowControl && holdsFlowControl(packet) && isOpticalNoResponse(error);
    if (!isSuspect || transmissions < MIN_TRANSMISSIONS) {
      this.#interrupt();
      return error;
    }
    if (this.#isPreviousAcknowledged) this.#lost++;
    this.#isPreviousAcknowledged = false;
    if (this.#lost < MIN_LOST) return error;
    return new ProtocolError(
      'bridge-flow-control',
      'Just the packets with a byte 11 or 13 (hex) are not acknowledged',
      {
        cause: error,
      },
    );
  }

  #interrupt(): void {
    this.#lost = 0;
    this.#isPreviousAcknowledged = false;
  }
}
