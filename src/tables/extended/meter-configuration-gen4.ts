import { array, bits, bool, int16, since, uint, uint16, uint8 } from '../schema/builders.js';
import type { FieldNode } from '../schema/description.js';

/** The end of ET55 on Gen 4 meters, from A+40 on. [MEP p.159-163] */
export const gen4Configuration: FieldNode = since(
  '4.0',
  bits(1, [
    uint(0, 1, 'houseIconControl', { meanings: { 0: 'neither', 1: 'MEP client 1', 2: 'MEP client 2' } }),
    bool(2, 'mBusDiscoveryAutoConfirmation', { since: '4.30' }),
  ]),
  bits(1, [
    bool(0, 'enableOpticalDosTimer', { description: 'Long sessions of the optical port are ended.' }),
    bool(1, 'disableOpticalPort'),
  ]),
  uint16('opticalSessionTimeout', { unit: 's', description: 'Longest session of the optical port.' }),
  uint16('opticalSessionHoldOff', { unit: 's', description: 'How long no other session begins then.' }),
  bits(1, [bool(0, 'externalTamper1InUse'), bool(1, 'externalTamper2InUse')]),
  array('tamperAdc', 3, int16(''), {
    description:
      'Levels, rising: below the first both tamper inputs are connected, below the second input 2, below the third input 1.',
  }),
  uint8('externalTamperDuration', { unit: 's', description: '0: no alarms.' }),
  uint16('generalCoverRemovedDetectionThreshold2', {
    unit: 's',
    description:
      'For the cover that generalCoverRemovedDetectionThreshold is not for: lower in 4.0x, upper from 4.10 on.',
    erratum: 'Has the same name as the field at 103 (104).',
  }),
  uint16('magneticTamperDuration', { unit: 's', description: '0: no alarms.' }),
  uint8('vaPowerAndEnergyCalculationMethod', {
    meanings: { 0: 'RMS voltage * RMS current', 1: 'square root of W² + var²' },
    erratum: 'Printed with "=" for "+" under the root.',
  }),
  bits(2, [
    bool(0, 'bevLoadProfileLockMode', {
      description:
        'The primary load profile is for billing and cannot be changed; the other sets record no billing registers.',
    }),
  ]),
  uint8('mostSignificantByteForReverseEnergyAlarmCurrentThreshold', {
    description: 'High part above the 16 bits of reverseEnergyAlarmCurrentThreshold.',
    erratum: 'Refers to ET54.138 for ET55.145.',
  }),
);
