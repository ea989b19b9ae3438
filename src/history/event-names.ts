/**
 * Names of the events of BT74 and ET79, which the guide does not list. Events up to 23 are those of ANSI C12.19. The
 * others are numbered as in the manufacturer's meters for other markets, which is likely but not certain.
 */
const NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'powerDown'],
  [2, 'powerUp'],
  [3, 'clockChangedFrom'],
  [4, 'clockChangedTo'],
  [7, 'loggedOn'],
  [8, 'loggedOff'],
  [9, 'procedureCalled'],
  [10, 'tableWritten'],
  [11, 'programmed'],
  [20, 'demandReset'],
  [21, 'selfRead'],
  [22, 'daylightSavingOn'],
  [23, 'daylightSavingOff'],
  [24, 'seasonChanged'],
  [26, 'specialScheduleActivated'],
  [27, 'tierSwitched'],
  [28, 'pendingTableActivated'],
  [29, 'pendingTableCleared'],
  [30, 'testModeOn'],
  [31, 'testModeOff'],
  [36, 'reprogrammed'],
  [37, 'configurationError'],
  [38, 'systemReset'],
  [39, 'ramFailure'],
  [40, 'romFailure'],
  [41, 'nonVolatileMemoryFailure'],
  [42, 'clockError'],
  [43, 'measurementError'],
  [44, 'lowBattery'],
  [47, 'powerFailure'],
  [48, 'coverRemoved'],
  [49, 'reverseEnergy'],
  [50, 'disconnectSwitchError'],
  [64, 'loadProfileOverflow'],
  [65, 'selfReadHappened'],
  [66, 'loadDisconnectChanged'],
  [67, 'controlRelayChanged'],
  [68, 'phaseLoss'],
  [69, 'phaseInversion'],
  [71, 'generalError'],
  [72, 'invalidPassword'],
  [74, 'currentOnMissingPhase'],
  [79, 'loadProfileBackfillFailed'],
  [80, 'deviceInstalledOrRemoved'],
  [81, 'deviceAlarm'],
  [83, 'phaseRotationChanged'],
  [84, 'prepayCreditUsedUp'],
  [85, 'prepayCreditAcknowledged'],
  [86, 'logOverflowPending'],
  [87, 'manufacturerEntry'],
  [88, 'dimensionsChanged'],
  [89, 'magneticTamper'],
  [91, 'powerQualityChanged'],
  [92, 'eventsUnread'],
  [93, 'harmonicDistortion'],
  [94, 'loadProfileUnread'],
  [95, 'voltageBehindDisconnect'],
  [98, 'voltageSagEnded'],
  [99, 'voltageSwellEnded'],
  [104, 'currentDistortion'],
  [105, 'apparentPowerDistortion'],
  [107, 'voltageBehindDisconnect'],
]);

/** ANSI C12.19 numbers its own events up to here. */
const LAST_STANDARD = 23;

/** Name of an event in camel case; null where it is not known. */
export function eventName(event: number): string | null {
  return NAMES.get(event) ?? null;
}

/** Whether ANSI C12.19 defines the event. */
export function isStandardEvent(event: number): boolean {
  return event <= LAST_STANDARD && NAMES.has(event);
}
