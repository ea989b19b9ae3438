import { randomUUID } from 'node:crypto';
import { fieldsOf } from '../../src/internal.js';

interface Place {
  readonly where: string;
  readonly token: string;
}

/** By id of the mep-config node: where its meter is, and the token that its messages carry. */
const places = new Map<string, Place>();
const ids = new Map<string, string>();
const listeners = new Set<(token: string) => void>();

/**
 * Notes where the meter of a connection is. Another place means another meter: all that is known of the former one ends.
 * @param id of the mep-config node
 * @param where anything that changes with the place
 */
export function placeConnection(id: string, where: string): void {
  const before = places.get(id);
  if (before?.where === where) return;
  endConnection(id);
  const token = randomUUID().slice(0, 13);
  places.set(id, { where, token });
  ids.set(token, id);
}

/** Another meter answers at the same place. */
export function renewConnection(id: string): void {
  const where = places.get(id)?.where;
  endConnection(id);
  if (where !== undefined) placeConnection(id, where);
}

/** The connection is gone, or leads elsewhere from now on. */
export function endConnection(id: string): void {
  const place = places.get(id);
  if (place === undefined) return;
  places.delete(id);
  ids.delete(place.token);
  for (const listener of [...listeners]) listener(place.token);
}

/** The value of `msg.meter.connection` in the messages of a connection. */
export function tokenOf(id: string): string | undefined {
  return places.get(id)?.token;
}

/** The id of the connection of a token; undefined for one of another process, or of a former place. */
export function connectionId(token: string | undefined): string | undefined {
  return token === undefined ? undefined : ids.get(token);
}

/**
 * The token of the connection that a message came from. One connection reads one meter at a time, but only this process is
 * known to mean the same connection by the same token.
 * @param meter `msg.meter`
 */
export function tokenIn(meter: unknown): string | undefined {
  const { connection } = fieldsOf(meter);
  return typeof connection === 'string' && ids.has(connection) ? connection : undefined;
}

/**
 * Calls back with the token of each connection that ends or leads elsewhere.
 * @returns a function that stops it
 */
export function onConnectionEnd(listener: (token: string) => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
