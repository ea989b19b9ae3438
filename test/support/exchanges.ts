import { fromHex } from '../../src/bytes/hex.js';
import { readFixtures } from './fixtures.js';

interface ExchangeFile {
  origin: string;
  key: string | null;
  request: string;
  answer: string;
  expected: {
    request: { service: string; table: number; offset?: number; count?: number; data?: string };
    answer: { status: number; sequence?: string; count?: number };
  };
}

export interface Exchange extends Omit<ExchangeFile, 'key' | 'request' | 'answer'> {
  name: string;
  key: Uint8Array | undefined;
  request: Uint8Array;
  answer: Uint8Array;
}

/** Bytes of hex that a fixture or test is sure of. */
export function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (!bytes) throw new Error(`Not hex: ${text}`);
  return bytes;
}

/** The guide's published exchanges: request and answer as whole messages. */
export const EXCHANGES: Exchange[] = readFixtures<ExchangeFile>('mep-exchanges').map(([name, file]) => ({
  ...file,
  name,
  key: file.key === null ? undefined : hex(file.key),
  request: hex(file.request),
  answer: hex(file.answer),
}));
