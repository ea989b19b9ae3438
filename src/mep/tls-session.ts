/**
 * Requests to a MEP port that is set to TLS: a handshake when there is no session, and table requests sealed in it.
 * [MEP p.8-9, p.14-15, p.18]
 *
 * TLS numbers its records and the line may lose one. The same packet is sent again, as the guide demands; if the meter had
 * received it already, the repetition fails there and a new session begins.
 */
import { backoffMs } from '../backoff.js';
import {
  decodeAnswer,
  encodeRequest,
  isWrite,
  outcomeUnknown,
  RESPONSE_CODES,
  type TableRequest,
  requestTooLong,
} from '../c1218/services.js';
import type { RequestOptions, TableLinkEvents } from '../c1218/table-link.js';
import { type MeterError, ProtocolError } from '../errors.js';
import { MepPort, type MepPortOptions, type OptionsUnderWay } from './port.js';
import { TRIALS_AFTER_BARE_REFUSALS } from './refusal-policy.js';
import type { TlsClient } from './tls/index.js';
import { noSession, tlsError, TlsHandshaker } from './tls-handshake.js';
import {
  handshakeAnswerMatcher,
  matchSealedAnswer,
  MAX_TLS_PLAIN_BYTES,
  MAX_TLS_READ_BYTES,
  MAX_TLS_WRITE_BYTES,
  readTlsAnswer,
  TLS_CODES,
  tlsMessage,
} from './tls-message.js';

/** Which of the meter's two keys it is. [MEP p.18-19] */
export const TLS_KEY_IDS = { MBK: 0, MAK: 1 } as const;
export type TlsKeyName = keyof typeof TLS_KEY_IDS;

export interface TlsSessionOptions extends MepPortOptions {
  /** 16 to 20 bytes, of which 16 count. */
  readonly key: Uint8Array;
  readonly keyName: TlsKeyName;
  /** Random bytes of the handshakes; default: those of `node:crypto`. */
  readonly random?: (count: number) => Uint8Array;
}

const KEY_BYTES = 16;
/** Our number in the meter's event log, as in the guide's example. [MEP p.14, p.18] */
const CLIENT_ID = 100;
/** Sessions that may be lost during one request before that is an error. */
const MAX_LOST_SESSIONS = 3;
/** How long `close` waits for the meter to terminate the session. */
const TERMINATION_TIMEOUT_MS = 300;

/** A request without an answer yet. */
interface PendingRequest {
  readonly plain: Uint8Array;
  readonly isWrite: boolean;
  /** The meter may have executed a write whose answer was not received yet. */
  mayBeDone: boolean;
  /** Called when its record leaves for the first time in a session. */
  readonly onSending: (() => void) | undefined;
}

/** The outcome of one sealed request. */
type Outcome =
  | { readonly plain: Uint8Array }
  /** `isInStep`: nothing unreadable came right before the refusal. */
  | { readonly lost: ProtocolError; readonly isInStep?: boolean };

/** A MEP port that is set to TLS. */
export class TlsSession extends MepPort {
  readonly maxReadBytes = MAX_TLS_READ_BYTES;
  readonly maxWriteBytes = MAX_TLS_WRITE_BYTES;

  readonly #handshaker: TlsHandshaker;
  #client: TlsClient | undefined;
  /** The port answered as one without TLS. It is rarely asked again, since it counts each handshake as a wrong digest. */
  #notOffered: { readonly error: MeterError; readonly trials: number; readonly trialAt: number } | undefined;
  #isResumption = false;
  #requestsUnderWay = 0;

  constructor(options: TlsSessionOptions) {
    super(options);
    const identity = Uint8Array.of(CLIENT_ID & 0xff, CLIENT_ID >> 8, TLS_KEY_IDS[options.keyName]);
    this.#handshaker = new TlsHandshaker({
      line: this.line,
      refusals: this.refusals,
      retries: this.retries,
      client: {
        psk: options.key.slice(0, KEY_BYTES),
        identity,
        ...(options.random && { random: options.random }),
      },
    });
  }

  override open(events: TableLinkEvents, signal?: AbortSignal): Promise<void> {
    this.#client = undefined;
    this.#notOffered = undefined;
    this.#isResumption = false;
    return super.open(events, signal);
  }

  /** Terminates an idle session in the meter as well: while it lasts, the port accepts nothing else. [MEP p.8] */
  override async close(): Promise<void> {
    if (this.#client && this.#requestsUnderWay === 0) await this.#terminate();
    this.#client = undefined;
    await super.close();
  }

  async write(table: number, offset: number, data: Uint8Array, options: RequestOptions = {}): Promise<void> {
    await this.ask({ service: 'partial-write', table, offset, data }, options);
  }

  protected override async ask(request: TableRequest, options: RequestOptions): Promise<Uint8Array> {
    this.#requestsUnderWay++;
    try {
      return await super.ask(request, options);
    } finally {
      this.#requestsUnderWay--;
    }
  }

  /** @throws ProtocolError `write-outcome-unknown` for a write that may have been carried out all the same */
  protected async perform(request: TableRequest, { onSending, signal }: OptionsUnderWay): Promise<Uint8Array> {
    const plain = encodeRequest(request);
    const pending: PendingRequest = { plain, isWrite: isWrite(request), mayBeDone: false, onSending };
    const { length } = plain;
    if (length > MAX_TLS_PLAIN_BYTES) throw requestTooLong(length);
    try {
      const answer = await this.#untilAnswered(pending, signal);
      // Code 00 says that it was executed, but an inconsistent answer is no proof.
      pending.mayBeDone = pending.isWrite && answer[0] === RESPONSE_CODES.ok;
      return decodeAnswer(request, answer).data;
    } catch (error) {
      throw pending.mayBeDone ? outcomeUnknown(error) : error;
    }
  }

  async #untilAnswered(pending: PendingRequest, signal: AbortSignal): Promise<Uint8Array> {
    this.line.received.restart();
    this.line.report({ kind: 'request', message: pending.plain });
    for (let lostSessions = 0; ; lostSessions++) {
      const outcome = await this.#inSession(pending, signal);
      if ('plain' in outcome) return outcome.plain;
      this.#client = undefined;
      if (pending.mayBeDone || lostSessions >= MAX_LOST_SESSIONS) {
        throw this.line.received.shortfallError ?? outcome.lost;
      }
      this.line.counters.retries++;
      this.line.report({ kind: 'retry', reason: 'session' });
    }
  }

  /** After a failure the number of records that the meter has accepted is unknown: the session is given up. */
  async #inSession(pending: PendingRequest, signal: AbortSignal): Promise<Outcome> {
    try {
      const client = this.#client?.isEstablished ? this.#client : await this.#begin(signal);
      return await this.#exchange(client, pending, signal);
    } catch (error) {
      this.#client = undefined;
      throw error;
    }
  }

  async #begin(signal: AbortSignal): Promise<TlsClient> {
    const before = this.#notOffered;
    if (before && this.line.clock.now() < before.trialAt) throw before.error;
    try {
      this.#client = await this.#handshaker.shakeHands(signal, before !== undefined);
    } catch (error) {
      if (error instanceof ProtocolError && error.code === 'tls-not-offered') this.#noteNotOffered(error);
      throw error;
    }
    this.#notOffered = undefined;
    // After a lost session the meter may be another one, or have a new set-up.
    if (this.#isResumption) this.line.reportPossibleChange();
    this.#isResumption = true;
    return this.#client;
  }

  /** Nothing signs such an answer, so it does not prove that the port has no TLS. */
  #noteNotOffered(error: MeterError): void {
    const trials = this.#notOffered?.trials ?? 0;
    const trialAt = this.line.clock.now() + backoffMs(trials, TRIALS_AFTER_BARE_REFUSALS);
    this.#notOffered = { error, trials: trials + 1, trialAt };
  }

  /** Sends one sealed request until its answer is there, or the session is lost. */
  async #exchange(client: TlsClient, pending: PendingRequest, signal: AbortSignal): Promise<Outcome> {
    const { counters } = this.line;
    let damaged: ProtocolError | undefined;
    let timeouts = 0;
    const exchange = {
      message: tlsMessage(TLS_CODES.table, client.seal(pending.plain)),
      matchStart: matchSealedAnswer,
      accept: (body: Uint8Array, isInStep: boolean): Outcome | undefined => {
        const outcome = this.#accept(client, body);
        // A refusal is not authenticated: bytes of a damaged record may look like one.
        if (!(outcome instanceof ProtocolError) && outcome && 'lost' in outcome) {
          return damaged ? undefined : { lost: outcome.lost, isInStep };
        }
        if (outcome instanceof ProtocolError) damaged = outcome;
        return outcome instanceof ProtocolError ? undefined : outcome;
      },
      sending: () => {
        pending.mayBeDone = pending.isWrite;
        if (timeouts === 0) pending.onSending?.();
      },
    };
    for (; ; timeouts++) {
      const answered = await this.line.exchange(exchange, signal);
      if (answered && 'plain' in answered.answer) {
        this.roundTrips.add(answered.tookMs);
        this.line.requests.noteAnswered(exchange.message, pending.plain);
        return answered.answer;
      }
      if (answered) {
        // A refused request was not executed, unless it was sent before.
        if (timeouts === 0 && 'lost' in answered.answer && answered.answer.isInStep === true) pending.mayBeDone = false;
        return answered.answer;
      }
      counters.timeouts++;
      this.line.report({ kind: 'timeout' });
      // The meter answered and advanced its record number: the same packet would fail.
      if (damaged) return { lost: damaged };
      if (timeouts >= this.retries) {
        const error = await this.line.unanswered(false, signal);
        throw this.line.requests.explained(exchange.message, pending.plain, timeouts + 1, error);
      }
      counters.retries++;
      this.line.report({ kind: 'retry', reason: 'timeout' });
    }
  }

  /** The meaning of a message for the pending request; an error for a record that fails authentication. */
  #accept(client: TlsClient, body: Uint8Array): Outcome | ProtocolError | undefined {
    const answer = readTlsAnswer(body);
    if (!answer) return undefined;
    if (answer.meaning === 'no-session') return { lost: noSession() };
    if (answer.meaning !== 'records') return { lost: tlsError() };
    try {
      const plain = client.receive(answer.records).data;
      this.line.received.noteUnderstood();
      this.line.report({ kind: 'accepted', answer: plain });
      return { plain };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (!client.isEstablished) return { lost: error };
      this.line.counters.rejectedAnswers++;
      this.line.report({ kind: 'rejected', reason: 'record' });
      return error;
    }
  }

  async #terminate(): Promise<void> {
    const exchange = {
      message: tlsMessage(TLS_CODES.terminate, Uint8Array.of(0)),
      matchStart: handshakeAnswerMatcher(false),
      accept: readTlsAnswer,
    };
    const limit = new AbortController();
    let cancel = (): void => undefined;
    const tooLong = new Promise<void>((resolve) => {
      cancel = this.line.clock.after(TERMINATION_TIMEOUT_MS, () => {
        limit.abort();
        resolve();
      });
    });
    const terminated = this.line.exclusive(limit.signal, (signal) => this.line.exchange(exchange, signal));
    // Closing waits for one attempt at most.
    await Promise.race([terminated.catch(() => undefined), tooLong]);
    cancel();
  }
}
