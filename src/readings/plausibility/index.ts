/** The filter of implausible readings between a decoder and all consumers that count energy. */
export { capacity } from './connection.js';
export { type Finding, type Reason, REASONS } from './finding.js';
export { approveHeld, disconnected, type GuardedMeter, receiveSample, type Verdict } from './guard.js';
export { recall, remember, type RememberedGuard } from './memory.js';
export { approvalRequest, withoutEnergy } from './partial.js';
export { rolloverDigitsOf, type Sample, sampleOf } from './sample.js';
export { PLAUSIBILITY_DEFAULTS, plausibilitySettings, type PlausibilitySettings, ROLLOVER_DIGITS } from './settings.js';
