import { table } from '../schema/builders.js';
import { transaction } from './transaction.js';

/** [MEP p.132, 47-49] The responses to the requests of ET52. */
export const ET53 = table({
  name: 'ET53',
  title: 'MEP Transaction Response Table',
  summary: 'Answers to the requests of ET52.',
  pages: '132',
  read: 'MBK',
  write: 'never',
  needs: ['ET11'],
  fields: [transaction('ET11.transactionResponseLength')],
});
