import type { FieldNode } from '../schema/description.js';
import { array, bits, bool, reserved, since, table, uint, uint8 } from '../schema/builders.js';

/** [MEP p.100-101] */
const hardwareOptions = bits(3, [
  bool(0, 's0KyzOutput'),
  bool(1, 'pulseInput1', { description: 'Not on Gen 4.' }),
  bool(2, 'pulseInput2', { description: 'Not on Gen 4.' }),
  bool(5, 'disconnectAndBuzzer'),
  bool(6, 'controlRelay1'),
  bool(7, 'controlRelay2', { since: '4.30' }),
  bool(8, 'mBusModule'),
  bool(9, 'coverTamper'),
  bool(10, 'mepPort1Enabled'),
  bool(11, 'disconnectSensor'),
  bool(12, 'magneticTamper'),
  bool(13, 'highFrequencyNoiseDetectionDisabled'),
  bool(14, 'twoLineDisconnect'),
  bool(15, 'noMetering'),
  bool(16, 'noLcd'),
  bool(17, 'externalCt'),
  bool(18, 'backupPower'),
  bool(19, 'externalDisconnectFeedback'),
  bool(20, 'externalVoltage'),
  bool(21, 'voltageSignalAdcInverted'),
  bool(22, 'nonLatchingRelay', { description: 'Only of CPM modules.' }),
  bool(23, 'mepPort2Enabled', { since: '4.0' }),
]);

/** [MEP p.102-103] */
const extendedHardwareOptions = bits(4, [
  bool(0, 'twoDisconnectSensors', { description: 'Where the two differ, the status is refreshed by itself.' }),
  bool(1, 'disconnectToggleButton', { description: 'One button opens and closes the load disconnect, not two.' }),
  bool(3, 'backlightLcdPresent'),
  bool(4, 'buzzer'),
  uint(5, 6, 'batteryType', { meanings: { 0: 'none', 1: 'standard', 3: 'supercap' } }),
  bool(7, 'earthFault', { description: 'Has earth fault protection.' }),
  bool(8, 'externalTamperInput1'),
  bool(9, 'externalTamperInput2'),
  bool(10, 's0PulseOutput2'),
  bool(11, 'securityChip'),
  bool(12, 'lastGaspModule'),
  bool(13, 'controlRelay1Latching', { since: '4.30' }),
  bool(14, 'controlRelay2Latching', { since: '4.30' }),
]);

/** A row of a Comm Assignment Matrix. [MEP p.103-104] */
const assignment = (
  boards: Readonly<Record<number, string>>,
  ports: Readonly<Record<number, string>>,
  number: string,
): FieldNode[] => [uint8('board', { meanings: boards }), uint8('port', { meanings: ports }), uint8(number)];

/** [MEP p.99-104] Hardware options of the meter. */
export const ET29 = table({
  name: 'ET29',
  title: 'Hardware Configuration',
  summary: 'Which hardware is fitted: disconnect, relays, MEP ports, M-Bus, sensors, display, battery.',
  pages: '99-104',
  read: 'MBK',
  write: 'never',
  needs: [],
  fields: [
    hardwareOptions,
    reserved(2),
    bits(1, [
      bool(0, 'singlePhase', { erratum: 'At 5; "reserved 2..4" before it overlaps the third byte of the options.' }),
      bool(1, 'polyphase'),
      bool(6, 'pulseRelayForDisconnect', {
        since: '3.70',
        description: 'CT meters: the control relay follows the average power settings.',
      }),
      bool(7, 'powerBoostRelay', { since: '4.0' }),
    ]),
    reserved(14),
    since(
      '4.0',
      reserved(4),
      array(
        'commAssignmentMatrix1',
        3,
        assignment({ 1: 'wireless', 2: 'wired', 3: 'PLC' }, { 1: 'MEP', 2: 'M-Bus', 3: 'PLC' }, 'sequenceNumber'),
        { description: 'USART 1 to 3; the sequence number is that of the MEP port.' },
      ),
      extendedHardwareOptions,
      reserved(10),
      bits(1, [
        uint(0, 4, 'lineCurrentSensor', { meanings: { 0: 'shunt', 1: 'PCB coil' } }),
        uint(5, 7, 'neutralCurrentSensor', { meanings: { 0: 'shunt', 1: 'PCB coil', 2: 'earth fault transformer' } }),
      ]),
      array(
        'commAssignmentMatrix2',
        2,
        assignment(
          { 0: 'none', 4: 'modem', 5: 'PLC A-band', 6: 'PLC G3' },
          { 3: 'PLC', 4: 'modem', 5: 'optical' },
          'logicalPortNumber',
        ),
        {
          description: 'UART 1 and 2 of the P2P gateway modem.',
          erratum: 'The places of the logical port numbers are printed as 0; they are 50 and 53.',
        },
      ),
    ),
  ],
});
