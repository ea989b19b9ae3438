import { reserved, rest, table, uint32, uint8 } from '../schema/builders.js';

/** [MEP p.98-99] Miscellaneous status; most of the table is for internal use. */
export const ET23 = table({
  name: 'ET23',
  title: 'Miscellaneous Information',
  summary: 'State of the load disconnect, id of the tariff calendar in use, counts of power line messages.',
  pages: '98-99',
  read: 'MBK',
  write: 'MAK',
  isVolatile: true,
  risk: 'power',
  needs: [],
  fields: [
    uint32('lonTalkMessagesReceived', { description: 'Explicit, not validated.' }),
    uint32('lonTalkMessagesValidated'),
    reserved(86),
    uint8('disconnectInternalStatus', {
      meanings: { 0: 'closed', 1: 'closing', 2: 'opened', 3: 'opening' },
      description: 'The last command to the load disconnect.',
    }),
    uint32('activeCalendarId', { description: 'Of the tariff calendar.' }),
    reserved(87),
    // Gen 4 has 32 more reserved bytes.
    rest(),
  ],
});
