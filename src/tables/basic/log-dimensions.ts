import { bits, bool, uint16, uint8 } from '../schema/builders.js';
import type { FieldNode } from '../schema/description.js';

/** The structure that BT70 (largest possible) and BT71 (configured) share. [opt p.50-51] */
export const logDimensions: readonly FieldNode[] = [
  bits(1, [
    bool(0, 'eventNumber', { description: 'History and event log share a number for what both record.' }),
    bool(1, 'historyDateTime', { description: 'Entries have a date and time.' }),
    bool(2, 'historySequenceNumber', { description: 'Entries have a sequence number.' }),
    bool(3, 'historyInhibitOverflow'),
    bool(4, 'eventInhibitOverflow'),
  ]),
  uint8('numberOfStandardEvents', {
    description: 'In bytes of 8 events.',
    erratum: 'BT71 calls it bytes (8 for 64 events), BT70 does not.',
  }),
  uint8('numberOfManufacturerEvents', {
    description: 'In bytes of 8 events.',
    erratum: 'BT71 calls it bytes (19 for 152 events), BT70 does not.',
  }),
  uint8('historyDataLength', { unit: 'B', description: 'Bytes of the argument of an entry in BT74 and ET79.' }),
  uint8('eventDataLength', { unit: 'B' }),
  uint16('numberOfHistoryEntries', { description: 'Entries in BT74.' }),
  uint16('numberOfEventEntries'),
];
