/**
 * Finds out whether a MEP port is at the far end of a line, and how it is secured, without showing a key: nothing is sent
 * that a key was used for. What comes back is believed only for this, and no value is taken from it.
 */
import { encodeRequest, RESPONSE_CODES } from '../c1218/services.js';
import type { TableLinkEvents } from '../c1218/table-link.js';
import { pause } from '../clock.js';
import { bareFailureOf } from './frame-decoder.js';
import { type Exchange, MepLine, type MepLineOptions } from './line.js';
import { digestSecurity } from './security.js';
import { TlsClient } from './tls/index.js';
import { handshakeAnswerMatcher, readTlsAnswer, TLS_CODES, tlsMessage } from './tls-message.js';

/** How a port is secured, as far as its answer tells: one with digest security takes RC4 as well. [MEP p.8, p.11] */
export type PortSecurity = 'digest' | 'tls';

export interface DetectSecurityOptions extends MepLineOptions {
  /** How the port is spoken to. */
  readonly security: PortSecurity;
}

/** ET03 can be read with no key. [MEP p.56] */
const PUBLIC_TABLE = 2_051;
const NO_KEY = new Uint8Array(16);
const NO_IDENTITY = new Uint8Array(3);
const READ_BYTES = 1;
/** Code, count, data and digest of the answer to such a read. */
const READ_ANSWER_BYTES = 1 + 2 + READ_BYTES + 8;
/** A port whose ENABLE line has just been raised is not listening yet. */
const WAKING_MS = 300;
/** Times the message is sent: the first may come too early. */
const ATTEMPTS = 2;
const TLS_ANSWER_TIMEOUT_MS = 1_000;
const NO_EVENTS: TableLinkEvents = {
  alert: () => undefined,
  dimensionsMayHaveChanged: () => undefined,
  closed: () => undefined,
};

/**
 * Opens the line, speaks to the port and closes the line again.
 * @returns how the port is secured; undefined where nothing came back that a port says. Where rubbish surrounds what looks
 * like an answer, that is taken for rubbish too.
 * @throws TransportError, UsageError `cancelled`
 */
export async function detectSecurity(
  options: DetectSecurityOptions,
  signal?: AbortSignal,
): Promise<PortSecurity | undefined> {
  const line = new MepLine(options);
  const exchange = options.security === 'tls' ? tlsProbe() : digestProbe();
  try {
    await line.open(NO_EVENTS, signal);
    return await line.exclusive(signal, async (exclusive) => {
      await pause(line.clock, WAKING_MS, exclusive);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const before = line.counters.discardedBytes;
        const answered = await line.exchange(exchange, exclusive);
        if (!answered || line.counters.discardedBytes > before) continue;
        if (options.security === 'tls' && answered.answer === 'tls') await line.exchange(tlsTermination(), exclusive);
        return answered.answer;
      }
      return undefined;
    });
  } finally {
    await line.close();
  }
}

/** A read that needs no key, signed with none. Whatever the port says of it, it says in its own frame. */
function digestProbe(): Exchange<PortSecurity> {
  const request = encodeRequest({ service: 'partial-read', table: PUBLIC_TABLE, offset: 0, count: READ_BYTES });
  const { message, matchStart } = digestSecurity(NO_KEY).seal(request, 1);
  return {
    message,
    matchStart,
    accept: (body) => {
      if (bareFailureOf(body) === RESPONSE_CODES.invalidServiceSequence) return 'tls';
      return body[0] !== RESPONSE_CODES.ok || body.length === READ_ANSWER_BYTES ? 'digest' : undefined;
    },
  };
}

/** The first message of a handshake: the key has no part in it. [MEP p.14] */
function tlsProbe(): Exchange<PortSecurity> {
  const hello = new TlsClient({ psk: NO_KEY, identity: NO_IDENTITY }).start();
  return {
    message: tlsMessage(TLS_CODES.handshake, hello),
    matchStart: handshakeAnswerMatcher(false),
    answerTimeoutMs: TLS_ANSWER_TIMEOUT_MS,
    accept: (body) => {
      const answer = readTlsAnswer(body);
      return answer && (answer.meaning === 'no-tls' ? 'digest' : 'tls');
    },
  };
}

/** Ends what the greeting began: a port in the middle of a handshake takes nothing else. [MEP p.8] */
function tlsTermination(): Exchange<true> {
  const message = tlsMessage(TLS_CODES.terminate, new Uint8Array(1));
  return { message, matchStart: handshakeAnswerMatcher(false), accept: (body) => readTlsAnswer(body) && true };
}
