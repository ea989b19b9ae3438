import { isMeterError, type MeterError } from '../errors.js';
import type { MeterDescription } from '../meter/knowledge.js';
import type { Meter } from '../meter/meter.js';
import { createMeter } from './create-meter.js';
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
  readonly description?: MeterDescription;
  readonly error?: MeterError;
  /** Empty where the settings are good, or nothing better is known. */
  readonly proposals: readonly SettingProposal[];
  readonly notices: readonly ProbeNotice[];
}

/**
 * Tries a connection once and says what was found, a cancelled signal included; everything is closed again afterwards.
 */
export async function probe(
  settings: MeterSettings,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ProbeReport> {
  let meter: Meter | undefined;
  try {
    meter = createMeter({ ...settings, minIntervalMs: 0 });
    meter.open();
    const description = await meter.identify({ signal: options.signal });
    return { ok: true, heard: 'answers', description, proposals: [], notices: [] };
  } catch (error) {
    if (!isMeterError(error)) throw error;
    return { ok: false, heard: heardBefore(error, meter), error, proposals: proposalsFor(error), notices: [] };
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

function heardBefore(error: MeterError, meter: Meter | undefined): Heard {
  if (error.code === 'only-alerts') return 'alerts';
  if (error.code === 'unreadable-answer') return 'rubbish';
  if (error.code.startsWith('tls-')) return 'answers';
  return error.status !== undefined || (meter && meter.counters.rejectedAnswers > 0) ? 'answers' : 'nothing';
}
