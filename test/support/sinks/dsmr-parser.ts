import { createRequire } from 'node:module';

/** What is used of dsmr-parser, which brings no types: it refuses what is malformed or fails its CRC. */
interface Telegram {
  readonly identifier: string;
  readonly objects: Readonly<Record<string, string | number | Date | undefined>>;
}

const parser = createRequire(__filename)('dsmr-parser') as { parse(telegram: string): Telegram };

/** A telegram as a program that is not ours reads it. */
export function parseTelegram(telegram: string): Telegram {
  return parser.parse(telegram);
}
