import { KEY_FORMATS, parseAccessKey } from '../access-key.js';
import { isMeterError } from '../../errors.js';
import type { MeterSettings } from '../settings.js';
import { traceHex } from './line.js';
import { TraceMask } from './mask.js';

/** The keys of settings in every form in which they may be used: none of them may get into a trace. */
export function secretsOf({ key, advancedKey, transport }: MeterSettings): Uint8Array[] {
  // The keys of the simulated meter are printed in the documentation.
  if (transport === 'simulator') return [];
  const secrets: Uint8Array[] = [];
  for (const text of [key, advancedKey]) {
    if (text === undefined || text.trim() === '') continue;
    for (const format of KEY_FORMATS) {
      try {
        secrets.push(parseAccessKey(text, format));
      } catch (error) {
        if (!isMeterError(error)) throw error;
      }
    }
    secrets.push(new TextEncoder().encode(text.trim()));
  }
  return secrets;
}

/** Bytes in hex, with `**` where a key of the settings, or a piece of one, was. */
export function maskKeys(bytes: Uint8Array, settings: MeterSettings): string {
  return traceHex(new TraceMask('mep', secretsOf(settings)).sent(bytes));
}
