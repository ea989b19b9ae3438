import { bits, chars, ending, rest, set, table, uint, uint8 } from '../schema/builders.js';

/**
 * [MEP p.196-198, opt p.48-49] General configuration. The sets after the dimensions are "reserved for internal use":
 * the guide gives only their places (A to D). Their meaning is from C12.19, which this table follows.
 */
export const BT00 = table({
  name: 'BT00',
  title: 'General Configuration',
  summary: 'Byte order, number formats and dimensions of all tables and procedures.',
  pages: '196-198',
  read: 'MBK',
  write: 'never',
  needs: [],
  fields: [
    bits(1, [
      uint(0, 0, 'dataOrder', { meanings: { 0: 'little endian', 1: 'big endian' } }),
      uint(1, 3, 'charFormat', { meanings: { 0: 'unassigned', 1: 'ASCII', 2: 'ISO 8859/1' } }),
    ]),
    bits(1, [
      uint(0, 2, 'timeFormat', { meanings: { 2: 'one UINT8 for each of year, month, day, hour, minute, second' } }),
      uint(3, 4, 'dataAccessMethod', { meanings: { 1: 'offset and count' } }),
      uint(5, 5, 'identificationFormat', { meanings: { 0: 'CHAR string', 1: 'BCD' } }),
      uint(6, 7, 'integerFormat', { meanings: { 0: "two's complement" } }),
    ]),
    bits(1, [
      uint(0, 3, 'nonIntegerFormat1', { meanings: { 8: 'INT32' } }),
      uint(4, 7, 'nonIntegerFormat2', { meanings: { 8: 'INT32' } }),
    ]),
    chars('manufacturer', 4, { description: 'NES or ELON' }),
    uint8('nameplateType', { meanings: { 2: 'electric' } }),
    uint8('defaultSetUsed'),
    uint8('procedureParameterLength', { description: 'Most bytes of parameters of a procedure in BT07.' }),
    uint8('responseDataLength', { description: 'Most bytes of an answer in BT08, ET59 and ET85.' }),
    uint8('standardVersion'),
    uint8('standardRevision'),
    uint8('dimBasicTablesUsed', { description: 'Bytes of the set of basic tables.' }),
    uint8('dimExtendedTablesUsed', {
      description: 'Bytes of the set of extended tables: 20 from firmware 4.0 on, else 13.',
    }),
    uint8('dimBasicProceduresUsed'),
    uint8('dimExtendedProceduresUsed'),
    uint8('manufacturerStatusLength', { erratum: 'MEP says 9, opt 4.' }),
    uint8('numberOfPendingTables'),
    ending(
      set('basicTablesUsed', 'dimBasicTablesUsed', { description: 'Numbers of the basic tables there are.' }),
      set('extendedTablesUsed', 'dimExtendedTablesUsed', { description: 'Numbers of the extended tables there are.' }),
      set('basicProceduresUsed', 'dimBasicProceduresUsed'),
      set('extendedProceduresUsed', 'dimExtendedProceduresUsed'),
      set('basicTablesWritable', 'dimBasicTablesUsed', {
        description: 'Numbers of the basic tables that can be written.',
      }),
      set('extendedTablesWritable', 'dimExtendedTablesUsed', {
        description: 'Numbers of the extended tables that can be written.',
      }),
    ),
    rest(),
  ],
});
