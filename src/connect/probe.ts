import { systemClock } from '../clock.js';
import { isBridgeFault, isNoise, isNoResponse, isTlsError } from '../error-kinds.js';
import { cancelled, isMeterError, type MeterError, ProtocolError, SecurityError, TransportError } from '../errors.js';
import type { MeterDescription } from '../meter/dimension-cache.js';
import { Meter } from '../meter/meter.js';
import { detectSecurity, type PortSecurity } from '../mep/detect-security.js';
import { NAK } from '../optical/packet.js';
import { createMeter } from './create-meter.js';
import { readDisplayed } from './displayed-values.js';
import { keyAdvice } from './key-advice.js';
import { mepLine } from './mep-link.js';
import { opticalLink, type OpticalLinkParts } from './optical-link.js';
import type { LineActivity, ProbeNotice, ProbeReport, SettingProposal } from './probe-report.js';
import type { MeterSettings } from './settings.js';
import type { MeterParts } from './transport.js';
import { type Trial, trialsFor } from './trials.js';

/** Options of the test of a connection. */
export interface ProbeOptions extends Omit<MeterParts, 'writeLedger'> {
  readonly signal?: AbortSignal;
  /** A key that must not be sent with these settings: they are tested without a key. */
  readonly withheldKey?: 'key' | 'advancedKey' | undefined;
  /** Whether a successful test reads what the meter's display shows as well; default no. */
  readonly withDisplayed?: boolean;
  /** Called before other settings than those given are tried, with those in which they differ. */
  readonly onTrial?: (changes: readonly SettingProposal[]) => void;
}

/** After this time no further settings are tried; a trial in progress takes a few seconds more. */
const TRIALS_LIMIT_MS = 40_000;
/** Identifications after one whose packet the meter refused as damaged each time. */
const MAX_REPETITIONS = 5;
/** The longest table that is polled: a bridge may pass short answers and cut this one. */
const LONG_TABLE = 'BT28';

/**
 * Tests a connection and reports the result, cancellation included; everything is closed again afterwards.
 *
 * The optical port gives the meter's identity without a key. Where the key is missing or wrong it is read that way, to
 * distinguish a wrong key from a misplaced head. [OPT p.18-19] Where no intelligible response was received, other settings
 * are tried one after the other. The key is never sent with those, only with the settings given.
 */
export async function probe(settings: MeterSettings, options: ProbeOptions = {}): Promise<ProbeReport> {
  const report = await tryGiven(settings, options);
  if (!report.error || !isNoResponse(report.error) || isBridgeFault(report.error)) return report;
  const found = await tryOthers(settings, report.received, options);
  if (options.signal?.aborted === true) return { ...report, error: cancelled('The test') };
  const isBridge = settings.transport === 'tcp' && report.received !== 'alerts';
  const notices: ProbeNotice[] = isBridge && !found ? [...report.notices, 'bridge'] : [...report.notices];
  if (found?.proposals.some(({ setting }) => setting === 'protocol')) notices.push('other-key');
  return { ...report, ...found, notices };
}

async function tryGiven(settings: MeterSettings, options: ProbeOptions): Promise<ProbeReport> {
  if (options.withheldKey !== undefined) return tryWithoutKey(settings, options, options.withheldKey);
  let displayed: ProbeReport['displayed'];
  const report = await tryOnce(
    () => createMeter({ ...settings, minIntervalMs: 0 }, options),
    options.signal,
    async (meter, signal) => {
      if (options.withDisplayed === true) displayed = await readDisplayed(meter, signal);
      else await readLongAnswer(meter, signal);
    },
  );
  const { error } = report;
  if (!error) return { ...report, ...(displayed && { displayed }) };
  const advice = keyAdvice(settings, error);
  const advised: ProbeReport = {
    ...report,
    proposals: [...report.proposals, ...advice.proposals],
    alternatives: advice.alternatives,
    notices: [...report.notices, ...advice.notices],
  };
  if (settings.protocol !== 'optical' || !(error instanceof SecurityError)) return advised;
  const { received, notices, description } = await tryOnce(() => keylessMeter(settings, options), options.signal);
  const allNotices = [...new Set([...notices, ...advised.notices])];
  return { ...advised, received, notices: allNotices, ...(description && { description }) };
}

/** Tests without a key: `key-not-typed` if a meter responds, else the same errors as with one. */
async function tryWithoutKey(
  settings: MeterSettings,
  options: ProbeOptions,
  setting: 'key' | 'advancedKey',
): Promise<ProbeReport> {
  const error = new SecurityError('key-not-typed', 'The key that was not typed was not sent', { values: { setting } });
  const common = { ok: false, alternatives: [], notices: [] } as const;
  if (settings.protocol === 'optical') {
    const report = await tryOnce(() => keylessMeter(settings, options), options.signal);
    return report.ok ? { ...report, ok: false, error } : report;
  }
  const wanted = settings.security === 'tls' ? 'tls' : 'digest';
  try {
    const detect = (): Promise<PortSecurity | undefined> =>
      detectSecurity({ ...mepLine(settings, options), security: wanted }, options.signal);
    // A slow network may hold the first answers back.
    const answered = (await detect()) ?? (await detect());
    if (answered === wanted) return { ...common, received: 'answers', error, proposals: [] };
    const fault = answered === undefined ? noAnswer() : wrongSecurity(answered);
    const received = answered === undefined ? 'nothing' : 'answers';
    return { ...common, received, error: fault, proposals: proposalsFor(fault) };
  } catch (cause) {
    if (!isMeterError(cause)) throw cause;
    return { ...common, received: 'nothing', error: cause, proposals: [] };
  }
}

function noAnswer(): ProtocolError {
  return new ProtocolError('no-answer', 'No response to a request that needs no key');
}

function wrongSecurity(answered: PortSecurity): ProtocolError {
  return answered === 'tls'
    ? new ProtocolError('session-required', 'The port takes TLS only')
    : new ProtocolError('tls-not-offered', 'The port takes no TLS');
}

/** Settings to which a meter responded, and its identity where it gave one. */
type Found = Pick<ProbeReport, 'proposals' | 'description'>;

async function tryOthers(
  settings: MeterSettings,
  received: LineActivity,
  options: ProbeOptions,
): Promise<Found | undefined> {
  const { signal, clock = systemClock, onTrial } = options;
  const startedAt = clock.now();
  for (const trial of trialsFor(settings, received)) {
    if (signal?.aborted === true || clock.now() - startedAt > TRIALS_LIMIT_MS) return undefined;
    onTrial?.(trial.changes);
    const found = await (trial.settings.protocol === 'mep' ? tryMep(trial, options) : tryOptical(trial, options));
    if (found) return found;
  }
  return undefined;
}

async function tryMep(trial: Trial, options: ProbeOptions): Promise<Found | undefined> {
  const security = trial.settings.security === 'tls' ? 'tls' : 'digest';
  try {
    const answered = await detectSecurity({ ...mepLine(trial.settings, options), security }, options.signal);
    if (!answered) return undefined;
    const others = trial.changes.filter(({ setting }) => setting !== 'security');
    return { proposals: [...others, ...securityProposal(trial, security, answered)] };
  } catch (error) {
    // Not every adapter knows every baud rate.
    if (isMeterError(error)) return undefined;
    throw error;
  }
}

/** The security that the port asks for, where it is not the one that was tried. */
function securityProposal({ changes }: Trial, tried: string, answered: string): SettingProposal[] {
  if (answered !== tried) return [{ setting: 'security', value: answered }];
  return changes.filter(({ setting }) => setting === 'security');
}

async function tryOptical({ changes, settings }: Trial, options: ProbeOptions): Promise<Found | undefined> {
  const report = await tryOnce(() => keylessMeter(settings, { ...options, retries: 1 }), options.signal);
  const { description, error, received } = report;
  // Fragments of noise may look like answers.
  if (received !== 'answers' || (error && isNoResponse(error))) return undefined;
  return { proposals: changes, ...(description && { description }) };
}

async function tryOnce(
  makeMeter: () => Meter,
  signal: AbortSignal | undefined,
  further: (meter: Meter, signal: AbortSignal | undefined) => Promise<void> = () => Promise.resolve(),
): Promise<ProbeReport> {
  const none = { proposals: [], alternatives: [] };
  let meter: Meter | undefined;
  try {
    meter = makeMeter();
    meter.open();
    const description = await identified(meter, signal);
    await further(meter, signal);
    const { answerLimit } = meter.status;
    const notices = noticesOf(meter);
    return { ok: true, received: 'answers', description, ...none, notices, ...(answerLimit && { answerLimit }) };
  } catch (error) {
    if (!isMeterError(error)) throw error;
    const notices = noticesOf(meter);
    return {
      ok: false,
      received: activityBefore(error, meter),
      error,
      ...none,
      proposals: proposalsFor(error),
      notices,
    };
  } finally {
    await meter?.close();
  }
}

/**
 * The identity of a meter. One that refuses every transmission of a packet as damaged receives others whole: a bridge that
 * removes bytes of flow control shows in a few more of them.
 */
async function identified(meter: Meter, signal: AbortSignal | undefined): Promise<MeterDescription> {
  for (let repetitions = 0; ; repetitions++) {
    try {
      return await meter.identify({ signal });
    } catch (error) {
      if (!isRefusedAsDamaged(error) || repetitions >= MAX_REPETITIONS) throw error;
    }
  }
}

function isRefusedAsDamaged(error: unknown): boolean {
  if (!isMeterError(error) || error.code !== 'optical-noise') return false;
  return error.raw !== undefined && error.raw.length > 0 && error.raw.every((byte) => byte === NAK);
}

/** Reads a table with long answers whole. Refusals of the table or the key are ignored: `identify` has succeeded before. */
async function readLongAnswer(meter: Meter, signal: AbortSignal | undefined): Promise<void> {
  try {
    await meter.readTable(LONG_TABLE, { signal });
  } catch (error) {
    const isFault =
      isMeterError(error) && (error instanceof TransportError || isNoResponse(error) || error.code === 'cancelled');
    if (!isMeterError(error) || isFault) throw error;
  }
}

/**
 * A port's refusal shows which security it is set to. It takes RC4 and digest alike, so that no answer can ask for the
 * one or the other. [MEP p.8-11]
 */
function proposalsFor({ code }: MeterError): SettingProposal[] {
  if (code === 'session-required') return [{ setting: 'security', value: 'tls' }];
  if (code === 'tls-not-offered') return [{ setting: 'security', value: 'digest' }];
  return [];
}

function keylessMeter(
  settings: MeterSettings,
  { clock, makeTransport, tracer, retries }: ProbeOptions & OpticalLinkParts,
): Meter {
  const parts: OpticalLinkParts = {
    access: 'without-key',
    clock,
    makeTransport,
    tracer,
    ...(retries !== undefined && { retries }),
  };
  return new Meter({ link: opticalLink(settings, parts), minIntervalMs: 0, ...(clock && { clock }) });
}

function noticesOf(meter: Meter | undefined): ProbeNotice[] {
  return meter && meter.counters.echoes > 0 ? ['echo'] : [];
}

function activityBefore(error: MeterError, meter: Meter | undefined): LineActivity {
  if (error.code === 'only-alerts') return 'alerts';
  if (isNoise(error)) return 'rubbish';
  if (isTlsError(error)) return 'answers';
  return error.status !== undefined || (meter && meter.counters.rejectedAnswers > 0) ? 'answers' : 'nothing';
}
