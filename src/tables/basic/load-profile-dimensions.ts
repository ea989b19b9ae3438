import { bits, bool, growing, uint16, uint32, uint8 } from '../schema/builders.js';
import type { FieldNode } from '../schema/description.js';

/** The structure that BT60 (largest possible) and BT61 (configured) share. [MEP p.231-235] */
export const loadProfileDimensions: readonly FieldNode[] = [
  uint32('memoryLength', { unit: 'B', description: 'Memory of all load profile data sets.' }),
  bits(2, [
    bool(0, 'set1InhibitOverflow'),
    bool(1, 'set2InhibitOverflow'),
    bool(2, 'set3InhibitOverflow'),
    bool(3, 'set4InhibitOverflow'),
    bool(4, 'endReadingSupported', { description: 'Blocks begin with the reading of each channel at their end.' }),
    bool(5, 'endPulseSupported'),
    bool(6, 'set1ScalarDivisorEnable'),
    bool(7, 'set2ScalarDivisorEnable'),
    bool(8, 'set3ScalarDivisorEnable'),
    bool(9, 'set4ScalarDivisorEnable'),
    bool(10, 'extendedIntervalStatus', { description: 'Intervals mark power failures and clock changes.' }),
    bool(11, 'simpleIntervalStatus', { description: 'Blocks mark the intervals that were recorded.' }),
  ]),
  bits(1, [
    bool(0, 'uint8Supported'),
    bool(1, 'uint16Supported'),
    bool(2, 'uint32Supported'),
    bool(3, 'int8Supported'),
    bool(4, 'int16Supported'),
    bool(5, 'int32Supported'),
    bool(6, 'niFmat1Supported'),
    bool(7, 'niFmat2Supported'),
  ]),
  growing(
    'dataSets',
    1,
    '3.50',
    4,
    [
      uint16('numberOfBlocks'),
      uint16('numberOfIntervals', { description: 'In each block.' }),
      uint8('numberOfChannels', { description: 'Registers recorded in each interval, up to 16.' }),
      uint8('maximumIntervalTime', {
        unit: 'min',
        meanings: { 84: '24 hours' },
        description: 'Time from one interval to the next.',
      }),
    ],
    {
      description: 'Four since firmware 3.50; one on meters and modules that have no more than one data set.',
      erratum: 'The number of data sets is not documented: as many are decoded as there are bytes.',
    },
  ),
];
