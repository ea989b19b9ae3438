import { isFields, isSerialPort, type MeterSettings, TransportError, UsageError } from '../../src/internal.js';

/** Where to look for a meter. */
export type SearchPlace =
  | { readonly transport: 'serial'; readonly port: string }
  /** `tcpPort` undefined: the ports that serial servers usually have. */
  | { readonly transport: 'tcp'; readonly host: string; readonly tcpPort: number | undefined };

const MAX_TEXT = 500;
const MAX_PORT = 65_535;

/** The place of a request as it was sent; undefined where it is none. */
export function readSearchPlace(body: unknown): SearchPlace | undefined {
  if (!isFields(body)) return undefined;
  const { transport, port, host, tcpPort } = body;
  if (transport === 'serial' && isShortText(port)) return { transport, port };
  if (transport !== 'tcp' || !isShortText(host)) return undefined;
  if (tcpPort === undefined) return { transport, host, tcpPort };
  return isPortNumber(tcpPort) ? { transport, host, tcpPort } : undefined;
}

export function isPortNumber(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_PORT;
}

export function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= MAX_TEXT;
}

/** The settings with which a search begins: those of most meters. */
export function usualSettings(place: SearchPlace): MeterSettings {
  const common = { protocol: 'mep', security: 'digest', dtr: 'on', rts: 'on', baudRate: 9_600 } as const;
  if (place.transport === 'serial') return { ...common, transport: 'serial', port: place.port };
  const { host, tcpPort } = place;
  return { ...common, transport: 'tcp', host, ...(tcpPort !== undefined && { tcpPort }) };
}

/**
 * Only a path of a serial port is opened: opening anything else can do harm, and shows that it exists.
 * @throws TransportError `port-not-serial`; UsageError `bad-setting` for an empty path
 */
export async function checkSearchPlace(place: SearchPlace): Promise<void> {
  if (place.transport !== 'serial') return;
  if (place.port.trim() === '')
    throw new UsageError('bad-setting', 'No port was given', { values: { setting: 'port' } });
  if (await isSerialPort(place.port)) return;
  throw new TransportError('port-not-serial', 'This is not a serial port of this machine');
}
