import assert from 'node:assert/strict';
import { isMeterError } from '../../../src/errors.js';
import { ACK, encodePacket, NAK } from '../../../src/optical/packet.js';
import { opticalStage } from '../../support/meter/optical-script.js';

const MAX_MS = 60_000;

type Peer = (send: (...parts: Uint8Array[]) => void, round: number) => void;

const packet = (toggle: boolean, sequence: number, isFirst: boolean): Uint8Array =>
  encodePacket({ isMultiPacket: true, isFirst, toggle, sequence, data: Uint8Array.of(0) });
const single = (toggle: boolean, ...data: number[]): Uint8Array =>
  encodePacket({ isMultiPacket: false, isFirst: false, toggle, sequence: 0, data: Uint8Array.from(data) });

/** Endless inputs, and how often each is repeated. */
const PEERS: readonly (readonly [string, number, Peer])[] = [
  [
    'acknowledgements',
    50,
    (send) => {
      send(Uint8Array.of(ACK));
    },
  ],
  [
    'refusals',
    50,
    (send) => {
      send(Uint8Array.of(NAK));
    },
  ],
  [
    'noise',
    50,
    (send, round) => {
      send(Uint8Array.of(0x55 + (round % 3), 0xaa));
    },
  ],
  [
    'one byte of a packet',
    400,
    (send, round) => {
      send(Uint8Array.of([0xee, 0, 0, 0, 0, 30, 1][round % 7]!));
    },
  ],
  [
    'starts of packets',
    30,
    (send) => {
      send(Uint8Array.of(ACK, 0xee, 0, 0, 0, 0, 60, 1));
    },
  ],
  [
    'the same packet',
    60,
    (send) => {
      send(Uint8Array.of(ACK), single(true, 0));
    },
  ],
  [
    'packets that alternate',
    60,
    (send, round) => {
      send(Uint8Array.of(ACK), single(round % 2 === 0, 0));
    },
  ],
  [
    'first packets',
    60,
    (send, round) => {
      send(Uint8Array.of(ACK), packet(round % 2 === 0, 9, true));
    },
  ],
  [
    'further packets',
    60,
    (send, round) => {
      send(Uint8Array.of(ACK), packet(round % 2 === 0, (254 - round) & 0xff, round % 255 === 0));
    },
  ],
  [
    'busy codes',
    100,
    (send, round) => {
      send(Uint8Array.of(ACK), single(round % 2 === 0, 6));
    },
  ],
  [
    'not-ready codes',
    100,
    (send, round) => {
      send(Uint8Array.of(ACK), single(round % 2 === 0, 7));
    },
  ],
];

describe('An optical port', () => {
  for (const [what, everyMs, send] of PEERS) {
    it(`that sends ${what} without end leads to an error in time`, async () => {
      const stage = await opticalStage();
      const { clock, meter, session } = stage;
      meter.transport.reply = () => undefined;
      let round = 0;
      let isOver = false;
      const goOn = (): void => {
        if (isOver) return;
        send((...parts) => {
          meter.transport.send(...parts);
        }, round++);
        clock.after(everyMs, goOn);
      };
      goOn();
      const begun = clock.now();
      const error: unknown = await clock.run(
        session.read(28, 0, 4).catch((reason: unknown) => reason),
        10 * MAX_MS,
      );
      isOver = true;
      assert.ok(isMeterError(error), String(error));
      const tookMs = clock.now() - begun;
      assert.ok(tookMs <= MAX_MS, `${error.code} after ${tookMs} ms`);
    });
  }
});
