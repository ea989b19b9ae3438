import { toHex } from '../../bytes/hex.js';
import type { MeterSnapshot } from '../meter-snapshot.js';
import { crc16 } from './crc16.js';
import type { LocalTime } from './local-time.js';
import type { Profile } from './profiles.js';
import { quantitiesOf } from './quantities.js';

/** IEC 62056-21 has no more room. */
const MAX_IDENTIFICATION_LENGTH = 16;

/** Only what is a letter, a digit, `.`, `_` or `-`: `/` and `!` would begin and end a telegram. */
function identification(model: string | null): string {
  return (model ?? 'METER').replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, MAX_IDENTIFICATION_LENGTH);
}

/**
 * A telegram as a P1 port sends it, from `/` to the CRC.
 * @returns undefined when the meter has not been read far enough, see `quantitiesOf`
 */
export function p1Telegram(meter: MeterSnapshot, profile: Profile, timeOf: LocalTime): string | undefined {
  const quantities = quantitiesOf(meter);
  if (quantities === undefined || meter.readAt === undefined) return undefined;
  const lines = profile({
    quantities,
    time: timeOf(meter.readAt),
    equipment: toHex(new TextEncoder().encode(meter.device.serial), ''),
  });
  const text = [`/NES5\\${identification(meter.device.model)}`, '', ...lines, '!'].join('\r\n');
  const crc = crc16(new TextEncoder().encode(text));
  return `${text}${crc.toString(16).toUpperCase().padStart(4, '0')}\r\n`;
}
