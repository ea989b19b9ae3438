/**
 * Detects whether a MEP port is at the far end of a line, and its security, without using a key. Answers are not
 * authenticated, so they serve for nothing else.
 */
import { encodeRequest, RESPONSE_CODES } from '../c1218/services.js';
import type { TableLinkEvents } from '../c1218/table-link.js';
import { pause } from '../clock.js';
import { bareFailureOf } from './frame-decoder.js';
import { type Exchange, MepLine, type MepLineOptions } from './line.js';
import { digestSecurity } from './security.js';
import { TlsClient } from './tls/index.js';
import { handshakeAnswerMatcher, readTlsAnswer, TLS_CODES, tlsMessage } from './tls-message.js';

/** The security of a port as its answer shows it: a port with digest security takes RC4 as well. [MEP p.8, p.11] */
export type PortSecurity = 'digest' | 'tls';

export interface DetectSecurityOptions extends MepLineOptions {
  /** The security of the request that is sent. */
  readonly security: PortSecurity;
}

/** ET03 can be read with no key. [MEP p.56] */
const PUBLIC_TABLE = 2_051;
const NO_KEY = new Uint8Array(16);
const NO_IDENTITY = new Uint8Array(3);
const READ_BYTES = 1;
/** Code, count, data and digest of the answer to such a read. */
const READ_ANSWER_BYTES = 1 + 2 + READ_BYTES + 8;
/** A port needs this time after its ENABLE pin was raised. */
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
 * Opens the line, sends one request and closes the line again.
 * @returns the security of the port; undefined without an answer of a MEP port, or with noise around what looks like one
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

/** A read of a public table, signed with a key of zeros: any answer, refusals included, comes in the port's own frame. */
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

/** Ends the handshake that the request began: a port in the middle of one accepts nothing else. [MEP p.8] */
function tlsTermination(): Exchange<true> {
  const message = tlsMessage(TLS_CODES.terminate, new Uint8Array(1));
  return { message, matchStart: handshakeAnswerMatcher(false), accept: (body) => readTlsAnswer(body) && true };
}
