import { table } from '../schema/builders.js';
import { transaction } from './transaction.js';

/** [MEP p.130-132, 41-49] Requests that the meter carries out together. */
export const ET52 = table({
  name: 'ET52',
  title: 'MEP Transaction Request Table',
  summary: 'Requests that are carried out together; writing the number at the end starts them.',
  pages: '130-132',
  read: 'MBK',
  write: 'MBK',
  risk: 'access',
  needs: ['ET11'],
  fields: [transaction('ET11.transactionRequestLength')],
});
