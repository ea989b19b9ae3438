import { record, uint16, uint8, when } from '../schema/builders.js';
import type { FieldNode } from '../schema/description.js';
import { billingRead } from './billing-read.js';

/** Bytes of an entry before the billing read. */
const HEAD_BYTES = 8;
/** Handles below it are M-Bus devices. [MEP p.84-85] */
const FIRST_MEP_HANDLE = 1000;

/**
 * An entry of ET45 and ET74: one scheduled read of a device. An entry that was never written holds no read.
 * @param identifier field between length and handle; it differs between the two tables.
 * @param size bytes of an entry, an expression.
 */
export const loggedRead = (identifier: FieldNode, size: string): readonly FieldNode[] => [
  uint16('length', {
    unit: 'bytes',
    description: 'Of the billing read with the handle, as far as it means something.',
  }),
  identifier,
  uint16('handle', { description: '1 to 999: M-Bus, 1000 to 1999: MEP client 1, from 2000 on: MEP client 2.' }),
  uint8('executionStatus', { meanings: { 0: 'normal', 2: 'delayed: made up for at power-up' } }),
  uint8('result', { meanings: { 4: 'success' } }),
  when(
    '(index < numberOfValidEntries) * (handle != 0)',
    record('data', billingRead(`${size} - ${HEAD_BYTES}`, `handle < ${FIRST_MEP_HANDLE}`)),
  ),
];
