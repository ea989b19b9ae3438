import { failure } from './connection-test.js';

/** What is used of Express: Node-RED brings its own. */
export interface AdminRequest {
  readonly body: unknown;
  is(type: string): unknown;
}
export interface AdminResponse {
  status(code: number): AdminResponse;
  json(body: unknown): unknown;
  on(event: 'close', listener: () => void): unknown;
}

/** Answers with the result of some work, or with its failure as `{ ok: false, ... }`. */
export function answer(response: AdminResponse, work: () => Promise<object>): void {
  Promise.resolve()
    .then(work)
    .catch((error: unknown) => failure(error))
    .then((body) => response.json(body))
    // The browser may have closed the connection meanwhile.
    .catch(() => undefined);
}

/** A signal that is aborted when the browser no longer waits for the answer. */
export function abortedWhenGone(response: AdminResponse): AbortSignal {
  const gone = new AbortController();
  response.on('close', () => {
    gone.abort();
  });
  return gone.signal;
}
