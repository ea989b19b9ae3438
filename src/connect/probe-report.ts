import type { Shortfall } from '../c1218/shortfall.js';
import type { MeterError } from '../errors.js';
import type { MeterDescription } from '../meter/dimension-cache.js';

/**
 * What was received from the port: nothing, alerts, noise, or answers of a meter.
 * @inline
 */
export type LineActivity = 'nothing' | 'alerts' | 'rubbish' | 'answers';

/** A setting to use in place of the one that was tried. */
export interface SettingProposal {
  readonly setting: 'protocol' | 'security' | 'baudRate' | 'keyFormat' | 'dtr' | 'rts';
  readonly value: string | number;
}

/**
 * A finding beside the result; the user interface has a text for each.
 *
 * `echo`: the optical head receives its own light; `bridge`: the baud rate is that of the network bridge, which cannot be
 * changed from here; `other-key`: the proposed port has keys of its own; `key-characters`: the rejected key was taken as
 * characters, of which some are easily misread or in the wrong case; `key-digits`: the rejected key was taken as hex digits;
 * `key-advanced`: the rejected key was used as the MBK, and over TLS a MAK has to be named as one [MEP p.18-19].
 */
export type ProbeNotice = 'echo' | 'bridge' | 'other-key' | 'key-characters' | 'key-digits' | 'key-advanced';
export const PROBE_NOTICES = [
  'echo',
  'bridge',
  'other-key',
  'key-characters',
  'key-digits',
  'key-advanced',
] as const satisfies readonly ProbeNotice[];

/** The result of a test of the connection. */
export interface ProbeReport {
  readonly ok: boolean;
  readonly received: LineActivity;
  /**
   * The meter's identity. Also present where only the key was wrong, or the meter answered with the proposed settings, if
   * the port gives it without a key.
   */
  readonly description?: MeterDescription;
  readonly error?: MeterError;
  /**
   * What the meter's display shows as well, to compare: W and kWh by the keys of a reading. Present in a successful test
   * that was asked for them, without those that the meter does not measure.
   */
  readonly displayed?: Readonly<Record<string, number>>;
  /** Settings to which a meter responded, or that fit the key. Empty if the settings are good, or nothing is known. */
  readonly proposals: readonly SettingProposal[];
  /** Settings that may be right instead of refused ones. They were not tried: refusals can lock a port. */
  readonly alternatives: readonly SettingProposal[];
  readonly notices: readonly ProbeNotice[];
  /** Set if a bridge cuts long answers: tables are then read in pieces of at most this size. */
  readonly answerLimit?: Shortfall;
}
