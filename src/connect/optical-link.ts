import { KEY_FORMATS, parseAccessKey } from './access-key.js';
import type { TableLink } from '../c1218/table-link.js';
import { CONNECTION_LIMITS, isWithin } from '../limits.js';
import { PASSWORD_BYTES } from '../optical/requests.js';
import { OpticalSession } from '../optical/session.js';
import { SESSION_MODES } from '../optical/session-policy.js';
import { OPTICAL_TIMING, type OpticalTiming } from '../optical/timing.js';
import { DEMO_OPTICAL_KEY } from '../simulator/optical-behaviour.js';
import { unusableSetting, type MeterSettings, PACKET_SIZES } from './settings.js';
import {
  baudRateOf,
  BITS_PER_BYTE,
  BRIDGE_DELAY_MS,
  BRIDGE_GAP_MS,
  type LinkParts,
  linkTransport,
} from './transport.js';

const USER_NAME = 'nes-meter';
/** Gap after a garbled packet: a bridge may deliver its rest later than a cable. */
const BRIDGE_QUIET_MS = 300;
/** Requests of one poll follow each other at the read interval; they may be late by this much. */
const PACE_ALLOWANCE_MS = 500;

export interface OpticalLinkParts extends LinkParts {
  /** `without-key` can read BT00, BT01 and ET03 only, and ignores the key that is set; default `with-key`. */
  readonly access?: 'with-key' | 'without-key';
  /** Times a packet is sent again; default 3. */
  readonly retries?: number;
}

/**
 * A link to the optical port that the settings name.
 * @throws SecurityError `key-missing`, `key-format`, `key-length`; UsageError `bad-setting` with the setting's name
 */
export function opticalLink(settings: MeterSettings, parts: OpticalLinkParts = {}): TableLink {
  const { access = 'with-key', retries, clock } = parts;
  const { packetSize = 64, packetCount = 2, userId = 1, sessionMode = 'auto', minIntervalMs = 1_000 } = settings;
  if (!PACKET_SIZES.some((size) => size === packetSize)) throw unusableSetting('packetSize', packetSize);
  if (!isWithin(packetCount, CONNECTION_LIMITS.packetCount)) throw unusableSetting('packetCount', packetCount);
  if (!isWithin(userId, CONNECTION_LIMITS.userId)) throw unusableSetting('userId', userId);
  if (!SESSION_MODES.includes(sessionMode)) throw unusableSetting('sessionMode', sessionMode);
  return new OpticalSession({
    ...linkTransport(settings, parts),
    ...(clock && { clock }),
    ...(retries !== undefined && { retries }),
    timing: timingOf(settings),
    password: access === 'with-key' ? passwordOf(settings) : undefined,
    packetSize,
    packetCount,
    userId,
    userName: USER_NAME,
    mode: sessionMode,
    shortIdleMs: minIntervalMs + PACE_ALLOWANCE_MS,
  });
}

function timingOf(settings: MeterSettings): OpticalTiming {
  const { packetSize = 64, transport } = settings;
  const { acknowledgementMs, firstAcknowledgementMs, answerMs, interCharacterMs, lastCharactersMs, maxPacketMs } =
    OPTICAL_TIMING;
  const packetMs = (packetSize * BITS_PER_BYTE * 1_000) / baudRateOf(settings);
  const timing = { ...OPTICAL_TIMING, maxPacketMs: maxPacketMs + packetMs };
  if (transport !== 'tcp') return timing;
  return {
    ...timing,
    acknowledgementMs: acknowledgementMs + BRIDGE_DELAY_MS,
    firstAcknowledgementMs: firstAcknowledgementMs + BRIDGE_DELAY_MS,
    answerMs: answerMs + BRIDGE_DELAY_MS,
    interCharacterMs: interCharacterMs + BRIDGE_GAP_MS,
    lastCharactersMs: lastCharactersMs + BRIDGE_QUIET_MS,
    quietMs: BRIDGE_QUIET_MS,
    maxPacketMs: timing.maxPacketMs + BRIDGE_GAP_MS,
  };
}

/** The key of the optical port; that of the simulated meter is no secret. */
function passwordOf({ key = '', keyFormat = 'auto', transport }: MeterSettings): Uint8Array {
  if (!KEY_FORMATS.includes(keyFormat)) throw unusableSetting('keyFormat', keyFormat);
  const isDemo = key.trim() === '' && transport === 'simulator';
  return isDemo
    ? parseAccessKey(DEMO_OPTICAL_KEY, 'ascii', PASSWORD_BYTES)
    : parseAccessKey(key, keyFormat, PASSWORD_BYTES);
}
