import { array, opaque, selfSized, sequence, uint16, uint8, when } from '../schema/builders.js';
import type { SelfSizedNode } from '../schema/description.js';

/**
 * A transaction of ET52 and ET53: any number of requests or responses, with its number at both ends. [MEP p.130-132]
 */
export const transaction = (max: string): SelfSizedNode =>
  selfSized(
    max,
    uint16('transactionSize', {
      description: 'All its bytes, these two among them.',
      erratum: 'Gives 769 and 1785 bytes for the tables; ET11 has their sizes.',
    }),
    uint8('transactionType', {
      meanings: {
        0: 'requests',
        1: 'responses',
        2: 'responses, some of them',
        3: 'group broadcast request',
        4: 'group broadcast request denied',
      },
    }),
    uint16('transactionNumber', { description: 'The same at both ends once it is complete.' }),
    when(
      'transactionType == 3',
      uint8('groupIdCount'),
      array(
        'groupIdList',
        'groupIdCount',
        uint16('', { description: '0xYYFF: all of group YY; 0xFFFF: all; 0: none.' }),
      ),
    ),
    when(
      'transactionSize > 0',
      sequence('recordList', 'transactionSize - 2', [
        uint16('length', {
          description: 'Bytes of the message; 0 is refused.',
          erratum: 'Refers to ET28 for the refusal; it is in ET53.',
        }),
        opaque('message', 'length', { description: 'A request or an answer: from its code on, without digest.' }),
      ]),
      uint16('endTransactionNumber'),
    ),
  );
