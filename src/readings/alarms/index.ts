/** Alarms of a meter: limits, a silent meter, and when they are sent. */
export { ALARM_KINDS, type AlarmKind, type Phase } from './condition.js';
export { recallWatchedMeter } from './memory.js';
export { alarmSettings, type AlarmSettings, type GivenAlarmSettings, quietFor, type QuietHours } from './settings.js';
export {
  type AlarmChange,
  type AlarmSample,
  alarmSampleOf,
  countAlarms,
  endAlarms,
  meterIsSilent,
  receiveAlarmSample,
  reportAlarms,
  type WatchedMeter,
} from './watch.js';
