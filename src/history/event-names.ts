/**
 * Names of the events of BT74 and ET79, which the guide does not list. Events up to 23 are those of ANSI C12.19. The
 * others are numbered as in the manufacturer's meters for other markets, which is likely but not certain.
 */
const EVENTS: ReadonlyMap<number, readonly [name: string, text: string]> = new Map([
  [0, ['noEvent', 'No event']],
  [1, ['powerDown', 'Power failed']],
  [2, ['powerUp', 'Power restored']],
  [3, ['clockChangedFrom', 'Clock set: old time']],
  [4, ['clockChangedTo', 'Clock set: new time']],
  [5, ['clockSetFrom', 'Clock set: old time, without seconds']],
  [6, ['clockSetTo', 'Clock set: new time, without seconds']],
  [7, ['loggedOn', 'Logged on, or accessed for reading']],
  [8, ['loggedOff', 'Logged off, or accessed for writing']],
  [9, ['procedureCalled', 'Procedure run']],
  [10, ['tableWritten', 'Table written']],
  [11, ['programmed', 'Meter programmed']],
  [12, ['communicationEnded', 'Communication ended normally']],
  [13, ['communicationAborted', 'Communication ended abnormally']],
  [14, ['listPointersReset', 'List pointers reset']],
  [15, ['listPointersUpdated', 'List pointers updated']],
  [16, ['historyLogCleared', 'History log cleared']],
  [17, ['historyLogPointersUpdated', 'History log pointers updated']],
  [18, ['eventLogCleared', 'Event log cleared']],
  [19, ['eventLogPointersUpdated', 'Event log pointers updated']],
  [20, ['demandReset', 'Demand reset']],
  [21, ['selfRead', 'Billing read made']],
  [22, ['daylightSavingOn', 'Daylight saving time began']],
  [23, ['daylightSavingOff', 'Daylight saving time ended']],
  [24, ['seasonChanged', 'Season changed']],
  [25, ['rateChanged', 'Rate changed']],
  [26, ['specialScheduleActivated', 'Special schedule began']],
  [27, ['tierSwitched', 'Tariff switched']],
  [28, ['pendingTableActivated', 'Pending table activated']],
  [29, ['pendingTableCleared', 'Pending table cleared']],
  [30, ['testModeOn', 'Test mode began']],
  [31, ['testModeOff', 'Test mode ended']],
  [36, ['reprogrammed', 'Meter reprogrammed']],
  [37, ['configurationError', 'Configuration error']],
  [38, ['systemReset', 'Meter restarted']],
  [39, ['ramFailure', 'Memory fault (RAM)']],
  [40, ['romFailure', 'Memory fault (ROM)']],
  [41, ['nonVolatileMemoryFailure', 'Memory fault (non-volatile)']],
  [42, ['clockError', 'Clock error']],
  [43, ['measurementError', 'Measurement error']],
  [44, ['lowBattery', 'Battery low']],
  [47, ['powerFailure', 'Power failure']],
  [48, ['coverRemoved', 'Cover removed']],
  [49, ['reverseEnergy', 'Reverse energy']],
  [50, ['disconnectSwitchError', 'Disconnect switch error']],
  [64, ['loadProfileOverflow', 'Load profile overflow']],
  [65, ['selfReadHappened', 'Billing read happened']],
  [66, ['loadDisconnectChanged', 'Load disconnect changed']],
  [67, ['controlRelayChanged', 'Control relay changed']],
  [68, ['phaseLoss', 'Phase lost']],
  [69, ['phaseInversion', 'Phase inverted']],
  [71, ['generalError', 'General error']],
  [72, ['invalidPassword', 'Wrong password']],
  [74, ['currentOnMissingPhase', 'Current on a missing phase']],
  [79, ['loadProfileBackfillFailed', 'Load profile not filled after an outage']],
  [80, ['deviceInstalledOrRemoved', 'M-Bus device installed or removed']],
  [81, ['deviceAlarm', 'M-Bus device alarm']],
  [83, ['phaseRotationChanged', 'Phase rotation changed']],
  [84, ['prepayCreditUsedUp', 'Prepaid credit used up']],
  [85, ['prepayCreditAcknowledged', 'Prepaid credit acknowledged']],
  [86, ['logOverflowPending', 'Event log nearly full']],
  [87, ['manufacturerEntry', 'Entry of the manufacturer']],
  [88, ['dimensionsChanged', 'Dimensions changed']],
  [89, ['magneticTamper', 'Magnet near the meter']],
  [91, ['powerQualityChanged', 'Power quality changed']],
  [92, ['eventsUnread', 'Events not read by the grid company']],
  [93, ['harmonicDistortion', 'Total harmonic distortion']],
  [94, ['loadProfileUnread', 'Load profile not read by the grid company']],
  [95, ['voltageBehindDisconnect', 'Voltage behind an open disconnect']],
  [98, ['voltageSagEnded', 'Voltage sag ended']],
  [99, ['voltageSwellEnded', 'Voltage swell ended']],
  [104, ['currentDistortion', 'Harmonic distortion of the current']],
  [105, ['apparentPowerDistortion', 'Harmonic distortion of the apparent power']],
  [107, ['voltageBehindDisconnect', 'Voltage behind an open disconnect']],
] as const);

/** ANSI C12.19 numbers its own events up to here. */
const LAST_STANDARD = 23;

/** The events that have a name, by number, as a user of the command line reads them. */
export const EVENT_TEXTS: Readonly<Record<string, string>> = Object.fromEntries(
  [...EVENTS].map(([event, [, text]]) => [event, text]),
);

/** Name of an event in camel case; null where it is not known. */
export function eventName(event: number): string | null {
  return EVENTS.get(event)?.[0] ?? null;
}

/** Whether ANSI C12.19 defines the event. */
export function isStandardEvent(event: number): boolean {
  return event <= LAST_STANDARD && EVENTS.has(event);
}
