import { isIP, isIPv6 } from 'node:net';
import { hostname } from 'node:os';

/**
 * Endings of names that only a network at home gives out: a page from elsewhere cannot have one. Names without a dot are of
 * that kind, too.
 */
const LOCAL_ENDINGS = [
  'localhost',
  'local',
  'lan',
  'home',
  'home.arpa',
  'internal',
  'intranet',
  'localdomain',
  'private',
  'fritz.box',
] as const;

/** What of a request says where it comes from. */
export interface RequestOrigin {
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

/**
 * Why a request is refused: `host`: it was sent to a name that is not this machine's, as by a page whose own name leads here
 * (DNS rebinding); `origin`: a page of another machine sent it. Programs without a browser send no origin.
 * @param names further names of this machine
 */
export function foreignPart(request: RequestOrigin, names: readonly string[]): 'host' | 'origin' | undefined {
  const host = nameIn(request.host ?? '');
  if (host === undefined || !isOwnName(host, [hostname(), ...names])) return 'host';
  if (request.origin === undefined) return undefined;
  const origin = /^https?:\/\/([^/]+)$/i.exec(request.origin)?.[1];
  return origin !== undefined && host !== '' && nameIn(origin) === host ? undefined : 'origin';
}

function isOwnName(name: string, names: readonly string[]): boolean {
  // A browser always names a host, and an address cannot be led elsewhere.
  if (name === '' || isIP(name) !== 0 || !name.includes('.')) return true;
  if (names.some((own) => nameIn(own.trim()) === name)) return true;
  return LOCAL_ENDINGS.some((ending) => name === ending || name.endsWith(`.${ending}`));
}

/** The name or address of a host without its port, in one spelling; undefined where there is none. */
function nameIn(host: string): string | undefined {
  const [, address, name] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::\d*)?$/.exec(host) ?? [];
  if (address !== undefined) return isIPv6(address.replace(/%.*$/, '')) ? address.toLowerCase() : undefined;
  return name?.toLowerCase().replace(/\.$/, '');
}
