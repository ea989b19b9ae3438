import type { Identification, Negotiation } from '../../src/optical/answers.js';
import type { OpticalRequest } from '../../src/optical/requests.js';
import { hex } from './exchanges.js';
import { readFixtures } from './fixtures.js';

interface ExchangeFile {
  origin: string;
  request: string;
  answer: string[];
  expected: {
    request: OpticalRequest | { service: 'security'; password: string };
    answer: ({ data?: string; status?: number } & Partial<Identification & Negotiation>) | null;
  };
}

export interface OpticalExchange {
  name: string;
  /** The bytes of the request's packet. */
  packet: Uint8Array;
  request: OpticalRequest;
  /** The bytes of each packet of the answer; none where only the request is known. */
  answer: Uint8Array[];
  expected: { data?: string; status?: number } & Partial<Identification & Negotiation>;
}

/** Exchanges of the optical port as whole packets. */
export const OPTICAL_EXCHANGES: OpticalExchange[] = readFixtures<ExchangeFile>('optical-exchanges').map(
  ([name, file]) => ({
    name,
    packet: hex(file.request),
    request: requestOf(file.expected.request),
    answer: file.answer.map(hex),
    expected: file.expected.answer ?? {},
  }),
);

/** Those of one whole session, in order. */
export const WORKED_SESSION = OPTICAL_EXCHANGES.filter(({ name }) => name.startsWith('session-'));

function requestOf(request: ExchangeFile['expected']['request']): OpticalRequest {
  if (request.service !== 'security') return request;
  const { password } = request;
  return { service: 'security', password: typeof password === 'string' ? hex(password) : password };
}
