import { table } from '../schema/builders.js';
import { procedureResponse } from './procedure-response.js';

/** [MEP p.51-53] The response to a procedure, unless ET50 directs it to ET59. */
export const BT08 = table({
  name: 'BT08',
  title: 'Procedure Response',
  summary: 'Result of the procedure that was run last.',
  pages: '51-53',
  read: 'MBK',
  write: 'never',
  needs: ['BT00'],
  fields: procedureResponse,
});
