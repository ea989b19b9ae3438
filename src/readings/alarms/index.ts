/** What is alarming about a meter and its house: limits, a silent meter, and when people are told. */
export { ALARM_KINDS, type AlarmKind, type Phase } from './condition.js';
export { recallWatchedMeter } from './memory.js';
export { alarmSettings, type AlarmSettings, type GivenAlarmSettings, quietFor, type QuietHours } from './settings.js';
export {
  type AlarmNews,
  type AlarmSample,
  alarmSampleOf,
  countAlarms,
  endAlarms,
  meterIsSilent,
  receiveAlarmSample,
  tellAlarms,
  type WatchedMeter,
} from './watch.js';
