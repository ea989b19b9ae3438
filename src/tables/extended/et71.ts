import { array, bits, bool, niFormat1, table, uint16 } from '../schema/builders.js';

/**
 * [MEP p.174-175, 34-35] Sources that the meter monitors about once a second. The table is in RAM: empty after an
 * outage.
 */
export const ET71 = table({
  name: 'ET71',
  title: 'Delta Data Alerts',
  summary: 'Sources whose change by a given amount raises an alert.',
  pages: '174-175',
  read: 'MBK',
  write: 'MBK',
  since: '3.40',
  needs: ['ET11'],
  fields: [
    array(
      'deltaData',
      'ET11.mepDataAlertSources',
      [
        uint16('deltaDataMonitorSource', { description: 'Extended source id; 255: entry not in use.' }),
        uint16('configuredDelta', { description: 'Change that raises an alert; 0: none does.' }),
        niFormat1('comparisonValue', { description: 'Value at the last alert, or as written by the client.' }),
        niFormat1('sampledDataValue', { description: 'Value now.' }),
        bits(1, [
          bool(0, 'sourceIdInvalid', {
            erratum: 'An alert state bit for each entry is described on p.34-35; the table shows none.',
          }),
        ]),
      ],
      { erratum: 'Appendix C says read-only, against the table of its access keys.' },
    ),
  ],
});
