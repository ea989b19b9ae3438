import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** More than the programs of one household need. */
const MAX_CONNECTIONS = 50;
/** More than the programs of one machine need, so that one machine cannot take all connections. */
const MAX_CONNECTIONS_PER_ADDRESS = 16;

/** A connection in use. */
interface Place {
  readonly address: string;
  /** A request was answered on it: it may be closed, as its client may ask again on another one. */
  wasServed: boolean;
}

/**
 * Limits the connections of a server, in all and for each address. At the limit, the connection that has been idle longest
 * since its request was answered is closed; if no request was answered on any, the new connection is closed.
 */
export function limitPlaces(server: Server): void {
  const places = new Map<Socket, Place>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    if (!hasRoom(places, address)) {
      socket.destroy();
      return;
    }
    places.set(socket, { address, wasServed: false });
    socket.once('close', () => places.delete(socket));
  });
  server.on('request', (request, response) => {
    response.once('finish', () => {
      const place = places.get(request.socket);
      if (!place) return;
      place.wasServed = true;
      // The one that was idle for longest comes first.
      places.delete(request.socket);
      places.set(request.socket, place);
    });
  });
}

function hasRoom(places: Map<Socket, Place>, address: string): boolean {
  if (countOf(places, address) >= MAX_CONNECTIONS_PER_ADDRESS) return makeRoom(places, address);
  return places.size < MAX_CONNECTIONS || makeRoom(places, busiestOf(places));
}

function countOf(places: ReadonlyMap<Socket, Place>, address: string): number {
  return [...places.values()].filter((place) => place.address === address).length;
}

function busiestOf(places: ReadonlyMap<Socket, Place>): string {
  const served = [...places.values()].filter(({ wasServed }) => wasServed).map(({ address }) => address);
  const counts = new Map(served.map((address) => [address, countOf(places, address)]));
  return [...counts].reduce((most, next) => (next[1] > most[1] ? next : most), ['', 0])[0];
}

function makeRoom(places: Map<Socket, Place>, address: string): boolean {
  for (const [socket, place] of places) {
    if (place.address !== address || !place.wasServed) continue;
    places.delete(socket);
    socket.destroy();
    return true;
  }
  return false;
}
