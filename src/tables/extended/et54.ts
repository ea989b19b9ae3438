import {
  bits,
  bool,
  date,
  int32,
  reserved,
  since,
  table,
  uint,
  uint16,
  uint32,
  uint8,
  set,
} from '../schema/builders.js';
import type { FieldNode } from '../schema/description.js';

const PENDING = { 0: 'none', 1: 'pending' };

/** State of a control relay operation that is delayed by a random time. */
const randomOperation = (relay: 1 | 2): readonly FieldNode[] => [
  uint8(`controlRelay${relay}RandomOperationPending`, {
    meanings: PENDING,
    ...(relay === 1
      ? { erratum: 'Describes the fields of relay 2 as part of these; they are at the end of the table (p.138-139).' }
      : {}),
  }),
  uint16(`controlRelay${relay}RandomDuration`, { unit: 's', description: 'Left until the relay switches.' }),
  uint16(`controlRelay${relay}RandomStartDuration`, {
    unit: 's',
    description: 'Drawn for the pending operation, or for the last one.',
  }),
];

/** Reserved bytes between the security modes and the tamper input. */
const moduleRecords = (): FieldNode => reserved('ET11.firmwareModuleEntryCount * ET11.firmwareModuleEntryLength + 4');

/** [MEP p.132-139] Status for other parts of the system, and the number of entries of some tables. */
export const ET54 = table({
  name: 'ET54',
  title: 'Meter Status',
  summary: 'Supported features, pending relay switches, mis-wiring, use of keys, sizes of ET74, ET77 and ET79.',
  pages: '132-139',
  read: 'MBK',
  write: 'never',
  needs: ['ET11'],
  fields: [
    bits(2, [
      bool(2, 'multipleLoadProfileDataSetSupport', { description: 'ET42 describes several data sets.' }),
      bool(6, 'energyUnitChange', { since: '3.70', description: 'ET55 may give another unit than 1 Wh or varh.' }),
      bool(7, 'lcdValueIdCode5DigitSupport', { since: '4.0', description: 'Id codes have 5 characters, not 4.' }),
      bool(8, 'multipleMepClients', { since: '4.0', erratum: 'Refers to ET34 for ET11.34.' }),
    ]),
    reserved(17),
    bits(2, [bool(0, 'loadProfileDisabled', { description: 'By the opt-out of the load profile.' })]),
    reserved(23),
    bits(1, [
      bool(0, 'overPowerThresholdExceeded', { description: 'Reason of the tier where BT55 has tier drive 3.' }),
      bool(1, 'stepTariffInUse', {
        description: 'Reason of the tier where BT55 has tier drive 3; if it is neither, an override holds.',
      }),
    ]),
    reserved(17),
    ...randomOperation(1),
    reserved(1),
    since(
      '3.60',
      uint8('misWiringReason', {
        meanings: {
          0: 'none',
          1: 'low voltage on a phase',
          2: 'high voltage on a phase',
          4: 'two or more phases in phase',
        },
        description: '1 only before firmware 4.0.',
      }),
      uint16('et74EntryCount', { description: 'Entries of ET74.' }),
      bits(1, [
        bool(0, 'welmec112Compliance'),
        uint(1, 2, 'deltaTimeSynchronizationStatus', {
          meanings: { 0: 'none in this load profile interval', 1: 'ongoing', 2: 'done' },
        }),
        bool(6, 'disconnectPushButtonCloseTemporarilyLocked', { since: '4.0' }),
      ]),
      int32('timeAdjustmentInCurrentLoadProfileInterval', { unit: 's' }),
    ),
    since(
      '3.70',
      date('dateLastStepTariffReset', { erratum: 'DATE is not among the types; 3 bytes up to the next field.' }),
      uint8('et77EntryCount', { description: 'Entries of ET77.' }),
      uint16('et79EntryCount', { description: 'Entries of ET79; 0: there is no alternate event log.' }),
    ),
    since(
      '3.80',
      uint32('unicastKeyUsageCount', { erratum: 'Firmware 3.13 has it too, but none of the fields before.' }),
      uint32('broadcastKeyUsageCount'),
      set('supportedSecurityModes', 1, { description: '0: RC4, 2: OSGP-AES-128-PSK.' }),
    ),
    since(
      '4.0',
      moduleRecords(),
      uint16('externalTamperInputRawAdc'),
      uint8('mepTxLocked', { description: 'ET52 and ET53 are locked.', erratum: 'By EP61; EP62 is printed.' }),
      uint8('mepTxLockChannel', { meanings: { 0: 'none', 1: 'MEP client 1', 2: 'MEP client 2' } }),
    ),
    since(
      '4.10',
      bits(4, [
        uint(16, 31, 'failedProcedure', { description: 'Procedure that failed.' }),
        uint(0, 15, 'procedureExtendedFailureCode', { description: 'Why it failed: see the procedure.' }),
      ]),
    ),
    since('4.30', ...randomOperation(2)),
  ],
});
