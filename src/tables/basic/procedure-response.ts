import { bits, remainder, uint, uint8 } from '../schema/builders.js';
import type { FieldNode } from '../schema/description.js';

/** What every procedure may answer. [MEP p.53] */
export const RESULT_CODES: Readonly<Record<number, string>> = {
  0: 'completed',
  1: 'accepted but not fully completed',
  2: 'invalid parameter, ignored',
  3: 'conflicts with the setup of the device, ignored',
  4: 'timing constraint, ignored',
  5: 'no authorization, ignored',
  6: 'unrecognized procedure, ignored',
};

/** What BT08, ET59 and ET85 hold: the answer to the procedure run last. [MEP p.52-53] */
export const procedureResponse: readonly FieldNode[] = [
  bits(2, [uint(0, 11, 'procedureNumber', { description: 'BPn = n, EPn = 2048 + n.' })]),
  uint8('procedureSequenceNumber', { description: 'As it was written to BT07: whose answer this is.' }),
  uint8('resultCode', { meanings: RESULT_CODES, description: 'Some procedures have codes of their own.' }),
  remainder('response', 'BT00.responseDataLength', { description: "The procedure's own answer." }),
];
