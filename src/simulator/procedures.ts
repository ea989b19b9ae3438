/** What a meter does with what is written to BT07. [MEP p.51-53, p.243-247] */
import { concatBytes } from '../bytes/hex.js';
import { findProcedure } from '../tables/index.js';

const HEADER_BYTES = 3;
const NUMBER_MASK = 0x0fff;
const COMPLETED = 0;
const INVALID_PARAMETER = 2;
const UNRECOGNIZED = 6;
const NO_SUCH_DEVICE = 3;
const REQUEST_TYPES: readonly number[] = [1, 2, 3, 4, 5, 6, 9, 10];

/**
 * Runs a procedure: nothing is behind it, but its answer is as a meter's.
 * @param written the bytes in BT07
 * @returns what the answer table holds then; undefined where nothing can be made of the bytes
 */
export function runProcedure(written: Uint8Array): Uint8Array | undefined {
  if (written.length < HEADER_BYTES) return undefined;
  const number = new DataView(written.buffer, written.byteOffset).getUint16(0, true) & NUMBER_MASK;
  const parameters = written.subarray(HEADER_BYTES);
  const [code, ...values] = resultOf(findProcedure(number)?.name, parameters);
  return concatBytes(Uint8Array.of(number & 0xff, number >> 8, written[2] as number), Uint8Array.of(code, ...values));
}

/** The result code and the procedure's own answer. */
function resultOf(name: string | undefined, parameters: Uint8Array): [code: number, ...values: number[]] {
  switch (name) {
    case 'EP17': {
      if ((parameters[0] ?? 0) > 1) return [INVALID_PARAMETER];
      const handle = (parameters[1] ?? 0) + 256 * (parameters[2] ?? 0);
      return [handle === 0 ? NO_SUCH_DEVICE : COMPLETED];
    }
    case 'EP19':
      return REQUEST_TYPES.includes(parameters[4] ?? 0) ? [COMPLETED, 0] : [INVALID_PARAMETER];
    case 'EP61':
      return [COMPLETED];
    default:
      return [UNRECOGNIZED];
  }
}
