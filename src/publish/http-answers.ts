import type { FormatAnswer, FormatRequest } from './format.js';

/** An answer of JSON. */
export function jsonAnswer(body: object): FormatAnswer {
  return { statusCode: 200, headers: headersOf('application/json'), payload: JSON.stringify(body) };
}

/**
 * An answer without a reading. Never JSON: some readers do not look at the status code, and would take an object
 * for a reading.
 */
export function errorAnswer(statusCode: number, why: string): FormatAnswer {
  return { statusCode, headers: headersOf('text/plain'), payload: `${why}\n` };
}

/** The refusal of every request of another method, or undefined where the method is right. */
export function refusedMethod({ method }: FormatRequest): FormatAnswer | undefined {
  if (method === 'GET' || method === 'HEAD') return undefined;
  const { headers, ...rest } = errorAnswer(405, 'Only GET');
  return { ...rest, headers: { ...headers, Allow: 'GET, HEAD' } };
}

/** `no-store`: proxies must not serve a stale reading. */
function headersOf(type: string): Readonly<Record<string, string>> {
  return { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'no-store' };
}
