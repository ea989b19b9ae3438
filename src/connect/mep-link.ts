import { KEY_FORMATS, parseAccessKey } from './access-key.js';
import type { TableLink } from '../c1218/table-link.js';
import type { MepLineOptions } from '../mep/line.js';
import { MAX_MESSAGE_BYTES } from '../mep/message.js';
import { digestSecurity, rc4Security } from '../mep/security.js';
import { MepSession } from '../mep/session.js';
import { type TlsKeyName, TlsSession } from '../mep/tls-session.js';
import { DEMO_ADVANCED_KEY, DEMO_KEY } from '../simulator/simulated-meter.js';
import { unusableSetting, type MeterSettings } from './settings.js';
import {
  baudRateOf,
  BITS_PER_BYTE,
  BRIDGE_DELAY_MS,
  BRIDGE_GAP_MS,
  BRIDGE_MAX_WAIT_MS,
  type LinkParts,
  linkTransport,
} from './transport.js';

/** The meter's own pauses within an answer, and room for the adapter's. [MEP p.21] */
const PAUSES_IN_ANSWER_MS = 500;

/**
 * A link to the MEP port that the settings name.
 * @throws SecurityError `key-missing`, `key-format`, `key-length`; UsageError `bad-setting` with the setting's name
 */
export function mepLink(settings: MeterSettings, parts: LinkParts = {}): TableLink {
  const { key, name } = keyOf(settings);
  const line = mepLine(settings, parts);
  switch (settings.security) {
    case 'digest':
      return new MepSession({ ...line, security: digestSecurity(key) });
    case 'rc4':
      return new MepSession({ ...line, security: rc4Security(key) });
    case 'tls':
      return new TlsSession({ ...line, key, keyName: name });
    default:
      throw unusableSetting('security', settings.security);
  }
}

/**
 * The options of the line to the MEP port that the settings name, whatever its security.
 * @throws UsageError `bad-setting` with the setting's name
 */
export function mepLine(settings: MeterSettings, parts: LinkParts): MepLineOptions {
  return {
    ...linkTransport(settings, parts),
    clock: parts.clock,
    maxAnswerMs:
      (MAX_MESSAGE_BYTES * BITS_PER_BYTE * 1_000) / baudRateOf(settings) +
      PAUSES_IN_ANSWER_MS +
      (settings.transport === 'tcp' ? BRIDGE_GAP_MS : 0),
    ...(settings.transport === 'tcp' && {
      answerTimeoutMs: 500 + BRIDGE_DELAY_MS,
      maxAnswerTimeoutMs: BRIDGE_MAX_WAIT_MS,
      maxGapMs: BRIDGE_GAP_MS,
    }),
  };
}

interface NamedKey {
  readonly key: Uint8Array;
  readonly name: TlsKeyName;
}

/** The simulated meter's own keys are no secret. */
function keyOf(settings: MeterSettings): NamedKey {
  const { keyFormat: format = 'auto', allowWrites = false } = settings;
  if (!KEY_FORMATS.includes(format)) throw unusableSetting('keyFormat', format);
  const { text, name } = keyTextOf(settings);
  if (text.trim() === '' && settings.transport === 'simulator') return demoKey(allowWrites);
  return { key: parseAccessKey(text, format), name };
}

/**
 * The key in use, as it was given: the MBK, which is enough for reading; the MAK if writes are allowed or
 * there is no MBK. It is then used for reads too, since a port has one sequence number for both keys.
 */
export function keyTextOf(settings: MeterSettings): { readonly text: string; readonly name: TlsKeyName } {
  const { key = '', advancedKey = '', allowWrites = false } = settings;
  const hasAdvanced = advancedKey.trim() !== '';
  return hasAdvanced && (allowWrites || key.trim() === '')
    ? { text: advancedKey, name: 'MAK' }
    : { text: key, name: 'MBK' };
}

function demoKey(isAdvanced: boolean): NamedKey {
  return isAdvanced ? { key: DEMO_ADVANCED_KEY, name: 'MAK' } : { key: parseAccessKey(DEMO_KEY, 'ascii'), name: 'MBK' };
}
