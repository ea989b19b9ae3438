/** Creates a meter from a user's settings: the only module that knows all transports, protocols and securities. */
import type { TableLink } from '../c1218/table-link.js';
import { CONNECTION_LIMITS, isWithin } from '../limits.js';
import { Meter } from '../meter/meter.js';
import { mepLink } from './mep-link.js';
import { opticalLink } from './optical-link.js';
import { unusableSetting, type MeterSettings } from './settings.js';
import type { LinkParts, MeterParts } from './transport.js';

/**
 * Creates a meter from settings; nothing is opened yet.
 * @param parts what is shared by all meters of a program
 * @throws SecurityError `key-missing`, `key-format`, `key-length`; UsageError `bad-setting` with the setting's name.
 */
export function createMeter(settings: MeterSettings, parts: MeterParts = {}): Meter {
  const { minIntervalMs = CONNECTION_LIMITS.minInterval.fallback } = settings;
  if (!isWithin(minIntervalMs, CONNECTION_LIMITS.minInterval)) throw unusableSetting('minInterval', minIntervalMs);
  const { allowWrites = false, allowDangerousWrites = false } = settings;
  const { clock, writeLedger } = parts;
  return new Meter({
    link: createLink(settings, parts),
    isSimulated: settings.transport === 'simulator',
    minIntervalMs,
    allowWrites,
    allowDangerousWrites,
    ...(clock && { clock }),
    ...(writeLedger && { writeLedger }),
  });
}

function createLink(settings: MeterSettings, parts: LinkParts): TableLink {
  switch (settings.protocol) {
    case 'mep':
      return mepLink(settings, parts);
    case 'optical':
      return opticalLink(settings, parts);
    default:
      throw unusableSetting('protocol', settings.protocol);
  }
}
