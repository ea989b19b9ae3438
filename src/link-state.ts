/**
 * How things stand with a meter, in the words that every floor and every user shares.
 *
 * `closed`: nobody uses the connection, or its settings cannot be; `connecting`: the port is being opened, or nothing was
 * asked yet; `online`: the last request was answered and verified; `stale`: online, but no table was read for too long;
 * `silent`: the port is open but the meter does not answer; `unreachable`: the port failed and is opened again after a
 * pause; `key-rejected`: nothing more is tried until a new start.
 */
export const LINK_STATES = [
  'online',
  'stale',
  'silent',
  'unreachable',
  'key-rejected',
  'connecting',
  'closed',
] as const;
export type LinkState = (typeof LINK_STATES)[number];

/** Those in which something is wrong and somebody should look. */
const TROUBLES: ReadonlySet<LinkState> = new Set<LinkState>(['stale', 'silent', 'unreachable', 'key-rejected']);

/** Whether a state is one in which something is wrong. */
export function isTrouble(state: LinkState): boolean {
  return TROUBLES.has(state);
}
