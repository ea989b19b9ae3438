import type { FieldNode } from '../schema/description.js';
import { bits, bool, opaque, uint } from '../schema/builders.js';

/** MdtEntry: an M-Bus data type, or a part of one, of 4 bytes. [MEP p.164] */
export const mdtEntry: readonly FieldNode[] = [
  bits(1, [
    uint(0, 1, 'entryType', {
      meanings: { 0: 'empty', 1: 'M-Bus base entry', 2: 'MEP base entry', 3: 'extension of the entry before' },
    }),
    uint(2, 6, 'mdt', { description: 'Number of the data type; means nothing in an extension.' }),
    bool(7, 'special', {
      description: 'Differs from others of the same header, such as by temperature compensation.',
    }),
  ]),
  opaque('drh', 3, {
    description:
      'Data record header, continued by extensions; of a MEP entry: offset in the message, bytes to compare, first of these bytes.',
  }),
];
