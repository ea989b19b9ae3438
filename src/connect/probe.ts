import { isMeterError, type MeterError, SecurityError } from '../errors.js';
import type { MeterDescription } from '../meter/knowledge.js';
import { Meter } from '../meter/meter.js';
import { createMeter } from './create-meter.js';
import { opticalLink } from './optical-link.js';
import type { MeterSettings } from './settings.js';

/** What was heard on a line. */
export type Heard = 'nothing' | 'alerts' | 'rubbish' | 'answers';

/** A setting that would work better than the one that was tried. */
export interface SettingProposal {
  readonly setting: 'protocol' | 'security' | 'baudRate' | 'keyFormat' | 'dtr' | 'rts';
  readonly value: string | number;
}

/** What was noticed beside the result: `echo` is an optical head that sees its own light. */
export type ProbeNotice = 'echo';

/** What a test of the connection found. */
export interface ProbeReport {
  readonly ok: boolean;
  readonly heard: Heard;
  /** Also where only the key was wrong, and the meter tells who it is without one. */
  readonly description?: MeterDescription;
  readonly error?: MeterError;
  /** Empty where the settings are good, or nothing better is known. */
  readonly proposals: readonly SettingProposal[];
  readonly notices: readonly ProbeNotice[];
}

/**
 * Tries a connection once and says what was found, a cancelled signal included; everything is closed again afterwards.
 * The optical port tells who the meter is without a key: where the key is missing or wrong, it is asked that way, so that
 * a wrong key is told apart from a head that sees nothing. [OPT p.18-19]
 */
export async function probe(
  settings: MeterSettings,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ProbeReport> {
  const report = await tryOnce(() => createMeter({ ...settings, minIntervalMs: 0 }), options.signal);
  if (settings.protocol !== 'optical' || !(report.error instanceof SecurityError)) return report;
  const { heard, notices, description } = await tryOnce(() => keylessMeter(settings), options.signal);
  return { ...report, heard, notices, ...(description && { description }) };
}

async function tryOnce(makeMeter: () => Meter, signal: AbortSignal | undefined): Promise<ProbeReport> {
  let meter: Meter | undefined;
  try {
    meter = makeMeter();
    meter.open();
    const description = await meter.identify({ signal });
    return { ok: true, heard: 'answers', description, proposals: [], notices: noticesOf(meter) };
  } catch (error) {
    if (!isMeterError(error)) throw error;
    const proposals = proposalsFor(error);
    const notices = noticesOf(meter);
    return { ok: false, heard: heardBefore(error, meter), error, proposals, notices };
  } finally {
    await meter?.close();
  }
}

/** A port says by its refusal which security it is set to; RC4 and digest it takes alike. [MEP p.8-11] */
function proposalsFor({ code }: MeterError): SettingProposal[] {
  if (code === 'session-required') return [{ setting: 'security', value: 'tls' }];
  if (code === 'tls-not-offered') return [{ setting: 'security', value: 'digest' }];
  return [];
}

function keylessMeter(settings: MeterSettings): Meter {
  return new Meter({ link: opticalLink(settings, 'without-key'), minIntervalMs: 0 });
}

function noticesOf(meter: Meter | undefined): ProbeNotice[] {
  return meter && meter.counters.echoes > 0 ? ['echo'] : [];
}

function heardBefore(error: MeterError, meter: Meter | undefined): Heard {
  if (error.code === 'only-alerts') return 'alerts';
  if (error.code === 'unreadable-answer' || error.code === 'optical-noise') return 'rubbish';
  if (error.code.startsWith('tls-')) return 'answers';
  return error.status !== undefined || (meter && meter.counters.rejectedAnswers > 0) ? 'answers' : 'nothing';
}
