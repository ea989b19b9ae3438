/** Procedures that are started by a write to BT07. [MEP p.51-53, p.243-247] */
import type { Alerts } from './alerts.js';
import { CLIENT_HANDLE, type MepClient } from './mep-client.js';
import type { MeterProfile } from './profiles.js';

/** Procedure initiate table and procedure response table. */
export const BT07 = 7;
export const BT08 = 8;
const HEADER_BYTES = 3;
const NUMBER_MASK = 0x0fff;
const COMPLETED = 0;
const INVALID_PARAMETER = 2;
const SETUP_CONFLICT = 3;
const UNRECOGNIZED = 6;
const NO_SUCH_DEVICE = 3;
const REQUEST_TYPES: readonly number[] = [1, 2, 3, 4, 5, 6, 9, 10];
const FIRST_EXTENDED_PROCEDURE = 2048;
/** EP17 with this handle removes every device. [MEP p.243] */
const ALL_DEVICES = 0xffff;

/** "Remove MEP device", "post on-demand request", "post MEP data" and "transaction lock control". */
const EP17 = 17;
const EP19 = 19;
const EP39 = 39;
const EP61 = 61;

/** The numbers of the extended procedures of a profile. */
export function proceduresOf({ firmware: [major] }: MeterProfile): number[] {
  return major >= 4 ? [EP17, EP19, EP39, EP61] : [EP17, EP19, EP39];
}

/**
 * Runs a procedure.
 * @param written the bytes in BT07
 * @returns the content of the answer table; undefined where the bytes are no procedure
 */
export function runProcedure(written: Uint8Array, client: MepClient, alerts: Alerts): Uint8Array | undefined {
  if (written.length < HEADER_BYTES) return undefined;
  const view = new DataView(written.buffer, written.byteOffset);
  const number = view.getUint16(0, true) & NUMBER_MASK;
  const parameters = written.subarray(HEADER_BYTES);
  const [code, ...values] = resultOf(number - FIRST_EXTENDED_PROCEDURE, parameters, client, alerts);
  return Uint8Array.of(number & 0xff, number >> 8, view.getUint8(2), code, ...values);
}

/** The result code and the response data of the procedure. */
function resultOf(
  number: number,
  parameters: Uint8Array,
  client: MepClient,
  alerts: Alerts,
): readonly [code: number, ...values: number[]] {
  const at = (place: number): number => parameters[place] ?? 0;
  const numberAt = (place: number): number => at(place) + 256 * at(place + 1);
  switch (number) {
    case EP17: {
      if (at(0) > 1) return [INVALID_PARAMETER];
      const handle = numberAt(1);
      if (handle === CLIENT_HANDLE || handle === ALL_DEVICES) alerts.setRegistered(false);
      return [handle === 0 ? NO_SUCH_DEVICE : COMPLETED];
    }
    case EP19: {
      if (!REQUEST_TYPES.includes(at(4))) return [INVALID_PARAMETER];
      const data = parameters.subarray(6, 6 + at(5));
      return numberAt(2) === CLIENT_HANDLE ? client.request(numberAt(0), at(4), data) : [COMPLETED, 0];
    }
    case EP39:
      // "Prevents the invocation of EP39". [MEP p.36]
      return [alerts.isRegistered ? client.post(parameters) : SETUP_CONFLICT];
    case EP61:
      return [COMPLETED];
    default:
      return [UNRECOGNIZED];
  }
}
