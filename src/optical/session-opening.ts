/** How a session of C12.18 begins and ends. [OPT p.13] */
import { ProtocolError, SecurityError } from '../errors.js';
import { decodeDone, decodeIdentification, decodeNegotiation, type Negotiation, NOT_NEGOTIATED } from './answers.js';
import type { ExchangeOptions, OpticalLink } from './link.js';
import { encodeOpticalRequest, type OpticalRequest } from './requests.js';
import { OPTICAL_RESPONSE_CODES } from './response-codes.js';

export interface LogonSettings {
  /** 20 bytes: MK, PK or RK. Without it only BT00, BT01 and ET03 can be read. [OPT p.13, p.18-19, p.48] */
  readonly password: Uint8Array | undefined;
  /** The meter's event log notes it with what is done in the session; it checks nothing. [OPT p.13, p.52] */
  readonly userId: number;
  /** At most 10 characters; as the id. */
  readonly userName: string;
  /** The largest packets to ask for, overhead included. */
  readonly packetSize: number;
  /** The most packets of a message to ask for. */
  readonly packetCount: number;
}

const BAUD_RATE = 9_600;
const C12_18 = 0;
/** Shorter answers are not to an identification, but left over from an earlier session. */
const SHORTEST_IDENTIFICATION = 3;
/** For the end of a session that may be gone already, in ms. */
const ENDING_MS = 1_000;
/** Sessions of earlier users that are ended before one is begun; a late answer may hide that it was ended already. */
const MOST_ENDINGS = 2;
const { ok, isss, rno, bsy, dnr, dlk, sns } = OPTICAL_RESPONSE_CODES;
/** Refusals that say nothing about what was asked. */
const PASSING: ReadonlySet<number | undefined> = new Set([isss, rno, bsy, dnr, dlk, undefined]);

/**
 * Begins a session and logs on.
 * @returns what the meter grants
 * @throws SecurityError `key-rejected`; ProtocolError `optical-tls-required` when it refuses plain reading altogether;
 * what `OpticalLink.exchange` throws
 */
export async function openSession(
  link: OpticalLink,
  settings: LogonSettings,
  options: Pick<ExchangeOptions, 'signal'>,
): Promise<Negotiation> {
  link.begin();
  link.configure(NOT_NEGOTIATED);
  await identify(link, options);
  const granted = await negotiate(link, settings, options);
  const { userId, userName, password } = settings;
  decodeDone(await ask(link, { service: 'logon', userId, userName }, options));
  if (password) await giveKey(link, password, options);
  return granted;
}

/** Ends the session, whatever state it is in: what goes wrong with that is of no use to anyone. */
export async function endSession(link: OpticalLink, signal: AbortSignal): Promise<void> {
  const options = { signal, retries: 1, patienceMs: ENDING_MS };
  for (const service of ['logoff', 'terminate'] as const) {
    try {
      await ask(link, { service }, options);
    } catch {
      // Logged off or not, terminate is still to be tried; after that the meter ends the session by itself.
    }
  }
}

async function identify(link: OpticalLink, options: ExchangeOptions): Promise<void> {
  const identification = { service: 'identification' } as const;
  let answer = await ask(link, identification, { ...options, isStale, isFirst: true });
  for (let endings = 0; answer[0] === isss && endings < MOST_ENDINGS; endings++) {
    // A session that was never ended refuses to begin. Outside of one, a meter's toggle may stand still.
    link.begin();
    await ask(link, { service: 'terminate' }, options);
    link.begin();
    answer = await ask(link, identification, { ...options, isStale });
  }
  try {
    const { standard } = decodeIdentification(answer);
    if (standard !== C12_18) throw new ProtocolError('inconsistent-answer', `Standard ${standard} is not C12.18`);
  } catch (error) {
    throw error instanceof ProtocolError && error.status !== undefined ? plainReadingRefused(error) : error;
  }
}

/** A refusal is believed though it is short; any other short answer is an old one. */
function isStale(answer: Uint8Array): boolean {
  return answer.length < SHORTEST_IDENTIFICATION && answer[0] === ok;
}

/** Identification needs no key: who refuses it wants something else first, and TLS is all that a meter can demand. */
function plainReadingRefused(refusal: ProtocolError): ProtocolError {
  if (refusal.code === 'meter-busy') return refusal;
  return new ProtocolError('optical-tls-required', `The meter refuses an identification: ${refusal.message}`, {
    ...(refusal.raw && { raw: refusal.raw }),
    ...(refusal.status !== undefined && { status: refusal.status }),
  });
}

async function negotiate(
  link: OpticalLink,
  { packetSize, packetCount }: LogonSettings,
  options: ExchangeOptions,
): Promise<Negotiation> {
  const before = link.receivedToggle;
  const answer = await ask(link, { service: 'negotiate', packetSize, packetCount, baudRates: [BAUD_RATE] }, options);
  // The one answer cannot be taken for the other: so the two tell whether the meter's toggle alternates.
  link.trustToggle(link.receivedToggle !== before);
  if (answer[0] !== ok && !PASSING.has(answer[0])) return NOT_NEGOTIATED;
  const granted = decodeNegotiation(answer);
  if (granted.baudRate !== BAUD_RATE) {
    throw new ProtocolError('inconsistent-answer', `The meter answers ${granted.baudRate} baud to an offer of 9600`);
  }
  link.configure(granted);
  return granted;
}

/** @throws SecurityError `key-rejected`: a CRC covers the request, so one refusal tells */
async function giveKey(link: OpticalLink, password: Uint8Array, options: ExchangeOptions): Promise<void> {
  const answer = await ask(link, { service: 'security', password }, options);
  const status = answer[0];
  const isRejected = status !== ok && status !== sns && !PASSING.has(status);
  if (isRejected) throw new SecurityError('key-rejected', 'The meter rejects the key', { status: status ?? 0 });
  decodeDone(answer);
}

function ask(link: OpticalLink, request: OpticalRequest, options: ExchangeOptions): Promise<Uint8Array> {
  return link.exchange(encodeOpticalRequest(request), options);
}
