/** The bytes of every table a simulated meter has, from what it is and what it has measured. */
import {
  decodeTable,
  type Dimensions,
  encodeTable,
  findTable,
  isAtLeast,
  type RegisterPlace,
  registerLayout,
  type TableDescription,
  tableSize,
  type TableValues,
} from '../tables/index.js';
import { DEMAND_INTERVAL_MS } from './demands.js';
import type { Measurements } from './measurements.js';
import {
  dataSelection,
  demandOfCoincident,
  type Personality,
  presentSelection,
  registerDimensions,
  type RegisterSetup,
} from './profiles.js';

/** What a meter says of itself besides its measurements. */
export interface Identity {
  readonly personality: Personality;
  readonly setup: RegisterSetup;
  readonly serial: string;
  readonly idtVersion: number;
}

const FIRST_YEAR = 2000;

/** A table's bytes at this moment; undefined when a meter of this kind does not have the table. */
export function tableImage(table: TableDescription, identity: Identity, meter: Measurements): Uint8Array | undefined {
  const dims = dimensionsOf(identity);
  if (!hasTable(table, dims)) return undefined;
  if (table.name === 'BT23' || table.name === 'BT28') return registerImage(table, dims, identity, meter);
  const values = VALUES[table.name]?.(identity, meter.time);
  return values && encodeTable(table, values, dims);
}

/** What the meter's other tables depend on. */
export function dimensionsOf(identity: Identity): Dimensions {
  const { setup, personality } = identity;
  const BT01 = bt01(personality);
  const hasBT21 = isAtLeast(BT01, '2.12');
  return {
    BT00: bt00(personality),
    BT01,
    BT20: registerDimensions(setup, hasBT21),
    BT21: registerDimensions(setup),
    BT22: dataSelection(setup),
    BT27: presentSelection(setup),
    BT30: BT30_VALUES,
    ET11: completed('ET11', et11(personality)),
  };
}

/** What a reader of the table knows: fields that a meter leaves at zero are among the values. */
function completed(name: string, values: TableValues): TableValues {
  const table = findTable(name);
  return table ? decodeTable(table, encodeTable(table, values, {}), {}) : values;
}

function hasTable(table: TableDescription, dims: Dimensions): boolean {
  return table.since === undefined || dims['BT01'] === undefined || isAtLeast(dims['BT01'], table.since);
}

function bt00({ manufacturer, firmware }: Personality): TableValues {
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

function bt01({ manufacturer, model, firmware }: Personality): TableValues {
  const [firmwareMajor, firmwareMinor, firmwareBuild] = firmware;
  return { manufacturer, model, firmwareMajor, firmwareMinor, firmwareBuild };
}

function et11({ firmware }: Personality): TableValues {
  return {
    numberOfDevices: firmware[0] >= 4 ? 6 : 5,
    configEntrySize: 66,
    statusEntrySize: 36,
    onDemandRequestQueueSize: 5,
    onDemandRequestEntrySize: 6,
    dataEntrySize: 513,
    transactionRequestLength: 768,
    transactionResponseLength: 1017,
    ...(firmware[0] >= 4 ? { mepDataAlertSources: 10, mepChannelCount: 2, errorCautionScreenCount: 8 } : {}),
  };
}

const BT30_VALUES: TableValues = {
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

const VALUES: Readonly<Record<string, (identity: Identity, time: number) => TableValues>> = {
  BT00: ({ personality }) => bt00(personality),
  BT01: ({ personality }) => bt01(personality),
  BT15: ({ setup }) => ({
    multiplier: 1,
    offset: 0,
    applied: setup.ctRatio * setup.vtRatio !== 1,
    ctRatio: setup.ctRatio,
    vtRatio: setup.vtRatio,
  }),
  BT20: (identity) => dimensionsOf(identity)['BT20'] ?? {},
  BT21: ({ setup }) => registerDimensions(setup),
  BT22: ({ setup }) => dataSelection(setup),
  BT27: ({ setup }) => presentSelection(setup),
  BT30: () => BT30_VALUES,
  BT52: (_, time) => {
    const date = new Date(time);
    return { clockCalendar: date.toISOString().slice(0, 19), dayOfWeek: date.getUTCDay(), greenwichMeanTime: true };
  },
  ET03: ({ serial }) => ({ utilitySerialNumber: serial, imageCrc: 0x5a3c }),
  ET04: ({ personality, idtVersion }) => ({
    transceiverId: '0501FEDCBA98',
    ratedFrequency: 50,
    programId:
      `90000B2A00${personality.firmware.map((part) => part.toString(16).padStart(2, '0')).join('')}`.toUpperCase(),
    maxPowerOutagesRecorded: 10,
    maxNumberOfTotalEnergyRegisters: 4,
    registrationCurrent: 16,
    maxCurrent: 100,
    ratedVoltage: 230,
    idtVersion,
    ...(personality.firmware[0] >= 4 ? { reverseEnergyAlarmSeconds: 10 } : {}),
  }),
  ET07: ({ setup }) => ({ accumulatorRolloverDigit: setup.rolloverDigits }),
  ET11: ({ personality }) => et11(personality),
  ET55: ({ setup }) => ({ secondsForAverageRmsVoltage: 60, energyRegisterUnit: setup.energyRegisterUnit }),
};

function registerImage(table: TableDescription, dims: Dimensions, identity: Identity, meter: Measurements): Uint8Array {
  const image = new Uint8Array(tableSize(table, dims));
  const view = new DataView(image.buffer);
  for (const place of registerLayout(table, dims)) {
    const value = registerValue(place, identity.setup, meter);
    if (place.bytes === 1) view.setUint8(place.offset, value);
    else view.setInt32(place.offset, value, true);
    if (place.time) image.set(timeBytes(place, meter), place.time.offset);
  }
  return image;
}

function registerValue(place: RegisterPlace, setup: RegisterSetup, meter: Measurements): number {
  const { source, tier, role, index } = place;
  if (source === null) return 0;
  const ratio = setup.ctRatio * setup.vtRatio;
  // Peaks are kept for the total only: the registers of the tiers read 0.
  const ownPeak = tier === null ? meter.demands.peak(source) : undefined;
  switch (role) {
    case 'summation': {
      const count = meter.summation(source, tier === null ? null : tier - 1, setup.energyRegisterUnit, ratio);
      return count % 10 ** setup.rolloverDigits;
    }
    case 'presentValue':
      return meter.present(source, ratio) ?? 0;
    case 'presentDemand':
      return meter.demands.present(source);
    case 'demand':
      return ownPeak?.value ?? 0;
    case 'coincident': {
      const demand = demandOfCoincident(index);
      const peak = tier === null && demand !== undefined ? meter.demands.peak(demand) : undefined;
      return peak?.coincidents.get(source) ?? 0;
    }
    case 'demandResets':
    case 'cumulativeDemand':
    case 'continuousCumulativeDemand':
      return 0;
  }
}

/** TIME left in the demand interval, or the STIME_DATE of a peak; zeros for "never". [MEP p.41-42] */
function timeBytes(place: RegisterPlace, meter: Measurements): Uint8Array {
  if (place.time?.type === 'TIME') {
    const left = Math.floor((DEMAND_INTERVAL_MS - (meter.time % DEMAND_INTERVAL_MS)) / 1000);
    return Uint8Array.of(0, Math.floor(left / 60), left % 60);
  }
  const peak = place.source === null || place.tier !== null ? undefined : meter.demands.peak(place.source);
  if (!peak) return new Uint8Array(5);
  const at = new Date(peak.time);
  return Uint8Array.of(
    at.getUTCFullYear() - FIRST_YEAR,
    at.getUTCMonth() + 1,
    at.getUTCDate(),
    at.getUTCHours(),
    at.getUTCMinutes(),
  );
}
