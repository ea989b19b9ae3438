import { array, sized, stimeDate, table, uint16, uint8 } from '../schema/builders.js';
import { channelFormat } from './display-code.js';
import { logHeader } from './log-header.js';

/** The sixth of ET36's logs. */
const LOG = 'ET36.actualDimensionList[5]';
const CHANNELS = 'BT60.dataSets[0].numberOfChannels';

/** [MEP p.177-180] Channels of the primary load profile before each change, under Welmec 11.2. */
export const ET75 = table({
  name: 'ET75',
  title: 'Primary Load Profile Channel Change Log',
  summary: 'Log of changes to the channels of the primary load profile, for Welmec 11.2.',
  pages: '177-180',
  read: 'MBK',
  write: 'never',
  since: '3.60',
  needs: ['BT01', 'BT20', 'BT60', 'ET36'],
  fields: [
    ...logHeader(),
    sized(
      'logEntries',
      `${LOG}.currentEntries`,
      `${LOG}.entrySize`,
      [
        stimeDate('timestamp', {
          description: 'UTC. First entry: Welmec mode was enabled; others: first interval with the changes.',
        }),
        array('extendedSourceIds', CHANNELS, uint16(''), { description: 'Before the change.' }),
        array('demandSources', 'BT20.numberOfDemands', uint8(''), { description: 'Before the change.' }),
        uint8('demandSubInterval', { description: 'Before the change.' }),
        uint8('demandIntervalMultiplier', { description: 'Before the change.' }),
        array('lpDisplayConfig', CHANNELS, channelFormat('idCode', 'idDpState'), { description: 'As in ET62.' }),
      ],
      { erratum: 'ET42 prints maximum dimensions of this log and ET81 (ET36.90, ET36.107) as its current entries.' },
    ),
  ],
});
