/**
 * The states of a meter's connection, with the same names in all modules and messages.
 *
 * `closed`: the connection is not in use, or its settings are invalid; `connecting`: the port is being opened, or no
 * request was made yet; `online`: the last request was answered and verified; `stale`: online, but no table was read
 * for too long; `silent`: the port is open but the meter does not answer; `unreachable`: the port failed and is opened
 * again after a pause; `line-taken`: that failed repeatedly because another program uses the port; `key-rejected`: the
 * key is not used until the next start, or only at long intervals.
 * @inline
 */
export type LinkState =
  'online' | 'stale' | 'silent' | 'unreachable' | 'line-taken' | 'key-rejected' | 'connecting' | 'closed';
export const LINK_STATES = [
  'online',
  'stale',
  'silent',
  'unreachable',
  'line-taken',
  'key-rejected',
  'connecting',
  'closed',
] as const satisfies readonly LinkState[];

/** The states that need a user's attention. */
const TROUBLES: ReadonlySet<LinkState> = new Set<LinkState>([
  'stale',
  'silent',
  'unreachable',
  'line-taken',
  'key-rejected',
]);

/** Whether a state needs a user's attention. */
export function isTrouble(state: LinkState): boolean {
  return TROUBLES.has(state);
}
