import type { FieldNode } from '../schema/description.js';
import { bcd, bits, bool, ltimeDate, opaque, record, uint, uint16, uint32, uint8, when } from '../schema/builders.js';
import { FIRST_MEP_DEVICE } from './device-settings.js';

/** [MEP p.92-93] The form of the device's data. */
const responseInfo = bits(1, [
  uint(0, 0, 'dataOrder', { meanings: { 0: 'mode 1, least significant byte first', 1: 'mode 2' } }),
  uint(1, 1, 'responseType', { meanings: { 0: 'variable data structure', 1: 'fixed data structure' } }),
  uint(2, 2, 'keyAvailability', { meanings: { 0: 'no key', 1: 'decrypted as necessary' } }),
  uint(3, 4, 'authentication', {
    meanings: { 0: 'passed', 1: 'ID failure', 2: 'date failure', 3: 'passed with alternate date' },
  }),
  uint(5, 5, 'securityStatus', { meanings: { 0: 'passed', 1: 'failed' } }),
]);

const alarms = [bool(2, 'powerLow'), bool(3, 'permanentError'), bool(4, 'temporaryError')];

/** Header of the response to CI = 0x72, before its data records. [MEP p.93-94] */
const TELEGRAM_HEADER_BYTES = 12;
const TERMINATOR_BYTES = 1;
const variableTelegram = record('telegram', [
  bcd('serialNumber', 4),
  uint16('manufacturerId', {
    description: 'Three letters, each its place in the alphabet: first * 1024 + second * 32 + third.',
  }),
  uint8('version', { description: 'Generation of the device, as its manufacturer counts.' }),
  uint8('medium', { meanings: { 3: 'gas', 4: 'heat', 6: 'hot water', 7: 'water' } }),
  uint8('accessNumber', { description: 'Goes up by 1 with each answer.' }),
  bits(1, [
    uint(0, 1, 'applicationStatus', { meanings: { 0: 'no error', 1: 'busy', 2: 'any error' } }),
    ...alarms,
    uint(5, 7, 'manufacturerStatus'),
  ]),
  uint16('signature', { description: 'Whether and how the data are encrypted.' }),
  opaque('dataRecords', `telegramLength - ${TELEGRAM_HEADER_BYTES + TERMINATOR_BYTES}`),
  uint8('terminator'),
]);

/** Response to CI = 0x73. [MEP p.94-95] */
const FIXED_TELEGRAM_BYTES = 16;
const fixedTelegram = record('fixedTelegram', [
  bcd('serialNumber', 4),
  uint8('accessNumber', { description: 'Goes up by 1 with each answer.' }),
  bits(1, [
    uint(0, 0, 'counterCoding', { meanings: { 0: 'BCD', 1: 'signed binary' } }),
    uint(1, 1, 'counterTime', { meanings: { 0: 'actual values', 1: 'values of a fixed date' } }),
    ...alarms,
    uint(5, 7, 'manufacturerStatus'),
  ]),
  uint16('mediumUnit', { description: 'Always least significant byte first.' }),
  uint32('counter1', { description: 'Binary or BCD, by counterCoding.' }),
  uint32('counter2'),
]);

/** Bytes before an M-Bus device's first telegram. */
const BEFORE_TELEGRAM = 8;

/**
 * MEP Billing Read (MBR): data from an M-Bus device or a MEP client. [MEP p.92-95, opt p.43-45]
 * @param size bytes of the whole structure, an expression.
 * @param isMBus whether the device is an M-Bus device, an expression.
 */
export const billingRead = (size: string, isMBus = `index < ${FIRST_MEP_DEVICE}`): readonly FieldNode[] => [
  ltimeDate('timestamp', { description: 'Last successful read, local time.' }),
  responseInfo,
  when(
    isMBus,
    uint8('telegramLength', { unit: 'B', description: 'Of the first telegram.' }),
    when(`(responseType == 0) * (telegramLength > ${TELEGRAM_HEADER_BYTES})`, variableTelegram),
    when(`(responseType == 0) * (telegramLength <= ${TELEGRAM_HEADER_BYTES})`, opaque('incomplete', 'telegramLength')),
    when(`(responseType == 1) * (telegramLength == ${FIXED_TELEGRAM_BYTES})`, fixedTelegram),
    when(
      `(responseType == 1) * (telegramLength != ${FIXED_TELEGRAM_BYTES})`,
      opaque('unexpected', 'telegramLength', { description: 'A fixed telegram of another length than 16.' }),
    ),
    opaque('furtherTelegrams', `${size} - ${BEFORE_TELEGRAM} - telegramLength`, {
      description:
        'Telegrams of a variable data structure, each preceded by its length; the last one may be incomplete.',
    }),
  ),
  when(
    `(${isMBus}) == 0`,
    uint16('readCount', { description: 'Successful billing reads.' }),
    uint16('length', { unit: 'B' }),
    opaque('data', 'length'),
  ),
];
