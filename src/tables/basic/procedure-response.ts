import { bits, remainder, uint, uint8 } from '../schema/builders.js';
import type { FieldNode } from '../schema/description.js';

/** Result codes of all procedures. [MEP p.53] */
export const RESULT_CODES: Readonly<Record<number, string>> = {
  0: 'completed',
  1: 'accepted but not fully completed',
  2: 'invalid parameter, ignored',
  3: 'conflicts with the setup of the device, ignored',
  4: 'timing constraint, ignored',
  5: 'no authorization, ignored',
  6: 'unrecognized procedure, ignored',
};

/** The structure of BT08, ET59 and ET85: the response to the last procedure. [MEP p.52-53] */
export const procedureResponse: readonly FieldNode[] = [
  bits(2, [uint(0, 11, 'procedureNumber', { description: 'BPn = n, EPn = 2048 + n.' })]),
  uint8('procedureSequenceNumber', { description: 'As written to BT07; identifies the request.' }),
  uint8('resultCode', { meanings: RESULT_CODES, description: 'Some procedures have codes of their own.' }),
  remainder('response', 'BT00.responseDataLength', { description: "The procedure's own answer." }),
];
