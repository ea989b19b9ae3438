import * as limits from '../../../src/limits.js';

const METERS = { maxMeters: limits.METER_LIMITS };
const EXPIRY = { expireAfter: limits.EXPIRY_LIMITS };
/** The settings of each node that are numbers: fields of its dialog, checked again when it starts or with each request. */
export const NUMBERS: Readonly<Record<string, Readonly<Record<string, limits.NumberLimits>>>> = {
  'mep-alarm': { ...limits.ALARM_LIMITS, ...METERS },
  'mep-config': limits.CONNECTION_LIMITS,
  'mep-consumption': METERS,
  'mep-decode-bt23': { ...limits.BT23_LIMITS, offset: limits.OFFSET_LIMITS },
  'mep-decode-bt28': { ...limits.BT28_LIMITS, offset: limits.OFFSET_LIMITS },
  'mep-decode-json': METERS,
  'mep-decode-table': { offset: limits.OFFSET_LIMITS },
  'mep-format': { ...METERS, ...EXPIRY, repeatEvery: limits.REPEAT_LIMITS, idx: limits.IDX_LIMITS },
  'mep-ha-discovery': { ...METERS, ...EXPIRY, keepReadings: limits.KEPT_READINGS_LIMITS },
  'mep-history': { days: limits.DAYS_LIMITS, interval: limits.HISTORY_INTERVAL_LIMITS },
  'mep-http-server': { ...METERS, ...EXPIRY, port: limits.HTTP_PORT_LIMITS },
  'mep-plausibility': { ...limits.PLAUSIBILITY_LIMITS, ...METERS },
  'mep-procedure': {},
  'mep-read-table': {
    offset: limits.OFFSET_LIMITS,
    count: limits.COUNT_LIMITS,
    interval: limits.INTERVAL_LIMITS,
    fuse: limits.PLAUSIBILITY_LIMITS.fuse,
  },
  'mep-status': { staleAfter: limits.STALE_LIMITS, interval: limits.INTERVAL_LIMITS },
  'mep-write-table': { offset: limits.OFFSET_LIMITS },
};
/** Settings with which all number fields are in use. */
export const ALL_IN_USE = { transport: 'tcp', mode: 'partial', format: 'domoticz', from: 'days' };
