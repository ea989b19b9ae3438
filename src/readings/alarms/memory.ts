import { isFields } from '../message.js';
import { isNumber, isTime } from '../numbers.js';
import { ALARM_KINDS, PHASES } from './condition.js';
import type { AlarmSettings } from './settings.js';
import type { Alarm, WatchedMeter } from './watch.js';

/** An alarm as it was stored; 0.1.0 used other names. */
function alarmIn(kept: unknown): unknown {
  if (!isFields(kept)) return undefined;
  const { isStanding, isTold, turningSince, ...alarm } = kept;
  return { isActive: isStanding, isReported: isTold, contradictedSince: turningSince, ...alarm };
}

function isAlarm(value: unknown): value is Alarm {
  if (!isFields(value)) return false;
  const { kind, phase, isActive, isReported, contradictedSince, since, limit } = value;
  return (
    ALARM_KINDS.some((known) => known === kind) &&
    (phase === null || PHASES.some((known) => known === phase)) &&
    [isActive, isReported].every((flag) => typeof flag === 'boolean') &&
    isTime(since) &&
    isNumber(limit) &&
    (contradictedSince === null || isTime(contradictedSince)) &&
    (value['value'] === null || isNumber(value['value']))
  );
}

function isWatched({ kind }: Alarm, settings: AlarmSettings): boolean {
  const limits = {
    power: settings.powerLimit,
    overload: settings.fuse,
    'voltage-low': settings.voltageMin,
    'voltage-high': settings.voltageMax,
    silence: settings.silentAfter,
  };
  return limits[kind] > 0;
}

/**
 * Restores a watched meter that was stored, or taken over from a node with other settings. Alarms that the settings no
 * longer enable are dropped.
 * @param kept a stored `WatchedMeter`, unchecked
 * @returns undefined when the value is no `WatchedMeter`
 */
export function recallWatchedMeter(kept: unknown, settings: AlarmSettings): WatchedMeter | undefined {
  if (!isFields(kept)) return undefined;
  const { serial, phases, alarms } = kept;
  if (typeof serial !== 'string' || !Array.isArray(phases) || !Array.isArray(alarms)) return undefined;
  return {
    serial,
    phases: PHASES.filter((phase) => phases.includes(phase)),
    alarms: alarms
      .map(alarmIn)
      .filter(isAlarm)
      .filter((alarm) => isWatched(alarm, settings)),
  };
}
