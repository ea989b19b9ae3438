import { bits, bool, chars, set, uint } from '../schema/builders.js';
import type { FieldNode, SetNode, TextNode } from '../schema/description.js';

/** Characters of an id code: 4, or 5 on the display of Gen 4 meters. [MEP p.139] */
const CODE_LENGTH = '4 + (BT01.firmwareMajor >= 4)';

/** An id code of the display, left-most character first. */
export const idCode = (name: string, description?: string): TextNode =>
  chars(name, CODE_LENGTH, description === undefined ? {} : { description }, 'blank');

/** The characters of an id code whose decimal point is on. */
export const decimalPoints = (name: string): SetNode =>
  set(name, 1, { description: 'Characters with a decimal point, 0 the right-most.' });

/** Display format of one channel of the load profile. [MEP p.171, p.180] */
export const channelFormat = (code: string, points: string): readonly FieldNode[] => [
  idCode(code),
  decimalPoints(points),
  bits(1, [
    uint(0, 2, 'fieldsAfterDp', { description: 'Digits after the decimal point: 0 to 3.' }),
    uint(3, 6, 'fieldsBeforeDp', {
      description: 'Digits before the decimal point: 1 to 8; with those after it 8 at most.',
    }),
    bool(7, 'zeroSuppression', { description: 'Leading zeros are hidden.' }),
  ]),
];
