import { array, block, bool, int32, nibbles, niFormat1, set, stimeDate, table, when } from '../schema/builders.js';
import type { TableDescription } from '../schema/description.js';

/** Codes of a channel's extended status. [MEP p.240-241] */
const EXTENDED_STATUS = {
  0: 'no status',
  1: 'overflow',
  2: 'partial interval: the clock was set forward',
  3: 'long interval: the clock was set backward',
  4: 'skipped',
  5: 'test mode data',
  8: 'M-Bus/MEP decryption failure',
  9: 'clock error',
  10: 'M-Bus/MEP device missing',
  11: 'not current: the device has no newer value',
  12: 'skipped: load profile opt-out',
  15: 'placeholder: the device was not read yet',
};

/** States of a channel with a zero, encrypted bytes or an older value in place of its own value. [MEP p.240-241] */
const WITHOUT_VALUE = [4, 8, 10, 12, 15];

/**
 * BT64 to BT67: a data set of the load profile, a circular queue of blocks; BT63 has the number of the newest one. A
 * single block is decoded as a table whose dimensions have one block. [MEP p.238-241, opt p.35-38]
 */
function loadProfileData(dataSet: 1 | 2 | 3 | 4): TableDescription {
  const dimensions = `BT61.dataSets[${dataSet - 1}]`;
  const channels = `${dimensions}.numberOfChannels`;
  return table({
    name: `BT${63 + dataSet}`,
    title: `Load Profile Data, Data Set ${dataSet}`,
    summary: `Load profile: registers as they were at the end of each interval${dataSet > 1 ? `, data set ${dataSet}` : ''}.`,
    pages: '238-241',
    read: 'MBK',
    write: 'never',
    ...(dataSet > 1 ? { since: '3.50' } : {}),
    needs: ['BT61'],
    fields: [
      array('blockData', `${dimensions}.numberOfBlocks`, [
        block(
          stimeDate('endTime', { isStamp: true, description: 'UTC at the end of the newest interval of the block.' }),
          when(
            'BT61.endReadingSupported',
            array('endReadings', channels, niFormat1(''), {
              description: 'Each channel at the end of the block.',
              erratum: 'The offsets printed for what follows count this field even where it is not there.',
            }),
          ),
          set('simpleStatus', `(${dimensions}.numberOfIntervals + 7) / 8`, {
            description: 'Numbers of the intervals that were recorded; the data of all others mean nothing.',
            erratum: 'The bit of the first interval is not documented: taken as the lowest bit of the first byte.',
          }),
          array(
            'intervals',
            `${dimensions}.numberOfIntervals`,
            [
              nibbles(
                'extendedStatus',
                channels,
                [
                  bool(0, 'daylightSavingTime', { description: 'In effect during or at the start of the interval.' }),
                  bool(1, 'powerFail'),
                  bool(2, 'clockResetForward'),
                  bool(3, 'clockResetBackward'),
                ],
                {
                  meanings: EXTENDED_STATUS,
                  description:
                    'Of each channel. Load profiles made for ANSI C12.19 know 4 for 8, 11, 15 and 0 for 9, 10.',
                },
              ),
              array('channelValues', channels, int32(''), {
                validBy: { field: 'extendedStatus', noValue: WITHOUT_VALUE },
                description: 'Each channel at the end of the interval, as the register itself counts it.',
              }),
            ],
            { recordedBy: 'simpleStatus' },
          ),
        ),
      ]),
    ],
  });
}

export const BT64 = loadProfileData(1);
export const BT65 = loadProfileData(2);
export const BT66 = loadProfileData(3);
export const BT67 = loadProfileData(4);
