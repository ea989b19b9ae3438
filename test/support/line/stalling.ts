import type { Clock } from '../../../src/clock.js';
import type { Random } from '../../../src/simulator/random.js';
import type { Transport } from '../../../src/transport/transport.js';

export interface Stalls {
  /** Share of pieces that are delayed, from 0 to 1. */
  readonly rate: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** A transport through a bridge in a weak network: nothing is lost and the order is kept, but some pieces are delayed. */
export function stalling(transport: Transport, clock: Clock, random: Random, stalls: Stalls): Transport {
  const lane = (deliver: (bytes: Uint8Array) => void): ((bytes: Uint8Array) => void) => {
    let freeAt = 0;
    return (bytes) => {
      const now = clock.now();
      freeAt = Math.max(freeAt, now);
      if (random.chance(stalls.rate)) freeAt += random.between(stalls.minMs, stalls.maxMs);
      const sent = bytes.slice();
      clock.after(freeAt - now, () => {
        deliver(sent);
      });
    };
  };
  const send = lane((bytes) => {
    // Bytes still in transit when the line is closed are lost.
    transport.write(bytes).catch(() => undefined);
  });
  return {
    description: transport.description,
    write: (bytes) => {
      send(bytes);
      return Promise.resolve();
    },
    close: () => transport.close(),
    open: (events, signal) => {
      const data = lane((bytes) => {
        events.data(bytes);
      });
      const closed = events.closed.bind(events);
      return transport.open({ data, closed }, signal);
    },
  };
}
