import {
  array,
  bits,
  bool,
  ltimeDate,
  opaque,
  rest,
  set,
  since,
  table,
  uint,
  uint16,
  uint32,
  uint8,
} from '../schema/builders.js';
import type { FieldNode } from '../schema/description.js';

const RELAY_STATE = { 0: 'open', 1: 'closed', 2: 'unknown' };

/** State of a MEP client before it was deregistered, and number of its re-registrations. */
const priorClient = (client: 1 | 2): readonly FieldNode[] => [
  uint16(`priorMep${client}Handle`, { description: 'Of the client deregistered last.' }),
  opaque(`priorMep${client}Id`, 30, { description: 'Identification string, as in ET50.' }),
  uint8(`mep${client}ReRegisterRequests`, { description: 'Rolls over at 255, and the next counter with it.' }),
  uint8(`mep${client}ReRegisterAllowed`, { description: 'How often it was given a new handle.' }),
];

/** One operation mode of a relay: its remaining time, and the requested state. */
const operationMode = (mode: string): FieldNode =>
  bits(4, [
    uint(0, 18, `${mode}TimeRemaining`, { unit: 's' }),
    bool(19, `${mode}NoExpire`, { description: 'The mode does not end by itself.' }),
    uint(20, 21, `${mode}State`, { meanings: RELAY_STATE }),
  ]);

/**
 * [MEP p.186-190] Re-registrations, relays, and validation of firmware images. The fields after the signature (unread
 * entries of logs, disconnect flags, pending security events, state of TLS) have no known offset: the guide gives no
 * value for its lengths A and B, and its ET90 ends before the two dimensions they refer to (MT90.25 and MT90.26).
 */
export const ET89 = table({
  name: 'ET89',
  title: 'Meter LN Status',
  summary: 'Re-registration of MEP clients, operation modes of the relays, validation of firmware images.',
  pages: '186-190',
  read: 'MBK',
  write: 'never',
  needs: [],
  fields: [
    ...priorClient(1),
    ...priorClient(2),
    since(
      '4.50',
      ltimeDate('lastH1TelegramTime'),
      bits(1, [
        bool(0, 'h1DevicePresent', { description: 'The H1 request line is driven from outside.' }),
        bool(1, 'plcDisabled', { erratum: 'The filler is printed as bits 1 to 7.' }),
      ]),
      array('relays', 2, [
        bits(1, [
          uint(0, 2, 'currentOpMode', { meanings: { 0: 'maintenance', 1: 'locked', 2: 'remote', 3: 'local' } }),
        ]),
        operationMode('maintenance'),
        operationMode('locked'),
        operationMode('remote'),
        operationMode('local'),
      ]),
      array('imageValidationKeyIds', 2, uint16('')),
      set('keyStatus', 1, { description: 'Image validation keys that were invalidated.' }),
      uint8('lastValidationError', {
        meanings: {
          0: 'none',
          1: 'image not signed',
          2: 'key id not defined',
          3: 'key invalidated',
          16: 'invalid signature',
          17: 'invalid signature length',
          18: 'invalid signature data',
          32: 'invalid public key format',
          33: 'invalid key EC point',
          240: 'unknown error',
        },
      }),
      uint16('lastValidationKeyId'),
      uint32('lastImageLength', { unit: 'bytes' }),
      uint8('signatureLength', { unit: 'bytes' }),
      opaque('signature', 8, { description: 'Its first bytes.' }),
    ),
    rest(),
  ],
});
