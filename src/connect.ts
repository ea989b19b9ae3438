/** Puts a meter together from what a user set: the only place that knows all transports, protocols and securities. */
import { type KeyFormat, KEY_FORMATS, parseAccessKey } from './bytes/access-key.js';
import { isMeterError, type MeterError, UsageError } from './errors.js';
import { digestSecurity } from './mep/security.js';
import { MepSession } from './mep/session.js';
import { MAX_MESSAGE_BYTES } from './mep/message.js';
import { type MeterDescription } from './meter/knowledge.js';
import { Meter } from './meter/meter.js';
import { DEMO_KEY } from './simulator/simulated-meter.js';
import { simulatorTransport } from './simulator/simulator-transport.js';
import { type LineSetting, serialTransport, tcpTransport, type Transport } from './transport/index.js';

export type SimulatorProfile = 'gen2' | 'gen3' | 'gen4';

/** Everything that can be set about a connection. Only what the chosen transport needs has to be right. */
export interface MeterSettings {
  readonly protocol: 'mep';
  readonly transport: 'serial' | 'tcp' | 'simulator';
  /** Path of the serial port; a /dev/serial/by-id link survives replugging. */
  readonly port?: string;
  readonly baudRate?: number;
  readonly dtr?: LineSetting;
  readonly rts?: LineSetting;
  readonly host?: string;
  readonly tcpPort?: number;
  readonly security: 'digest';
  readonly keyFormat?: KeyFormat;
  /** MBK, as the grid company gave it. */
  readonly key?: string;
  /** MAK; used where no MBK was given. */
  readonly advancedKey?: string;
  /** From one table read to the next, in ms; default 1000. */
  readonly minIntervalMs?: number;
  readonly profile?: SimulatorProfile;
}

/** What was heard on a line. */
export type Heard = 'nothing' | 'alerts' | 'rubbish' | 'answers';

/** What a test of the connection found. */
export interface ProbeReport {
  readonly ok: boolean;
  readonly heard: Heard;
  readonly description?: MeterDescription;
  readonly error?: MeterError;
}

/** What a bridge adds to the 500 ms that a meter may take. */
const BRIDGE_DELAY_MS = 500;
const BRIDGE_GAP_MS = 300;
const BITS_PER_BYTE = 10;
const DEFAULT_BAUD_RATE = 9_600;
/** The meter's own pauses within an answer, and room for the adapter's. [MEP p.21] */
const PAUSES_IN_ANSWER_MS = 500;

/**
 * A meter as the settings say; nothing is opened yet.
 * @throws SecurityError `key-missing`, `key-format`, `key-length`; UsageError `bad-setting` with the setting's name.
 */
export function createMeter(settings: MeterSettings): Meter {
  if ((settings.protocol as string) !== 'mep') throw badSetting('protocol', settings.protocol);
  if ((settings.security as string) !== 'digest') throw badSetting('security', settings.security);
  const baudRate = settings.baudRate ?? DEFAULT_BAUD_RATE;
  if (!Number.isInteger(baudRate) || baudRate < 300 || baudRate > 115_200) throw badSetting('baudRate', baudRate);
  const minIntervalMs = settings.minIntervalMs ?? 1_000;
  if (!Number.isFinite(minIntervalMs) || minIntervalMs < 0) throw badSetting('minInterval', minIntervalMs);
  const isBridge = settings.transport === 'tcp';
  const link = new MepSession({
    transport: createTransport(settings, baudRate),
    security: digestSecurity(keyOf(settings)),
    longestAnswerMs: (MAX_MESSAGE_BYTES * BITS_PER_BYTE * 1_000) / baudRate + PAUSES_IN_ANSWER_MS,
    ...(isBridge && { answerTimeoutMs: 500 + BRIDGE_DELAY_MS, maxGapMs: BRIDGE_GAP_MS }),
  });
  return new Meter({ link, minIntervalMs });
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
    return { ok: true, heard: 'answers', description };
  } catch (error) {
    if (!isMeterError(error)) throw error;
    return { ok: false, heard: heardBefore(error, meter), error };
  } finally {
    await meter?.close();
  }
}

function heardBefore(error: MeterError, meter: Meter | undefined): Heard {
  if (error.code === 'only-alerts') return 'alerts';
  if (error.code === 'unreadable-answer') return 'rubbish';
  return error.status !== undefined || (meter && meter.counters.rejectedAnswers > 0) ? 'answers' : 'nothing';
}

function createTransport(settings: MeterSettings, baudRate: number): Transport {
  switch (settings.transport) {
    case 'serial': {
      const path = settings.port?.trim() ?? '';
      if (path === '') throw badSetting('port', path);
      return serialTransport({ path, baudRate, dtr: settings.dtr ?? 'on', rts: settings.rts ?? 'on' });
    }
    case 'tcp': {
      const host = settings.host?.trim() ?? '';
      const port = settings.tcpPort ?? 0;
      if (host === '') throw badSetting('host', host);
      if (!Number.isInteger(port) || port < 1 || port > 65_535) throw badSetting('tcpPort', port);
      return tcpTransport({ host, port });
    }
    case 'simulator':
      return simulatorTransport({ profile: settings.profile ?? 'gen3' });
    default:
      throw badSetting('transport', settings.transport);
  }
}

/** MBK if there is one: reading needs no more. The simulated meter's own key is no secret. */
function keyOf(settings: MeterSettings): Uint8Array {
  const format = settings.keyFormat ?? 'auto';
  if (!KEY_FORMATS.includes(format)) throw badSetting('keyFormat', format);
  const given = [settings.key, settings.advancedKey].find((key) => key !== undefined && key.trim() !== '');
  if (given === undefined && settings.transport === 'simulator') return parseAccessKey(DEMO_KEY, 'ascii');
  return parseAccessKey(given ?? '', format);
}

function badSetting(setting: string, value: string | number): UsageError {
  return new UsageError('bad-setting', `The setting ${setting} cannot be ${JSON.stringify(value)}`, {
    values: { setting, value },
  });
}
