import type { Dimensions } from '../../../src/tables/index.js';

/** A table under dimensions, and the offsets that the guide prints for its fields there. */
export type Printed = readonly [table: string, dims: Dimensions, fields: readonly (readonly [string, number])[]];

/** `first 0 second 2 ...` */
const fields = (text: string): [string, number][] =>
  [...text.matchAll(/(\S+) (\d+)/g)].map(([, name = '', offset]) => [name, Number(offset)]);

const OUTAGES = 10;
const B = OUTAGES * 18;
const A = B + 357;
const S = A + 10 * 12;
/** Fields whose offset ET09 prints as ET04.53 * 18 + n. */
const behindOutages = (text: string, from = B): [string, number][] =>
  fields(text).map(([name, offset]) => [name, from + offset]);

const ET11 = {
  numberOfDevices: 6,
  configEntrySize: 66,
  statusEntrySize: 36,
  onDemandRequestQueueSize: 5,
  onDemandRequestEntrySize: 6,
  dataEntrySize: 517,
  onDemandWriteEntrySize: 25,
  configEntry2Size: 22,
  mBusMulticastMessageLength: 65,
};
const WRITES = 5 * 6;
const MULTICAST = 5 * (6 + 25);

const LOG = { currentEntries: 2, entrySize: 400 };
const REGISTERS = {
  BT21: {
    demandResetCounter: false,
    dateTimeField: true,
    cumulativeDemand: false,
    continuousCumulativeDemand: false,
    numberOfSummations: 11,
    numberOfDemands: 0,
    numberOfCoincidentValues: 0,
    numberOfOccurrences: 0,
    numberOfTiers: 4,
  },
  ET36: { actualDimensionList: [LOG, LOG, LOG, LOG] },
};
const DEMAND = { ...REGISTERS, BT21: { ...REGISTERS.BT21, numberOfDemands: 1, numberOfOccurrences: 1 } };

const FSL = 41;
const LLS = 7;
const INTERFACE = {
  ET54: { multipleLoadProfileDataSetSupport: true },
  ET42: {
    tableLength: 400,
    fixedSectionLength: FSL,
    logListSize: LLS,
    numberOfDemands: 3,
    numberOfCoincidentValues: 6,
    numberOfChannels: 4,
    mdttCurrentEntries: 2,
    dataSet2Active: true,
    dataSet3Active: false,
    dataSet4Active: false,
    dataSet2: { numberOfChannels: 2 },
    requiredSection: { length: 8 },
  },
};
const SOURCES = FSL + 3 * LLS;
const MDTT = SOURCES + 3 + 6 + 2 * 4;

/** [MEP p.56-119] */
export const PRINTED: readonly Printed[] = [
  ['ET03', {}, fields('utilitySerialNumber 0 imageCrc 137')],
  [
    'ET04',
    {},
    fields(`sequenceNumber 0 transceiverId 4 subnetId 10 nodeId 11 explicitMessageReceived 12 neuronPhase 12 ratedFrequency 13
      programId 14 selfIdentification 22 pkAccess 52 maxPowerOutagesRecorded 53 maxNumberOfTotalEnergyRegisters 55
      registrationCurrent 56 maxCurrent 58 ratedVoltage 60 inactiveVoltagePhaseL1 62 inactiveCurrentPhaseL3 62
      dstOffTimeDelta 63 selfReadHour 65 selfReadMinute 66 stopModeConfig 67 rkBp10AndEp16Access 71 lpUseSkipped 71
      neuronState 72 phaseRotation 73 plcCommInactiveTimeThreshold 74 broadcastReceipt 76 broadcastBase 82
      broadcastDelta 86 reverseEnergyAlarmCurrentThreshold 88 plcSignalQualityStatus 90 autoDiscoveryTa 91
      autoDiscoveryTo 93 autoDiscoveryDisable 95 amplifierGainDetectSensitivity 96 eventsOutageThreshold 98 nvmSize 100
      safeImageLocked 102 mepSequenceNumber 103 premisePowerGeneration 109 powerOutageDetectionThreshold 110
      phaseLossThreshold 111 meterForm 112 clockErrorTier 113 c1219Compliance 114 idtVersion 116 tiltTimer 117
      minimumRegistrationCurrent 118 registrationCurrentFraction 120 constantPhaseLossAlarm 121 powerUpWaitTime 122
      maximumKeyUsageCount 123 securityMode 127 fcmMessageCount 128 mepSequenceNumbers[0] 129
      reverseEnergyAlarmMilliseconds 137 reverseEnergyAlarmSeconds 138`),
  ],
  ['ET05', {}, fields('prepayTierRates[0] 8 prepayTierRates[3] 20 enableMaximumPowerCurrentLevelThresholds 25')],
  [
    'ET07',
    { BT01: { firmwareMajor: 3 }, BT30: { numberOfPrimaryListItems: 30 } },
    fields('accumulatorRolloverDigit 180'),
  ],
  [
    'ET09',
    { ET04: { maxPowerOutagesRecorded: OUTAGES } },
    [
      ...fields(`longOutageDurationThreshold 0 sag1SurgeTimeThreshold 2 sag1Threshold 3 surgeThreshold 4
        overCurrentThreshold 5 powerOutageRecords[0].powerOnDateTime 6 powerOutageRecords[0].resetCause 12
        powerOutageRecords[0].powerOffDateTime 14 powerOutageRecords[0].powerOffDuration 20
        powerOutageRecords[1].powerOnDateTime 24`),
      ...behindOutages(`l1MostRecentSag1Event 6 l1Sag1Events 12 l2MostRecentSag1Event 14 l2Sag1Events 20
        l3MostRecentSag1Event 22 l3Sag1Events 28 l1MostRecentSurgeEvent 30 l1SurgeEvents 36 l2MostRecentSurgeEvent 38
        l2SurgeEvents 44 l3MostRecentSurgeEvent 46 l3SurgeEvents 52 minFrequency 54 minFreqDateTime 58 maxFrequency 64
        maxFreqDateTime 68 l1OverCurrentEvents 74 l2OverCurrentEvents 78 l3OverCurrentEvents 82 phaseL1Loss 86
        phaseL3Loss 86 l1MostRecentPhaseLossEvent 87 l1PhaseLossEvents 93 l2MostRecentPhaseLossEvent 95
        l2PhaseLossEvents 101 l3MostRecentPhaseLossEvent 103 l3PhaseLossEvents 109 l1MostRecentSag1Voltage 111
        l2MostRecentSag1Voltage 115 l3MostRecentSag1Voltage 119 l1MostRecentSurgeVoltage 123
        l2MostRecentSurgeVoltage 127 l3MostRecentSurgeVoltage 131 shortOutageCount 135 pqConfigurationId 139
        sag1SurgeThresholdSeconds 143 powerUpQualityHoldTime 144 overCurrentTimeThreshold 145
        thdRecords[0].thdTimeThreshold 147 thdRecords[0].thdThreshold 149 thdRecords[0].events[0].eventCount 151
        thdRecords[0].events[0].eventTimestamp 153 thdRecords[0].events[0].maxThd 159
        thdRecords[0].events[0].maxThdTimestamp 161 thdRecords[0].events[0].averageThd 167
        thdRecords[0].events[1].eventCount 173 thdRecords[1].thdTimeThreshold 217`),
      ...behindOutages(
        'drpDrcEventRecords[0].drp 0 drpDrcEventRecords[0].drc 2 drpDrcEventRecords[0].timeStamp 4 drpDrcEventRecords[1].drp 10',
        A,
      ),
      ...behindOutages(
        `sag2TimeThreshold 0 sag2Threshold 2 l1MostRecentSag2Event 3 l1Sag2Events 9 l2MostRecentSag2Event 11 l2Sag2Events 17
        l3MostRecentSag2Event 19 l3Sag2Events 25 l1MostRecentSag2Voltage 27 l2MostRecentSag2Voltage 31
        l3MostRecentSag2Voltage 35 averageCurrentCalculationInterval 39 earlySagSurgeEvent 41`,
        S,
      ),
    ],
  ],
  [
    'ET11',
    {},
    fields(`numberOfDevices 0 configEntrySize 1 statusEntrySize 2 onDemandRequestQueueSize 3 onDemandRequestEntrySize 4
      dataEntrySize 5 transactionRequestLength 7 transactionResponseLength 9 onDemandWriteEntrySize 11
      phaseMeasurementDataSize 12 configEntry2Size 13 meterOneTimeReadQueueSize 14 mBusOneTimeReadQueueSize 15
      meterOneTimeReadRequestEntrySize 16 mBusOneTimeReadRequestEntrySize 17 numberOfGroupIds 18 numberOfHarmonics 19
      mBusMulticastMessageLength 20 et22AlarmSize 21 mepDataSources 22 et48EntryCount 23 maximumCriticalEventBitmaps 24
      et57EntryCount 25 timeBasedRelaySwitches 26 mepDataAlertSources 27 ramOnlyTransactionRequestLength 28
      ramOnlyTransactionResponseLength 30 firmwareModuleEntryCount 32 firmwareModuleEntryLength 33 mepChannelCount 34
      et17VerificationBitmapSize 36 errorCautionScreenCount 38`),
  ],
  [
    'ET13',
    { ET11 },
    [
      ...fields(`deviceConfig[0].scheduledBillingReadDay 0 deviceConfig[0].scheduledBillingReadHour 1
        deviceConfig[0].scheduledBillingReadMinute 2 deviceConfig[0].scheduledBillingReadFrequency 3
        deviceConfig[0].scheduledStatusReadFrequency 4 deviceConfig[0].baudRate 6 deviceConfig[0].deviceAlarmBitmask 7
        deviceConfig[0].customerId 8 deviceConfig[0].appResetParameter 28 deviceConfig[0].securityKeyLength 29
        deviceConfig[0].securityKey 30 deviceConfig[0].ta 62 deviceConfig[0].to 64
        deviceConfig[1].scheduledBillingReadDay 66`),
      ['deviceConfig[4].scheduledReadRequestAlert', 4 * 66 + 8],
      ['deviceConfig[4].mepNonUrgentDownlinkData', 4 * 66 + 9],
    ],
  ],
  [
    'ET14',
    { ET11 },
    fields(`mode 0 deviceOccupancy 5 devices[0].deviceHandle 6 devices[0].deviceStatus 8 devices[0].baudRate 9
      devices[0].billingReadLength 10 devices[0].readAttempts 12 devices[0].readAnswers 16
      devices[0].billingDataCollected 20 devices[0].mBusApplicationPrimaryAddress 22 devices[0].mepDeviceAlarms 29
      devices[0].statusReadTimestamp 30 devices[0].lastReadAttempt 36 devices[1].deviceHandle 42`),
  ],
  [
    'ET15',
    { ET11 },
    [
      ...fields(`writePointer 0 readPointer 0 requestQueue[0].transactionNumber 1
        requestQueue[0].deviceHandleOrGroupMask 3 requestQueue[0].requestType 5 requestQueue[0].result 6`),
      ['writeMessages[0].writeDataLength', WRITES + 1],
      ['writeMessages[0].writeData', WRITES + 2],
      ['multicastDataLength', MULTICAST + 1],
      ['multicastDataMessage', MULTICAST + 2],
    ],
  ],
  [
    'ET16',
    {
      ET11,
      ET16: {
        deviceTable: [
          { responseType: 0, telegramLength: 50 },
          { responseType: 1, telegramLength: 16 },
          { responseType: 0, telegramLength: 0 },
          { responseType: 0, telegramLength: 0 },
          { length: 100 },
          { length: 0 },
        ],
      },
    },
    [
      ...fields(`deviceTable[0].timestamp 0 deviceTable[0].dataOrder 6 deviceTable[0].securityStatus 6
        deviceTable[0].telegramLength 7 deviceTable[0].telegram.serialNumber 8 deviceTable[0].telegram.manufacturerId 12
        deviceTable[0].telegram.version 14 deviceTable[0].telegram.medium 15 deviceTable[0].telegram.accessNumber 16
        deviceTable[0].telegram.applicationStatus 17 deviceTable[0].telegram.signature 18
        deviceTable[0].telegram.dataRecords 20`),
      ...behindOutages(
        `deviceTable[1].telegramLength 7 deviceTable[1].fixedTelegram.serialNumber 8
        deviceTable[1].fixedTelegram.accessNumber 12 deviceTable[1].fixedTelegram.counterCoding 13
        deviceTable[1].fixedTelegram.mediumUnit 14 deviceTable[1].fixedTelegram.counter1 16
        deviceTable[1].fixedTelegram.counter2 20`,
        517,
      ),
      ...behindOutages('deviceTable[4].readCount 7 deviceTable[4].length 9 deviceTable[4].data 11', 4 * 517),
    ],
  ],
  [
    'ET21',
    {},
    [
      ...fields(`dataSets[0].currentBlockAddress 0 dataSets[0].currentIntervalAddress 4 dataSets[0].blockSize 8
        dataSets[0].blockHeaderSize 12 dataSets[0].numberOfValidBlocks 14 dataSets[0].numberOfValidIntervals 16
        dataSets[0].lastBlockIndex 18 dataSets[0].lastIntervalNumber 20 dataSets[0].simpleStatusOffsetFromBlock 22
        dataSets[0].simpleStatusSize 23 dataSets[0].interval0OffsetFromBlock 24 dataSets[0].intervalSize 25
        dataSets[0].channel0OffsetFromInterval 26 dataSets[0].extendedStatusCommon 27 dataSets[0].numberOfChannels 28
        dataSets[0].intervalTime 29 dataSets[0].sources[0] 30 dataSets[0].placeholders[0] 38
        dataSets[0].sourcesExpansion[0] 70 dataSets[0].loadProfileConfigurationId 78
        dataSets[0].mepBillingStartChannel 82 dataSets[0].blockStartTime 83 dataSets[0].blockStartHour 89
        dataSets[0].blockStartMinute 90 dataSets[0].intervalInProgress 91 dataSets[0].endReadings 93
        dataSets[0].intervalEndTimeUtc 94 dataSets[0].intervalEndTimeLocal 101 dataSets[0].maxMemoryLength 107
        dataSets[0].nvmfOccurred 111`),
      ['dataSets[1].currentBlockAddress', 112 + 19],
    ],
  ],
  [
    'ET23',
    {},
    fields('lonTalkMessagesReceived 0 lonTalkMessagesValidated 4 disconnectInternalStatus 94 activeCalendarId 95'),
  ],
  [
    'ET29',
    {},
    fields(`s0KyzOutput 0 mepPort2Enabled 0 singlePhase 5 powerBoostRelay 5 commAssignmentMatrix1[0].board 24
      commAssignmentMatrix1[0].port 25 commAssignmentMatrix1[0].sequenceNumber 26 commAssignmentMatrix1[1].board 27
      commAssignmentMatrix1[2].sequenceNumber 32 twoDisconnectSensors 33 controlRelay2Latching 33 lineCurrentSensor 47
      neutralCurrentSensor 47 commAssignmentMatrix2[0].board 48 commAssignmentMatrix2[0].port 49
      commAssignmentMatrix2[1].board 51 commAssignmentMatrix2[1].port 52`),
  ],
  [
    'ET31',
    REGISTERS,
    [
      ...fields(`order 0 inhibitOverflow 0 numberOfValidEntries 1 lastEntryElement 2 lastEntrySequenceNumber 3
        numberOfUnreadEntries 5 oneTimeReadEntries[0].timeAndDate 6 oneTimeReadEntries[0].season 11
        oneTimeReadEntries[0].summations[0] 12`),
      ['oneTimeReadEntries[1].timeAndDate', 6 + LOG.entrySize],
    ],
  ],
  [
    'ET31',
    DEMAND,
    fields(`oneTimeReadEntries[0].billingInterfaceDefinitionNumber 6 oneTimeReadEntries[0].timeAndDate 8
      oneTimeReadEntries[0].season 13 oneTimeReadEntries[0].summations[0] 14`),
  ],
  [
    'ET34',
    { ET11 },
    fields(`deviceConfig[0].groupMask 2 deviceConfig[0].loadProfilePollRate 4 deviceConfig[0].controlMdt 6
      deviceConfig[0].commandMonitorMdt 7 deviceConfig[0].timeStampMdt 8 deviceConfig[0].hourLocatorStart 9
      deviceConfig[0].minuteLocatorStart 10 deviceConfig[0].loadProfilePollWait 11
      deviceConfig[0].loadProfilePollRetryAttempts 12 deviceConfig[0].loadProfilePollRetryWait 13
      deviceConfig[1].groupMask 24`),
  ],
  [
    'ET36',
    { ET36: { count: 7 } },
    [
      ...fields(`count 0 actualDimensionList[0].tableNumber 1 actualDimensionList[0].entrySize 3
        actualDimensionList[0].maxEntries 5 actualDimensionList[0].currentEntries 7
        actualDimensionList[0].lengthIncluded 9 actualDimensionList[1].entrySize 20
        actualDimensionList[1].currentEntries 24 actualDimensionList[2].entrySize 37
        actualDimensionList[2].currentEntries 41 actualDimensionList[3].entrySize 54
        actualDimensionList[3].currentEntries 58 actualDimensionList[4].entrySize 71
        actualDimensionList[4].currentEntries 75 actualDimensionList[5].entrySize 88`),
      ['unreadEntriesBitmap', 7 * 17 + 1],
    ],
  ],
  [
    'ET41',
    REGISTERS,
    [
      ...fields(`order 0 numberOfValidEntries 1 lastEntryElement 2 lastEntrySequenceNumber 3 numberOfUnreadEntries 5
        demandResetEntries[0].length 6 demandResetEntries[0].resetReason 8
        demandResetEntries[0].billingInterfaceDefinitionNumber 9 demandResetEntries[0].timeAndDate 11
        demandResetEntries[0].season 16 demandResetEntries[0].summations[0] 17`),
      ['demandResetEntries[1].length', 6 + LOG.entrySize],
    ],
  ],
  [
    'ET42',
    INTERFACE,
    [
      ...fields(`tableLength 0 fixedSectionLength 2 logListSize 3 icaNak 4 c1219Compliance 6
        billingInterfaceDefinitionNumber 8 demandResetCounter 10 numberOfSelfReads 11 numberOfSummations 12
        numberOfDemands 13 numberOfCoincidentValues 14 numberOfOccurrences 15 numberOfTiers 16 numberOfPresentDemands 17
        numberOfPresentValues 18 demandSubInterval 19 demandMultiplier 20 tierSize 21 blockSize 23 numberOfBlocks 27
        numberOfChannels 29 intervalDuration 30 intervalSize 31 ansiCompliance 32 intervalsPerBlock 33 blockStartHour 35
        blockStartMinute 36 eventNumber 37 historyLogCount 38 historyLogEntrySize 40`),
      ...behindOutages(
        `logList[0].count 0 logList[0].entrySize 1 logList[1].count 3 logList[1].entrySize 4 logList[2].count 6
        logList[2].entrySize 7 logList[3].count 9 logList[3].entrySize 10 logList[4].count 12 logList[4].entrySize 13
        logList[5].count 15 logList[5].entrySize 16 logList[6].count 18 logList[6].entrySize 19`,
        FSL,
      ),
      ['demandSources[0]', SOURCES],
      ['coincidentSources[0]', SOURCES + 3],
      ['loadProfileExtendedSources[0]', SOURCES + 3 + 6],
      ['mdttCurrentEntries', MDTT],
      ['mdttEntries[0].mdt', MDTT + 1],
      ['dataSet2Active', MDTT + 1 + 2 * 4],
    ],
  ],
];
