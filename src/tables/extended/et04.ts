import {
  array,
  bits,
  bool,
  int16,
  ltimeDate,
  opaque,
  reserved,
  since,
  table,
  uint,
  uint16,
  uint32,
  uint8,
} from '../schema/builders.js';

/** Byte 12. [MEP p.57-58] */
const neuron = bits(1, [
  bool(0, 'explicitMessageReceived'),
  bool(1, 'forceNeuronConfiguration', { description: 'Also puts the power line key back to its default.' }),
  bool(2, 'requestNeuronState'),
  bool(3, 'disablePlcEncryption'),
  bool(4, 'disableNeuronEepromLock'),
  uint(5, 7, 'neuronPhase', {
    meanings: {
      0: 'no phase inversion',
      1: 'in phase, normal',
      2: '+120°, inverted',
      3: '-120°, normal',
      4: '180°, inverted',
      5: '+120°, normal',
      6: '-120°, inverted',
      7: 'not applicable',
    },
  }),
]);

/** Byte 62. [MEP p.58-60] */
const inactivePhases = bits(1, [
  bool(0, 'inactiveVoltagePhaseL1', { description: 'Not installed: its loss and sags are ignored.' }),
  bool(1, 'inactiveVoltagePhaseL2'),
  bool(2, 'inactiveVoltagePhaseL3'),
  bool(3, 'separateVoltageAndCurrentInactivePhases', {
    description: 'The inactive current phases count; otherwise those of the voltage count for both.',
  }),
  bool(4, 'inactiveCurrentPhaseL1'),
  bool(5, 'inactiveCurrentPhaseL2'),
  bool(6, 'inactiveCurrentPhaseL3'),
]);

/** Byte 71. [MEP p.60-61] */
const access = bits(1, [
  uint(0, 0, 'rkBp10AndEp16Access', { meanings: { 0: 'enabled', 1: 'disabled' } }),
  bool(1, 'testPoint'),
  bool(2, 'testPointConfirmed'),
  bool(3, 'lpUseSkipped', {
    description: 'Load profile channels without a device, or whose poll was left out, get the status "skipped".',
  }),
]);

/** Bytes 72 to 106: the power line modem and other fields of communication. [MEP p.61-63] */
const communication = [
  uint8('neuronState', {
    meanings: {
      2: 'has application, unconfigured',
      3: 'applicationless, unconfigured',
      4: 'configured, online',
      6: 'hard offline',
      12: 'configured, soft offline',
      140: 'configured, in bypass mode',
      255: 'no reply',
    },
  }),
  uint8('phaseRotation', { meanings: { 0: 'L1L2L3', 1: 'L3L2L1', 2: 'unknown' } }),
  uint16('plcCommInactiveTimeThreshold', {
    unit: 'min',
    description: 'Time without a message that raises an alarm; 0: no alarm.',
  }),
  ltimeDate('broadcastReceipt', { description: 'Last secure broadcast, UTC.' }),
  uint32('broadcastBase'),
  uint16('broadcastDelta'),
  uint16('reverseEnergyAlarmCurrentThreshold', { unit: 'mA' }),
  uint8('plcSignalQualityStatus', {
    description: '5 to 7 are 2 to 4 without a message for this meter within the time set in ET55.',
    meanings: {
      0: 'no traffic',
      1: 'traffic, none for this meter',
      2: 'margin up to 9 dB',
      3: 'margin 12 or 15 dB',
      4: 'margin 18 dB or more',
      5: 'margin up to 9 dB, inactive',
      6: 'margin 12 or 15 dB, inactive',
      7: 'margin 18 dB or more, inactive',
    },
  }),
  uint16('autoDiscoveryTa', { description: 'Added to the turn-around time of 330 bit times, for address 0.' }),
  uint16('autoDiscoveryTo', {
    unit: 'ms',
    description: 'Added to the turn-around time of 50 ms, for address 0.',
  }),
  uint8('autoDiscoveryDisable', { description: 'Any number but 0 disables it.' }),
  int16('amplifierGainDetectSensitivity'),
  uint16('eventsOutageThreshold', {
    unit: 's',
    description: 'Outage from which on power down and power up are logged; 65535: the threshold in ET09.',
  }),
  uint16('nvmSize', { description: 'Blocks of 1 KiB.' }),
  uint8('safeImageLocked', { meanings: { 0: 'can be activated', 1: 'locked' } }),
  uint32('mepSequenceNumber', { description: 'Unused on Gen 4, see mepSequenceNumbers.' }),
];

/** [MEP p.56-67] Identification of the meter, its ratings and its power line modem. */
export const ET04 = table({
  name: 'ET04',
  title: 'System Information',
  summary: 'Program id, rated values, power line status and the version of the interface definition.',
  pages: '56-67',
  read: 'MBK',
  write: 'MAK',
  risk: 'access',
  needs: [],
  fields: [
    uint32('sequenceNumber', { description: 'Of LonTalk messages on the power line.' }),
    opaque('transceiverId', 6),
    uint8('subnetId', { description: 'Not 0: commissioned by a control node.' }),
    uint8('nodeId', { description: 'Not 0: commissioned by a control node.' }),
    neuron,
    uint8('ratedFrequency', { unit: 'Hz' }),
    opaque('programId', 8, { description: 'Changes with the firmware: dimensions marked P must be read again.' }),
    opaque('selfIdentification', 30, { description: 'LonTalk self-identification.' }),
    uint8('pkAccess', { meanings: { 0: 'enabled', 1: 'disabled' } }),
    uint8('maxPowerOutagesRecorded', { description: 'Entries in ET09 and ET10.' }),
    reserved(1),
    uint8('maxNumberOfTotalEnergyRegisters', { description: 'Registers of total energy in ET12.' }),
    uint16('registrationCurrent', { unit: 'mA', description: 'Starting current.' }),
    uint16('maxCurrent', { unit: 'A' }),
    uint16('ratedVoltage', { unit: 'V' }),
    inactivePhases,
    int16('dstOffTimeDelta', {
      unit: 'min',
      description: 'Time of day DST ends, relative to that at which it begins.',
    }),
    uint8('selfReadHour', { description: 'Of the daily self-read into BT26.' }),
    uint8('selfReadMinute'),
    uint8('stopModeConfig', {
      unit: 'd',
      description: 'Days in wait mode before the clock stops; 0: never, 255: at once.',
    }),
    reserved(3),
    access,
    ...communication,
    reserved(2),
    uint8('premisePowerGeneration', { meanings: { 0: 'off', 1: 'on' } }),
    uint8('powerOutageDetectionThreshold', {
      unit: '%',
      description: 'Of the rated voltage; not applicable on Gen 4. Takes effect after a reset.',
    }),
    uint8('phaseLossThreshold', {
      unit: '%',
      description: 'Below it a phase counts as missing, and is neither measured nor registered.',
    }),
    uint8('meterForm', { meanings: { 0: 'IEC' }, erratum: '"S: S-base, A: A-base" is printed without numbers.' }),
    uint8('clockErrorTier', { description: 'Tariff while the clock is wrong, counted from 0.' }),
    uint16('c1219Compliance'),
    uint8('idtVersion', { description: 'Goes up by 1, and wraps, whenever dimensions changed.' }),
    uint8('tiltTimer', { unit: 's', description: 'Tilt this long before an outage is ignored; 255: never.' }),
    uint16('minimumRegistrationCurrent', { unit: 'mA', description: 'Counts where it is above registrationCurrent.' }),
    uint8('registrationCurrentFraction', {
      unit: 'mA',
      divisor: 10,
      description: 'Added to the registration current.',
    }),
    since(
      '3.60',
      bits(1, [
        bool(0, 'constantPhaseLossAlarm', { description: 'Raise the alarm as long as a phase is lost, not once.' }),
      ]),
      uint8('powerUpWaitTime', { description: 'Only of Control Point and OSGP modules.' }),
    ),
    since(
      '3.80',
      uint32('maximumKeyUsageCount', { erratum: 'Firmware 3.13 has this field and the next two as well.' }),
      uint8('securityMode', { meanings: { 0: 'RC4', 2: 'OSGP-AES-128-PSK' }, description: 'On the power line.' }),
      uint8('fcmMessageCount', { description: 'Challenge or commission messages since midnight; 100 at most.' }),
    ),
    since(
      '4.0',
      array('mepSequenceNumbers', 2, uint32(''), { description: 'Of MEP port 1 and 2.' }),
      uint8('reverseEnergyAlarmMilliseconds', { unit: 'ms' }),
      uint16('reverseEnergyAlarmSeconds', { unit: 's' }),
    ),
  ],
});
