import { bits, bool, set, table, when } from '../schema/builders.js';
import type { BitPart } from '../schema/description.js';

/** A flag that a firmware version added. */
const added = (firmware: string, bit: number, name: string, description?: string): BitPart =>
  bool(bit, name, { since: firmware, ...(description === undefined ? {} : { description }) });

/** Bytes of manufacturer-defined alarms that the guide names. */
const NAMED_BYTES = 6;

/**
 * [opt p.45-47] The alarms. The MEP guide names this table (as the sign of an interface change) but does not list it
 * among those that can be read by the MEP port.
 */
export const BT03 = table({
  name: 'BT03',
  title: 'End Device Mode Status',
  summary: 'Alarms: memory and clock errors, tampering, power failure, load disconnect, overflows.',
  pages: 'opt 45-47',
  read: 'MBK',
  write: 'never',
  needs: ['BT00'],
  fields: [
    bits(1, [bool(0, 'meteringMode'), bool(1, 'testMode'), bool(2, 'meterShopMode')]),
    bits(2, [
      bool(0, 'unprogrammed'),
      bool(1, 'configurationError'),
      bool(2, 'systemReset'),
      bool(3, 'ramFailure'),
      bool(4, 'romFailure'),
      bool(5, 'nonVolatileMemoryFailure'),
      bool(6, 'clockError'),
      bool(7, 'measurementError'),
      bool(8, 'lowBattery'),
      bool(9, 'lowLossPotential'),
      bool(10, 'demandOverload'),
      bool(11, 'powerFailure'),
      bool(12, 'coverRemoved'),
      bool(13, 'reverseEnergy'),
      bool(14, 'dataBackupIncomplete'),
      bool(15, 'disconnectSwitchError'),
    ]),
    bits(1, [
      added('3.50', 0, 'loadProfileDataSet2UnreadEntriesExist'),
      added('3.50', 1, 'loadProfileDataSet3UnreadEntriesExist'),
      added('3.50', 2, 'loadProfileDataSet4UnreadEntriesExist'),
      added('3.60', 3, 'neutralCurrentDeviation', 'From firmware 4.0 on earth fault, where ET29.33.7 is set.'),
    ]),
    when(
      'BT00.manufacturerStatusLength >= 1',
      bits(1, [
        bool(0, 'loadProfileOverflow', { description: 'Of the primary data set.' }),
        bool(1, 'selfReadOccurred'),
        bool(2, 'loadDisconnectHasChangedState'),
        bool(3, 'controlRelay1Open'),
        bool(4, 'phaseLoss'),
        bool(5, 'phaseInversion'),
        bool(6, 'plcConfigFailure'),
        bool(7, 'generalError'),
      ]),
    ),
    when(
      'BT00.manufacturerStatusLength >= 2',
      bits(1, [
        bool(0, 'invalidPassword'),
        bool(1, 'remoteCommunicationsInactive'),
        bool(2, 'currentOnMissingOrUnusedPhase'),
        bool(3, 'pulseInput1Tamper'),
        bool(4, 'pulseInput2Tamper'),
        bool(5, 'softwareCrcError'),
        bool(6, 'codeBankChanged'),
        bool(7, 'loadProfileBackfillFailed'),
      ]),
    ),
    when(
      'BT00.manufacturerStatusLength >= 3',
      bits(1, [
        added('2.10', 0, 'mepInstalledOrRemoved'),
        added('2.10', 1, 'mBusAlarm'),
        added('2.10', 2, 'mBusAutoDiscoveryComplete'),
        added('2.10', 3, 'phaseRotationChanged'),
        added('2.10', 4, 'prepayCreditExhausted'),
        added('2.10', 5, 'prepayWarningAcknowledged'),
        added('2.12', 6, 'eventLogOverflowPending'),
        added('2.12', 7, 'mfgLogEntryAvailable'),
      ]),
    ),
    when(
      'BT00.manufacturerStatusLength >= 4',
      bits(1, [
        added('2.12', 0, 'dimensionChange', 'The interface definition (ET42) changed.'),
        added('2.12', 1, 'magneticTamperDetected'),
        added('2.12', 2, 'accessLockoutOverride'),
        added('2.12', 3, 'powerQualityEventDetected'),
        added('2.12', 4, 'eventLogUnreadEntries'),
        added('2.12', 5, 'thdStateChanged'),
        added('3.10', 6, 'loadProfile1UnreadEntriesExist'),
        added('3.30', 7, 'loadSideVoltageDetected'),
      ]),
    ),
    when(
      'BT00.manufacturerStatusLength >= 5',
      bits(1, [
        added('3.60', 0, 'unbalancedVoltageDetected'),
        added('3.70', 1, 'passwordTableWrittenTo'),
        added('3.80', 2, 'passwordExpirationPending', 'Also in firmware 2.04, 2.13 and 3.13.'),
        added('4.10', 3, 'p2pSecurity'),
        added('4.10', 4, 'firmwareSeparationViolation'),
        added('4.10', 5, 'modemError'),
        added('4.20', 6, 'g3Alarm'),
        added('4.20', 7, 'g3EventLogged'),
      ]),
    ),
    when(
      `BT00.manufacturerStatusLength >= ${NAMED_BYTES}`,
      bits(1, [added('4.30', 0, 'controlRelay2Open', 'On meters with two control relays.')]),
      set('furtherAlarms', `BT00.manufacturerStatusLength - ${NAMED_BYTES}`, {
        description: 'Alarms that the guide does not name: the numbers of the bits that are set from byte 10 on.',
      }),
    ),
  ],
});
