import { reserved, table, uint8 } from '../schema/builders.js';

/** [MEP p.173-174] Number of the MEP port. */
export const ET70 = table({
  name: 'ET70',
  title: 'RAM Only Status',
  summary: 'Number of the MEP port that asks.',
  pages: '173-174',
  read: 'MBK',
  write: 'MAK',
  risk: 'access',
  since: '4.0',
  needs: [],
  fields: [
    reserved(142),
    uint8('currentCommChannelIndex', { meanings: { 1: 'MEP client 1', 2: 'MEP client 2' } }),
    reserved(13),
  ],
});
