/** Identity and configuration of the meter. [MEP p.56-67, p.98-104, p.111-119, p.132-163, p.167-172, p.186-200] */
import { encodeTable, type FieldValue, findTable, tableSize, type TableValues } from '../../tables/index.js';
import { MINUTE_MS } from '../day-plan.js';
import { DAYLIGHT_SAVING_MS } from '../local-time.js';
import type { MeterProfile } from '../profiles.js';
import { CALENDAR_ID } from './clock.js';
import { hasFirmware, type Identity, type ImageContext, since, type ValuesOf } from './context.js';
import { loadProfileInfo } from './load-profile.js';
import { billingDefinition } from './registers.js';

/** Values of BT00. */
export function generalConfiguration({ manufacturer, firmware }: MeterProfile): TableValues {
  return {
    dataOrder: 0,
    charFormat: 1,
    timeFormat: 2,
    dataAccessMethod: 1,
    identificationFormat: 1,
    integerFormat: 0,
    nonIntegerFormat1: 8,
    nonIntegerFormat2: 8,
    manufacturer,
    nameplateType: 2,
    defaultSetUsed: 0,
    procedureParameterLength: 255,
    responseDataLength: 12,
    standardVersion: 1,
    standardRevision: 0,
    dimBasicTablesUsed: 10,
    dimExtendedTablesUsed: firmware[0] >= 4 ? 20 : 13,
    dimBasicProceduresUsed: 2,
    dimExtendedProceduresUsed: 12,
    manufacturerStatusLength: 9,
    numberOfPendingTables: firmware[0] >= 4 ? 4 : 3,
  };
}

/** Values of BT01. */
export function generalManufacturer({ profile, manufacturerSerial }: Identity): TableValues {
  const { manufacturer, model, hardware, firmware } = profile;
  const [hardwareMajor, hardwareMinor, hardwareBuild] = hardware;
  const [firmwareMajor, firmwareMinor, firmwareBuild] = firmware;
  return {
    manufacturer,
    model,
    hardwareMajor,
    hardwareMinor,
    hardwareBuild,
    firmwareMajor,
    firmwareMinor,
    firmwareBuild,
    manufacturerSerialNumber: manufacturerSerial,
  };
}

/** Values of BT30. */
export const DISPLAY_DIMENSIONS: TableValues = {
  onTime: true,
  offTime: false,
  holdTime: false,
  numberOfDisplaySources: 962,
  widthDisplaySources: 2,
  numberOfPrimaryListItems: 30,
  numberOfPrimaryLists: 1,
  numberOfSecondaryListItems: 30,
  numberOfSecondaryLists: 1,
};

/** Values of ET54: no pending operation, no error. */
export function meterStatus({ profile, logSizes }: Identity): TableValues {
  const isGen4 = profile.firmware[0] >= 4;
  return {
    multipleLoadProfileDataSetSupport: hasFirmware(profile, '3.50'),
    energyUnitChange: hasFirmware(profile, '3.70'),
    lcdValueIdCode5DigitSupport: isGen4,
    multipleMepClients: isGen4,
    ...since(profile, '3.60', { et74EntryCount: 0 }),
    ...since(profile, '3.70', { et77EntryCount: 30, et79EntryCount: logSizes.alternateEvents }),
    ...since(profile, '3.80', { supportedSecurityModes: [0] }),
  };
}

/** Values of ET90, as printed. */
export function namedDimensions(profile: MeterProfile): TableValues {
  return {
    ipAddressLength: 50,
    urgentAlarmBitmaskLength: 20,
    connectionReasonBitmapLength: 2,
    modemApnLength: 64,
    modemApnUserLength: 32,
    modemApnPasswordLength: 32,
    modemSimPinLength: 5,
    modemManufacturerLength: 32,
    modemModelLength: 32,
    modemRevisionLength: 32,
    modemImeiLength: 32,
    modemSimPhoneNumberLength: 32,
    modemCurrentMobileOperatorNameLength: 40,
    modemSocketMaximumConnections: 2,
    modemMaximumConnectionServices: 10,
    numberOfFtzMessages: 3,
    ...since(profile, '4.20', { modemAtCommandReplyLength: 200, modemSimIccdLength: 23 }),
  };
}

/** The copy of BT21 in ET42. */
const REPEATED_REGISTER_DIMENSIONS = [
  'demandResetCounter',
  'cumulativeDemand',
  'continuousCumulativeDemand',
  'numberOfSelfReads',
  'numberOfSummations',
  'numberOfDemands',
  'numberOfCoincidentValues',
  'numberOfOccurrences',
  'numberOfTiers',
  'numberOfPresentDemands',
  'numberOfPresentValues',
] as const;
const FIXED_SECTION_BYTES = 41;
const REQUIRED_SECTION_BYTES = 3;
const REQUIRED_SECTION_BYTES_WITH_UNIT = 8;

/** ET42: copies of the dimensions of other tables, and its own length. */
function interfaceDefinition(context: ImageContext): TableValues {
  const table = findTable('ET42');
  if (!table) return {};
  const values = definedInterface(context);
  // The last field ends at the length that the table declares; it depends on the other fields.
  const length = encodeTable({ ...table, fields: table.fields.slice(0, -1) }, values, context.dims).length;
  return { ...values, tableLength: length };
}

function definedInterface({ identity, dims }: ImageContext): TableValues {
  const { profile, setup } = identity;
  const registers = dims['BT21'] ?? {};
  const logs = (dims['ET36']?.['actualDimensionList'] ?? []) as TableValues[];
  const BT23 = findTable('BT23');
  const { historyDataLength = 0, numberOfHistoryEntries = 0 } = dims['BT71'] ?? {};
  const withUnit = hasFirmware(profile, '3.70');
  return {
    fixedSectionLength: FIXED_SECTION_BYTES,
    logListSize: logs.length,
    billingInterfaceDefinitionNumber: billingDefinition(identity),
    ...Object.fromEntries(REPEATED_REGISTER_DIMENSIONS.map((field) => [field, registers[field] ?? 0])),
    demandConfigured: setup.numberOfDemands > 0,
    unreadLogEntriesBitmapEnabled: true,
    demandSubInterval: 15,
    demandMultiplier: 1,
    tierSize: BT23 ? tableSize(BT23, { ...dims, BT21: { ...registers, ...ONE_TIER } }) / 2 : 0,
    ...loadProfileInfo(identity, 0),
    dateTime: true,
    sequenceNumber: true,
    historyLogCount: numberOfHistoryEntries,
    historyLogEntrySize: historyDataLength,
    logList: logs.map(({ currentEntries = 0, entrySize = 0 }) => ({ count: currentEntries, entrySize })),
    demandSources: dims['BT22']?.['demandSelect'] ?? [],
    coincidentSources: dims['BT22']?.['coincidentSelect'] ?? [],
    ...furtherDataSets(identity),
    ...since(profile, '3.60', {
      requiredSection: {
        length: withUnit ? REQUIRED_SECTION_BYTES_WITH_UNIT : REQUIRED_SECTION_BYTES,
        et74EntryCount: dims['ET54']?.['et74EntryCount'] ?? 0,
        ...(withUnit && {
          et77EntryCount: dims['ET54']?.['et77EntryCount'] ?? 0,
          et79EntryCount: dims['ET54']?.['et79EntryCount'] ?? 0,
          energyRegisterUnit: setup.energyRegisterUnit,
          accumulatorRolloverDigit: setup.rolloverDigits,
        }),
      },
    }),
  };
}

/** Data sets 2 to 4, where they are in use. */
function furtherDataSets(identity: Identity): TableValues {
  const values: Record<string, FieldValue> = {};
  for (const number of [2, 3, 4]) {
    const info = loadProfileInfo(identity, number - 1);
    if (info) Object.assign(values, { [`dataSet${number}Active`]: true, [`dataSet${number}`]: info });
  }
  return values;
}

/** With these dimensions BT23 is twice the size of a tier: the totals and one tier have the same layout. */
const ONE_TIER: TableValues = { numberOfTiers: 1, demandResetCounter: false };

const nothing: ValuesOf = () => ({});
const programId = ({ firmware }: MeterProfile): string =>
  `90000B2A00${firmware.map((part) => part.toString(16).padStart(2, '0')).join('')}`.toUpperCase();

export const CONFIGURATION_VALUES: Readonly<Record<string, ValuesOf>> = {
  BT00: ({ identity }) => generalConfiguration(identity.profile),
  BT01: ({ identity }) => generalManufacturer(identity),
  BT03: ({ history }) => ({
    meteringMode: true,
    selfReadOccurred: true,
    loadProfileBackfillFailed: history.hasBackfillFailed,
  }),
  BT04: nothing,
  BT15: ({ identity: { setup } }) => ({
    multiplier: 1,
    offset: 0,
    applied: setup.ctRatio * setup.vtRatio !== 1,
    ctRatio: setup.ctRatio,
    vtRatio: setup.vtRatio,
  }),
  BT20: ({ dims }) => dims['BT20'] ?? {},
  BT21: ({ dims }) => dims['BT21'] ?? {},
  BT22: ({ dims }) => dims['BT22'] ?? {},
  BT27: ({ dims }) => dims['BT27'] ?? {},
  BT30: () => DISPLAY_DIMENSIONS,
  // No display items: the guide does not list their source ids.
  BT33: () => ({ primaryDisplayList: [{ onTime: 6, defaultList: 1 }] }),
  ET03: ({ identity }) => ({ utilitySerialNumber: identity.serial, imageCrc: 0x5a3c }),
  ET04: ({ dims }) => dims['ET04'] ?? {},
  ET05: nothing,
  ET07: ({ identity: { profile, setup } }) =>
    profile.firmware[0] >= 4 ? {} : { accumulatorRolloverDigit: setup.rolloverDigits },
  ET23: () => ({ activeCalendarId: CALENDAR_ID }),
  ET29: ({ identity: { profile } }) => ({
    disconnectAndBuzzer: true,
    controlRelay1: true,
    coverTamper: true,
    mepPort1Enabled: true,
    magneticTamper: true,
    polyphase: true,
    ...since(profile, '4.0', {
      mepPort2Enabled: true,
      commAssignmentMatrix1: [{ board: 2, port: 1, sequenceNumber: 1 }, { board: 1, port: 1, sequenceNumber: 2 }, {}],
      batteryType: 3,
    }),
  }),
  ET42: interfaceDefinition,
  ET46: nothing,
  ET54: ({ dims, history }) => ({ ...dims['ET54'], loadProfileDisabled: history.isOptedOut }),
  ET55: ({ identity: { profile, setup, loadProfile } }) => ({
    signalStrengthThreshold: -84,
    plcActiveTimeout: 60,
    phaseLossThresholdSeconds: 10,
    highFrequencyNoiseDetectionThreshold: 513,
    normalVoltageUpperLimit: 115,
    normalVoltageLowerLimit: 85,
    lowVoltageHigherLimit: 60,
    mainsCyclesForConsecutiveRmsVoltage: 10,
    secondsForAverageRmsVoltage: 60,
    energyRegisterUnit: setup.energyRegisterUnit,
    ...since(profile, '3.50', { primaryLoadProfileIndex: (loadProfile.primary ?? 1) - 1 }),
  }),
  ET62: () => ({
    displayLocalTime: true,
    loadProfileListIdCode: 'P01',
    loadProfileDateIdCode: 'DATE',
    intervalTimeIdCode: 'TIME',
    extendedStatusIdCode: 'STAT',
  }),
  ET80: () => ({ averagePowerControlSubInterval: 60, averagePowerControlIntervalMultiplier: 15 }),
  ET89: nothing,
  ET90: ({ dims }) => dims['ET90'] ?? {},
  ET97: nothing,
};

/** Values of ET04. */
export function systemInformation({ profile, idtVersion, loadProfile }: Identity): TableValues {
  return {
    transceiverId: '0501FEDCBA98',
    ratedFrequency: 50,
    programId: programId(profile),
    maxPowerOutagesRecorded: 10,
    maxNumberOfTotalEnergyRegisters: 4,
    registrationCurrent: 16,
    maxCurrent: 100,
    ratedVoltage: 230,
    selfReadHour: 0,
    selfReadMinute: 0,
    dstOffTimeDelta: DAYLIGHT_SAVING_MS / MINUTE_MS,
    lpUseSkipped: loadProfile.marksSkipped !== false,
    idtVersion,
    ...since(profile, '4.0', { reverseEnergyAlarmSeconds: 10 }),
  };
}
