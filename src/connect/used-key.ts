import { keyTextOf } from './mep-link.js';
import type { MeterSettings } from './settings.js';

/** Which of the keys that were set is used. */
export function usedKeySetting(settings: MeterSettings): 'key' | 'advancedKey' {
  return settings.protocol === 'mep' && keyTextOf(settings).name === 'MAK' ? 'advancedKey' : 'key';
}
