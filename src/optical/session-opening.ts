/** How a session of C12.18 begins and ends. [OPT p.13] */
import { isMeterError, type MeterError, ProtocolError, SecurityError } from '../errors.js';
import { decodeDone, decodeIdentification, decodeNegotiation, type Negotiation, NOT_NEGOTIATED } from './answers.js';
import type { ExchangeOptions, OpticalLink } from './link.js';
import { OVERHEAD_BYTES } from './packet.js';
import { encodeOpticalRequest, type OpticalRequest, PASSWORD_BYTES } from './requests.js';
import { OPTICAL_RESPONSE_CODES, opticalRefusal } from './response-codes.js';

export interface LogonSettings {
  /** 20 bytes: MK, PK or RK. Without it only BT00, BT01 and ET03 can be read. [OPT p.13, p.18-19, p.48] */
  readonly password: Uint8Array | undefined;
  /** Recorded in the meter's event log; the meter does not check it. [OPT p.13, p.52] */
  readonly userId: number;
  /** At most 10 characters; recorded like the id. */
  readonly userName: string;
  /** The largest packets to ask for, overhead included. */
  readonly packetSize: number;
  /** Maximum number of packets of a message to ask for. */
  readonly packetCount: number;
}

const BAUD_RATE = 9_600;
const C12_18 = 0;
/** The longest request of the opening: security with its key. */
const MAX_REQUEST_BYTES = 1 + PASSWORD_BYTES;
/** Shorter answers belong to an earlier session, not to an identification. */
const MIN_IDENTIFICATION_BYTES = 3;
/** Timeout for the end of a session that may be over already. */
const ENDING_MS = 1_000;
/** Services that end a session, and their repetitions. Terminate alone would do, and there is little time. */
const LOGOFF_AND_TERMINATE = [
  ['logoff', 0],
  ['terminate', 1],
] as const;
/** Attempts to end an earlier client's session; a late answer may hide that it is over already. */
const MAX_ENDINGS = 2;
/** Sessions in a row in which the negotiation is not answered before sessions are begun without it. */
const MAX_SILENT_NEGOTIATIONS = 2;
const { ok, err, isc, isss, rno, bsy, dnr, dlk, sns } = OPTICAL_RESPONSE_CODES;
/** Refusals of an identification that an earlier session may cause. */
const UNSETTLED: ReadonlySet<number | undefined> = new Set([isss, err, rno]);
/** Temporary refusals, whatever the request. */
const PASSING: ReadonlySet<number | undefined> = new Set([isss, rno, bsy, dnr, dlk, undefined]);

/** Begins sessions, and remembers if a meter does not support negotiation. */
export class SessionOpening {
  readonly #link: OpticalLink;
  readonly #settings: LogonSettings;
  #mayNegotiate = true;
  #silentNegotiations = 0;

  constructor(link: OpticalLink, settings: LogonSettings) {
    this.#link = link;
    this.#settings = settings;
  }

  /** Forgets the meter: a reopened port may lead to another one. */
  forget(): void {
    this.#mayNegotiate = true;
    this.#silentNegotiations = 0;
  }

  /**
   * Begins a session and logs on.
   * @returns what the meter grants
   * @throws SecurityError `key-rejected`; ProtocolError `optical-tls-required` when it refuses plain reading altogether,
   * `inconsistent-answer` when a new session may do better; what `OpticalLink.exchange` throws
   */
  async begin(options: Pick<ExchangeOptions, 'signal'>): Promise<Negotiation> {
    const link = this.#link;
    link.begin();
    link.configure(NOT_NEGOTIATED);
    await identify(link, options);
    const identified = link.receivedToggle;
    const granted = this.#mayNegotiate ? await this.#negotiate(options) : NOT_NEGOTIATED;
    const { userId, userName, password } = this.#settings;
    const logonResponse = await ask(link, { service: 'logon', userId, userName }, options);
    if (!this.#mayNegotiate) link.trustToggle(link.receivedToggle !== identified);
    // Logon needs no key, so the reason is not a missing one. [OPT p.13]
    if (logonResponse[0] === isc) throw plainReadingRefused(opticalRefusal(isc, logonResponse), 'a logon');
    decodeDone(logonResponse);
    if (password) await sendPassword(link, password, options);
    return granted;
  }

  async #negotiate(options: Pick<ExchangeOptions, 'signal'>): Promise<Negotiation> {
    const link = this.#link;
    const { packetSize, packetCount } = this.#settings;
    const identified = link.receivedToggle;
    const request = { service: 'negotiate', packetSize, packetCount, baudRates: [BAUD_RATE] } as const;
    const answer = await ask(link, request, options).catch((error: unknown) => {
      throw isMeterError(error) && error.code === 'optical-silence' ? this.#noteSilence(error) : error;
    });
    this.#silentNegotiations = 0;
    // Two answers that cannot be confused: comparing their toggle bits shows whether the meter alternates them.
    link.trustToggle(link.receivedToggle !== identified);
    if (answer[0] !== ok && !PASSING.has(answer[0])) return NOT_NEGOTIATED;
    const granted = this.#usable(answer);
    link.configure(granted);
    return granted;
  }

  #usable(answer: Uint8Array): Negotiation {
    let granted: Negotiation;
    try {
      granted = decodeNegotiation(answer);
    } catch (error) {
      throw error instanceof ProtocolError && error.status === undefined
        ? this.#doWithout(error.message, error)
        : error;
    }
    const { packetSize, packetCount, baudRate } = granted;
    if (baudRate !== BAUD_RATE) throw this.#doWithout(`${baudRate} baud to an offer of 9600`);
    if ((packetSize - OVERHEAD_BYTES) * packetCount < MAX_REQUEST_BYTES) {
      throw this.#doWithout(`${packetCount} packets of ${packetSize} bytes, too little for a key`);
    }
    return granted;
  }

  /** Silence is no refusal: a line may lose an answer. Only a meter that is silent again does not know the service. */
  #noteSilence(error: MeterError): ProtocolError {
    if (++this.#silentNegotiations >= MAX_SILENT_NEGOTIATIONS) return this.#doWithout('No answer', error);
    return new ProtocolError('inconsistent-answer', 'No answer to a negotiation', { cause: error });
  }

  /** A grant stays in force for this session; negotiation is skipped from the next session on. */
  #doWithout(message: string, cause?: unknown): ProtocolError {
    this.#mayNegotiate = false;
    return new ProtocolError('inconsistent-answer', `The meter cannot be negotiated with: ${message}`, { cause });
  }
}

/** Ends the session in whatever state it is. Failures are ignored: the connection is given up anyway. */
export async function endSession(link: OpticalLink, signal: AbortSignal): Promise<void> {
  for (const [service, retries] of LOGOFF_AND_TERMINATE) {
    try {
      await ask(link, { service }, { signal, retries, timeoutMs: ENDING_MS });
    } catch {
      // Logged off or not, terminate is still to be tried; after that the meter ends the session by itself.
    }
  }
}

async function identify(link: OpticalLink, options: ExchangeOptions): Promise<void> {
  const identification = { service: 'identification' } as const;
  let answer = await ask(link, identification, { ...options, isStale, isFirst: true });
  for (let endings = 0; UNSETTLED.has(answer[0]) && endings < MAX_ENDINGS; endings++) {
    // A session that was never ended blocks a new one. Outside a session a meter may not alternate its toggle.
    link.begin();
    await ask(link, { service: 'terminate' }, options);
    link.begin();
    answer = await ask(link, identification, { ...options, isStale });
  }
  try {
    const { standard } = decodeIdentification(answer);
    if (standard !== C12_18) throw new ProtocolError('inconsistent-answer', `Standard ${standard} is not C12.18`);
  } catch (error) {
    throw error instanceof ProtocolError && error.status !== undefined
      ? plainReadingRefused(error, 'an identification')
      : error;
  }
}

/** A refusal is short by nature; any other short answer belongs to an earlier request. */
function isStale(answer: Uint8Array): boolean {
  return answer.length < MIN_IDENTIFICATION_BYTES && answer[0] === ok;
}

/** Identification and logon need no key: a meter that refuses them requires TLS. */
function plainReadingRefused(refusal: ProtocolError, what: string): ProtocolError {
  if (refusal.code === 'meter-busy') return refusal;
  return new ProtocolError('optical-tls-required', `The meter refuses ${what}: ${refusal.message}`, {
    ...(refusal.raw && { raw: refusal.raw }),
    ...(refusal.status !== undefined && { status: refusal.status }),
  });
}

/** @throws SecurityError `key-rejected`: a CRC covers the request, so one refusal is proof */
async function sendPassword(link: OpticalLink, password: Uint8Array, options: ExchangeOptions): Promise<void> {
  const answer = await ask(link, { service: 'security', password }, options);
  const status = answer[0];
  const isRejected = status !== ok && status !== sns && !PASSING.has(status);
  if (isRejected) throw new SecurityError('key-rejected', 'The meter rejects the key', { status: status ?? 0 });
  decodeDone(answer);
}

function ask(link: OpticalLink, request: OpticalRequest, options: ExchangeOptions): Promise<Uint8Array> {
  return link.exchange(encodeOpticalRequest(request), options);
}
