import type { Clock } from '../clock.js';
import type { WriteLedger } from '../meter/write-guard.js';
import { CONNECTION_LIMITS, isWithin } from '../limits.js';
import { simulatorTransport } from '../simulator/simulator-transport.js';
import { serialTransport, tcpTransport, type Transport } from '../transport/index.js';
import { ignoreEvents } from '../c1218/protocol-events.js';
import { unusableSetting, type MeterSettings } from './settings.js';
import type { TracedLink, Tracer } from './trace/tracer.js';

/** On the line: a start bit, eight of data, a stop bit. */
export const BITS_PER_BYTE = 10;
/** Delay that a bridge adds to the meter's response time, unless a longer one was measured. */
export const BRIDGE_DELAY_MS = 500;
/** The longest gap in an answer over Wi-Fi or a mobile network; bytes are lost on the cable only. */
export const BRIDGE_GAP_MS = 2_500;
/** The longest response timeout, for slow networks. */
export const BRIDGE_MAX_WAIT_MS = 12_000;
/** The default of a MEP port; and an optical port always begins with it. [MEP p.19; OPT p.13] */
export const DEFAULT_BAUD_RATE = CONNECTION_LIMITS.baudRate.fallback;

/** The parts of a meter that its settings do not give. */
export interface MeterParts {
  /** Default: the transport that the settings name. */
  readonly makeTransport?: ((settings: MeterSettings) => Transport) | undefined;
  /** @internal */
  readonly clock?: Clock | undefined;
  /**
   * Records the traffic on the line.
   * @internal
   */
  readonly tracer?: Tracer | undefined;
  /** Counts the writes to the meter's memory; default: for the life of the `Meter` object. */
  readonly writeLedger?: WriteLedger | undefined;
}

export type LinkParts = Omit<MeterParts, 'writeLedger'>;

/** The transport of a link, and the listener of its session: traced if there is a tracer. */
export function linkTransport(
  settings: MeterSettings,
  { makeTransport = createTransport, tracer }: LinkParts,
): TracedLink {
  const transport = makeTransport(settings);
  return tracer?.link(settings, transport) ?? { transport, listener: ignoreEvents };
}

/** @throws UsageError `bad-setting` */
export function baudRateOf(settings: MeterSettings): number {
  const baudRate = settings.baudRate ?? DEFAULT_BAUD_RATE;
  if (!isWithin(baudRate, CONNECTION_LIMITS.baudRate)) throw unusableSetting('baudRate', baudRate);
  return baudRate;
}

/**
 * The transport that the settings name; nothing is opened yet.
 * @throws UsageError `bad-setting` with the setting's name
 */
export function createTransport(settings: MeterSettings): Transport {
  switch (settings.transport) {
    case 'serial': {
      const path = settings.port?.trim() ?? '';
      if (path === '') throw unusableSetting('port', path);
      const { dtr = 'on', rts = 'on' } = settings;
      return serialTransport({ path, baudRate: baudRateOf(settings), dtr, rts });
    }
    case 'tcp': {
      const host = settings.host?.trim() ?? '';
      const port = settings.tcpPort ?? 0;
      if (host === '') throw unusableSetting('host', host);
      if (!isWithin(port, CONNECTION_LIMITS.tcpPort)) throw unusableSetting('tcpPort', port);
      return tcpTransport({ host, port });
    }
    case 'simulator':
      return simulatorTransport({
        profile: settings.profile ?? 'gen3',
        protocol: settings.protocol,
        wantsTls: settings.security === 'tls',
      });
    default:
      throw unusableSetting('transport', settings.transport);
  }
}
