import { isTrouble, LINK_STATES, type LinkState } from '../link-state.js';
import { badPayload, fieldsOf, isFields } from '../readings/index.js';
import { type DeviceInfo, deviceOf, type SerialSetting } from './device.js';
import { safeId } from './safe-id.js';

/** Counters that are published; mep-status has the others. */
const COUNTERS = ['timeouts', 'rejectedAnswers', 'reconnects'] as const;

/** One unanswered read does not take a meter offline; half a minute without a response does. */
const SILENCE_ENDS_AVAILABILITY_MS = 30_000;

/** A message of mep-status, checked: the state of the link to one meter. */
export interface LinkReport {
  /** Safe in topics and ids. */
  readonly id: string;
  readonly device: DeviceInfo;
  readonly state: LinkState;
  /** One flat JSON object, for the status topic. */
  readonly payload: string;
}

/** Whether a message is one of mep-status rather than a reading: no value of a meter is called `state`. */
export function isLinkReport(msg: Readonly<{ payload?: unknown }>): boolean {
  return isFields(msg.payload) && typeof msg.payload['state'] === 'string';
}

/**
 * Checks a message of mep-status.
 * @returns undefined as long as the meter is not identified
 * @throws UsageError `bad-payload`
 */
export function linkReportOf(
  msg: Readonly<{ payload?: unknown; meter?: unknown }>,
  settings: SerialSetting,
): LinkReport | undefined {
  const status = fieldsOf(msg.payload);
  const state = LINK_STATES.find((known) => known === status['state']);
  if (state === undefined) throw badPayload('msg.payload.state is no state of a meter link');
  const device = deviceOf(msg.meter, settings);
  const id = safeId(device.serial);
  if (id === undefined) return undefined;
  const code = textOrNull(status['code']);
  const counters = fieldsOf(status['counters']);
  const payload = JSON.stringify({
    state,
    problem: isTrouble(state) || code !== null,
    code,
    text: textOrNull(status['text']),
    since: textOrNull(status['since']),
    ...Object.fromEntries(COUNTERS.map((name) => [name, countOrNull(counters[name])])),
  });
  return { id, device, state, payload };
}

/** Time in this state after which a meter counts as offline, in ms; undefined: the state does not mean offline. */
export function offlineAfterMs(state: LinkState): number | undefined {
  if (state === 'unreachable' || state === 'line-taken' || state === 'key-rejected') return 0;
  return state === 'silent' ? SILENCE_ENDS_AVAILABILITY_MS : undefined;
}

/**
 * How long the last reading stays valid, in ms: within that time a link that works again brings its meter back.
 * @param readAt when the last reading since the start was taken, in ms since 1970
 * @param expireAfter seconds after which a reading is too old; 0 = no limit is known, so only a reading brings the meter back
 * @param now the time of day
 */
export function validForMs(readAt: number | undefined, expireAfter: number, now: Date): number {
  if (readAt === undefined) return 0;
  // A reading from the future counts as one of the present.
  return Math.max(0, Math.min(readAt, now.getTime()) + expireAfter * 1_000 - now.getTime());
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function countOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}
