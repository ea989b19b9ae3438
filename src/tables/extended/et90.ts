import { since, table, uint16, uint8 } from '../schema/builders.js';

/** [MEP p.190-192] Lengths of fields in ET92 to ET98, and the number of free text messages (FTz) on the display. */
export const ET90 = table({
  name: 'ET90',
  title: 'Dimension LN',
  summary: 'Dimensions of the tables for free texts, modem and point-to-point connections.',
  pages: '190-192',
  read: 'MBK',
  write: 'never',
  since: '3.82',
  needs: [],
  fields: [
    uint16('ipAddressLength', { since: '4.10' }),
    uint8('urgentAlarmBitmaskLength', { since: '4.10' }),
    uint8('connectionReasonBitmapLength', { since: '4.10' }),
    uint8('modemApnLength', { since: '4.10' }),
    uint8('modemApnUserLength', { since: '4.10' }),
    uint8('modemApnPasswordLength', { since: '4.10' }),
    uint8('modemSimPinLength', { since: '4.10' }),
    uint8('modemManufacturerLength', { since: '4.10' }),
    uint8('modemModelLength', { since: '4.10' }),
    uint8('modemRevisionLength', { since: '4.10' }),
    uint8('modemImeiLength', { since: '4.10' }),
    uint8('modemSimPhoneNumberLength', { since: '4.10' }),
    uint8('modemCurrentMobileOperatorNameLength', { since: '4.10' }),
    uint8('modemSocketMaximumConnections', { since: '4.10' }),
    uint8('modemMaximumConnectionServices', { since: '4.10' }),
    uint8('numberOfFtzMessages', { description: 'Free texts the display lists can hold; 3 if nothing else was set.' }),
    since('4.20', uint16('modemAtCommandReplyLength'), uint8('modemSimIccdLength')),
  ],
});
