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

/**
 * An answer without a reading for a reader that parses every answer as JSON: `null` is parsed, and is no reading. The reason is
 * in a header.
 */
export function emptyAnswer(statusCode: number, why: string): FormatAnswer {
  return { statusCode, headers: { ...headersOf('application/json'), 'X-Reason': why }, payload: 'null' };
}

/** A text that is the whole answer. */
export function textAnswer(text: string): FormatAnswer {
  return { statusCode: 200, headers: headersOf('text/plain'), payload: text };
}

/**
 * The refusal of every request of another method, or undefined where the method is right.
 * @param allowed the methods that are answered beside HEAD, which goes with GET
 */
export function refusedMethod(
  { method }: FormatRequest,
  allowed: readonly string[] = ['GET'],
): FormatAnswer | undefined {
  if (allowed.includes(method === 'HEAD' ? 'GET' : method)) return undefined;
  const { headers, ...rest } = errorAnswer(405, `Only ${allowed.join(' and ')}`);
  const names = allowed.flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]));
  return { ...rest, headers: { ...headers, Allow: names.join(', ') } };
}

/** `no-store`: proxies must not serve a stale reading. */
function headersOf(type: string): Readonly<Record<string, string>> {
  return { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'no-store' };
}
