import { uint8 } from '../schema/builders.js';
import { encodeProcedure, procedure } from './procedure.js';

/** [MEP p.247, 25] */
export const EP61 = procedure({
  name: 'EP61',
  title: 'MEP Transaction Lock Control',
  summary: 'Keeps ET52 and ET53 for one of two MEP clients, for 10 seconds at most.',
  pages: '247',
  access: 'MBK',
  since: '4.0',
  parameters: [uint8('lock', { meanings: { 0: 'unlock', 1: 'lock' } })],
  choices: { lock: [0, 1] },
  response: [],
  results: {
    3: 'the other MEP client has the lock',
    5: 'not run by a MEP client',
  },
  isPendingAt1: false,
  erratum: 'Its number, 2109, is beyond the 2065 that BT07 gives as the largest; ET54 calls it EP62.',
});

/**
 * The bytes to write to BT07 to lock or unlock ET52 and ET53.
 * @throws DecodeError `value-out-of-range`
 */
export function lockTransactions(sequence: number, lock: boolean): Uint8Array {
  return encodeProcedure(EP61, { lock: Number(lock) }, sequence);
}
