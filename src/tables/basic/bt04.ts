import { array, bits, bool, opaque, record, set, stimeDate, table, uint, uint8, when } from '../schema/builders.js';

/** [opt p.10-11, listed in MEP Appendix C] The pending tables, and the times at which they take effect. */
export const BT04 = table({
  name: 'BT04',
  title: 'Pending Status',
  summary: 'Pending tables: configuration that takes effect at a time to come, such as a new tariff calendar.',
  pages: 'opt 10-11',
  read: 'MBK',
  write: 'never',
  needs: ['BT00'],
  fields: [
    set('basicPending', 'BT00.dimBasicTablesUsed', { description: 'Basic tables that have a pending table.' }),
    set('extendedPending', 'BT00.dimExtendedTablesUsed', {
      description: 'Extended tables that have a pending table, counted from ET00.',
    }),
    stimeDate('lastActivationTime'),
    uint8('numberOfPendingActivations'),
    array('pendingActivations', 'BT00.numberOfPendingTables', [
      bits(1, [
        uint(0, 3, 'eventCode', {
          meanings: { 0: 'at an absolute time', 1: 'after a time that begins with the write', 2: 'by procedure only' },
        }),
        bool(4, 'selfReadFlag', { description: 'A self-read is made first.' }),
        bool(5, 'demandResetFlag', { description: 'A demand reset is made first.' }),
      ]),
      record(
        'eventStorage',
        [
          when('eventCode == 0', stimeDate('activationTime', { description: 'UTC; null: no activation is pending.' })),
          when('eventCode == 1', uint8('weeks'), uint8('days'), uint8('hours'), uint8('minutes'), uint8('seconds')),
          when('eventCode > 1', opaque('data', 5)),
        ],
        5,
      ),
      bits(2, [
        uint(0, 11, 'tableId', { description: 'Without the 4096 that pending tables are numbered from.' }),
        bool(12, 'stillPending'),
      ]),
    ]),
  ],
});
