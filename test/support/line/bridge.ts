import type { Clock } from '../../../src/clock.js';
import { concatBytes } from '../../../src/bytes/hex.js';
import type { Transport, TransportEvents } from '../../../src/transport/transport.js';

/** How a network bridge changes the traffic between us and the meter. */
export interface BridgeBehaviour {
  /** Delay of each direction. */
  readonly latencyMs?: number;
  /** Length of a gap in each answer. */
  readonly gapMs?: number;
  /** Number of bytes before the gap; default 5, more than an acknowledgement or an alert has. */
  readonly gapAfter?: number;
  /** The bridge uses telnet: it sends options first, takes 255 for a command, and doubles it in answers. */
  readonly isTelnet?: boolean;
}

/** Bytes at shorter intervals belong to one answer. */
const SAME_ANSWER_MS = 50;
const TELNET = Uint8Array.of(255, 251, 3, 255, 251, 1, 255, 254, 1, 255, 253, 0);
const IAC = 255;

/** A transport through a network bridge that loses nothing and keeps the order. */
export function bridged(transport: Transport, clock: Clock, behaviour: BridgeBehaviour): Transport {
  const { latencyMs = 0, isTelnet = false } = behaviour;
  let isOpen = false;
  const later = (delayMs: number, work: () => void): void => {
    clock.after(delayMs, () => {
      if (isOpen) work();
    });
  };
  return {
    description: transport.description,
    ...(isTelnet && { isTelnet }),
    write: (bytes) => {
      const sent = isTelnet ? withoutCommands(bytes) : bytes.slice();
      later(latencyMs, () => {
        transport.write(sent).catch(() => undefined);
      });
      return Promise.resolve();
    },
    close: () => {
      isOpen = false;
      return transport.close();
    },
    open: async (events, signal) => {
      const data = downstream(events, clock, behaviour, later);
      const closed = events.closed.bind(events);
      await transport.open({ data, closed }, signal);
      isOpen = true;
      if (isTelnet)
        later(latencyMs, () => {
          events.data(TELNET.slice());
        });
    },
  };
}

function downstream(
  events: TransportEvents,
  clock: Clock,
  { latencyMs = 0, gapMs = 0, gapAfter = 5, isTelnet = false }: BridgeBehaviour,
  later: (delayMs: number, work: () => void) => void,
): (bytes: Uint8Array) => void {
  let freeAt = 0;
  let lastAt = Number.NEGATIVE_INFINITY;
  let ofAnswer = 0;
  const deliver = (bytes: Uint8Array, extraMs: number): void => {
    if (bytes.length === 0) return;
    freeAt = Math.max(clock.now() + latencyMs, freeAt) + extraMs;
    const sent = bytes.slice();
    later(freeAt - clock.now(), () => {
      events.data(sent);
    });
  };
  return (bytes) => {
    if (clock.now() - lastAt > SAME_ANSWER_MS) ofAnswer = 0;
    lastAt = clock.now();
    const at = gapAfter - ofAnswer;
    ofAnswer += bytes.length;
    const carried = isTelnet ? doubled(bytes) : bytes;
    if (gapMs === 0 || at <= 0 || at >= bytes.length) {
      deliver(carried, 0);
      return;
    }
    deliver(carried.subarray(0, at), 0);
    deliver(carried.subarray(at), gapMs);
  };
}

/** Bytes as a telnet receiver changes them: 255 and the byte after it are a command, or one 255. */
function withoutCommands(bytes: Uint8Array): Uint8Array {
  const left: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== IAC) left.push(bytes[at] as number);
    else if (bytes[++at] === IAC) left.push(IAC);
  }
  return Uint8Array.from(left);
}

function doubled(bytes: Uint8Array): Uint8Array {
  return concatBytes(...Array.from(bytes, (byte) => (byte === IAC ? Uint8Array.of(IAC, IAC) : Uint8Array.of(byte))));
}
