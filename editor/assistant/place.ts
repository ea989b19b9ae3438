/** What a user types for a host in the network: a name or an address, with or without a port. */

export interface HostAndPort {
  readonly host: string;
  /** undefined: none was typed. */
  readonly port: number | undefined;
}

/** What is wrong with a text, and what was probably meant. */
export interface HostFault {
  /** Key of the text below the field. */
  readonly fault: 'empty' | 'address-of-page' | 'port' | 'blank';
  /** A text that would be right. */
  readonly better?: string;
}

const MAX_PORT = 65_535;
const PAGE = /^[a-z][a-z0-9+.-]*:\/\//i;

/** Reads `192.168.1.20`, `meter.local:2000`, `[fe80::1]:2000` or `fe80::1`. */
export function readHost(text: string): HostAndPort | HostFault {
  const typed = text.trim();
  if (typed === '') return { fault: 'empty' };
  if (PAGE.test(typed) || typed.includes('/')) return { fault: 'address-of-page', better: withoutPage(typed) };
  if (/\s/.test(typed)) return { fault: 'blank', better: typed.replaceAll(/\s+/g, '') };
  if (/^[^[\]]*:[^[\]]*:/.test(typed)) return { host: typed, port: undefined };
  const [, inBrackets, plain, port] = /^(?:\[([^\]]+)\]|([^:]*))(?::(.*))?$/.exec(typed) ?? [];
  const host = inBrackets ?? plain;
  if (host === undefined) return { host: typed, port: undefined };
  if (host === '') return { fault: 'empty' };
  if (port === undefined) return { host, port: undefined };
  return isPort(port) ? { host, port: Number(port) } : { fault: 'port' };
}

export function isHostFault(read: HostAndPort | HostFault): read is HostFault {
  return 'fault' in read;
}

/** The same as it is typed. */
export function hostText({ host, port }: HostAndPort): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === undefined ? host : `${name}:${port}`;
}

function isPort(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_PORT;
}

/** `http://user@192.168.1.20:80/index.html` -> `192.168.1.20`: the port of a page is not that of a meter or a broker. */
function withoutPage(text: string): string {
  const place = text.replace(PAGE, '').replace(/\/.*$/, '').replace(/^.*@/, '');
  return /^mqtts?:/i.test(text) ? place : place.replace(/:\d*$/, '');
}
