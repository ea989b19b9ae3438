import { array, opaque, selfSized, sequence, uint16, uint8, when } from '../schema/builders.js';
import type { SelfSizedNode } from '../schema/description.js';

/** A transaction of ET52 and ET53: any number of requests or answers, with its number at both ends. [MEP p.130-132] */
export const transaction = (max: string): SelfSizedNode =>
  selfSized(
    max,
    uint16('transactionSize', {
      description: 'All its bytes, these two among them.',
      erratum: 'The tables are said to take 769 and 1785 bytes; ET11 tells how many they take.',
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
          erratum: 'The refusal is said to be in ET28; it is in ET53.',
        }),
        opaque('message', 'length', { description: 'A request or an answer: from its code on, without digest.' }),
      ]),
      uint16('endTransactionNumber'),
    ),
  );
