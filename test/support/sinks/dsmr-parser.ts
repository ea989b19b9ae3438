import { createRequire } from 'node:module';

/** The used part of dsmr-parser, which has no types: it refuses malformed telegrams and wrong CRCs. */
interface Telegram {
  readonly identifier: string;
  readonly objects: Readonly<Record<string, string | number | Date | undefined>>;
}

const parser = createRequire(__filename)('dsmr-parser') as { parse(telegram: string): Telegram };

/** Decodes a telegram with an independent program. */
export function parseTelegram(telegram: string): Telegram {
  return parser.parse(telegram);
}
