/** Advice on an unusable or rejected key, derived from its form alone. */
import { describeAccessKey, type AccessKeyDescription, type KeyFormat, MIN_KEY_BYTES } from './access-key.js';
import type { MeterError } from '../errors.js';
import { PASSWORD_BYTES } from '../optical/requests.js';
import { keyTextOf } from './mep-link.js';
import type { ProbeNotice, ProbeReport, SettingProposal } from './probe-report.js';
import type { MeterSettings } from './settings.js';

type Advice = Pick<ProbeReport, 'proposals' | 'alternatives' | 'notices'>;

const NONE: Advice = { proposals: [], alternatives: [], notices: [] };
const FORMATS = ['ascii', 'hex'] as const;

/** The advice for the error of a test. It contains nothing of the key. */
export function keyAdvice(settings: MeterSettings, { code }: MeterError): Advice {
  switch (code) {
    case 'key-format':
    case 'key-length':
      return { ...NONE, proposals: fittingFormat(settings) };
    case 'key-rejected':
      return { ...NONE, alternatives: otherSecurity(settings), notices: keyNotices(settings) };
    default:
      return NONE;
  }
}

/** The other key format if the key fits it. A text fits one format at most, so there is at most one proposal. */
function fittingFormat(settings: MeterSettings): SettingProposal[] {
  const value = FORMATS.find((format) => describe(settings, format).isUsable);
  return value === undefined ? [] : [{ setting: 'keyFormat', value }];
}

/** Digest and RC4 use the same key; to a port without RC4 an RC4 request looks wrongly signed. */
function otherSecurity({ protocol, security }: MeterSettings): SettingProposal[] {
  return protocol === 'mep' && security === 'rc4' ? [{ setting: 'security', value: 'digest' }] : [];
}

function keyNotices(settings: MeterSettings): ProbeNotice[] {
  const { protocol, security, keyFormat = 'auto' } = settings;
  const { form, characters } = describe(settings, keyFormat);
  if (characters === 0) return [];
  const notice = form === 'ascii' ? 'key-characters' : 'key-digits';
  const isTakenForMbk = protocol === 'mep' && security === 'tls' && keyTextOf(settings).name === 'MBK';
  return isTakenForMbk ? [notice, 'key-advanced'] : [notice];
}

function describe(settings: MeterSettings, format: KeyFormat): AccessKeyDescription {
  if (settings.protocol === 'optical') return describeAccessKey(settings.key ?? '', format, PASSWORD_BYTES);
  return describeAccessKey(keyTextOf(settings).text, format, MIN_KEY_BYTES);
}
