import { KEY_FORMATS, parseAccessKey } from '../bytes/access-key.js';
import type { TableLink } from '../c1218/table-link.js';
import { MAX_MESSAGE_BYTES } from '../mep/message.js';
import { digestSecurity, type MepSecurity, rc4Security } from '../mep/security.js';
import { MepSession } from '../mep/session.js';
import { DEMO_KEY } from '../simulator/simulated-meter.js';
import { badSetting, type MeterSettings } from './settings.js';
import { baudRateOf, createTransport } from './transport.js';

/** What a bridge adds to the 500 ms that a meter may take. */
const BRIDGE_DELAY_MS = 500;
const BRIDGE_GAP_MS = 300;
const BITS_PER_BYTE = 10;
/** The meter's own pauses within an answer, and room for the adapter's. [MEP p.21] */
const PAUSES_IN_ANSWER_MS = 500;

/**
 * A link to the MEP port that the settings name.
 * @throws SecurityError `key-missing`, `key-format`, `key-length`; UsageError `bad-setting` with the setting's name
 */
export function mepLink(settings: MeterSettings): TableLink {
  return new MepSession({
    transport: createTransport(settings),
    security: securityOf(settings),
    longestAnswerMs: (MAX_MESSAGE_BYTES * BITS_PER_BYTE * 1_000) / baudRateOf(settings) + PAUSES_IN_ANSWER_MS,
    ...(settings.transport === 'tcp' && { answerTimeoutMs: 500 + BRIDGE_DELAY_MS, maxGapMs: BRIDGE_GAP_MS }),
  });
}

function securityOf(settings: MeterSettings): MepSecurity {
  switch (settings.security) {
    case 'digest':
      return digestSecurity(keyOf(settings));
    case 'rc4':
      return rc4Security(keyOf(settings));
    default:
      throw badSetting('security', settings.security);
  }
}

/** MBK if there is one: reading needs no more. The simulated meter's own key is no secret. */
function keyOf(settings: MeterSettings): Uint8Array {
  const format = settings.keyFormat ?? 'auto';
  if (!KEY_FORMATS.includes(format)) throw badSetting('keyFormat', format);
  const given = [settings.key, settings.advancedKey].find((key) => key !== undefined && key.trim() !== '');
  if (given === undefined && settings.transport === 'simulator') return parseAccessKey(DEMO_KEY, 'ascii');
  return parseAccessKey(given ?? '', format);
}
