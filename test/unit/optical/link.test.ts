import assert from 'node:assert/strict';
import { concatBytes, toHex } from '../../../src/bytes/hex.js';
import { encodeReadAnswer } from '../../../src/optical/answers.js';
import { packetsOf } from '../../../src/optical/message.js';
import { encodePacket } from '../../../src/optical/packet.js';
import type { OpticalRequest } from '../../../src/optical/requests.js';
import { rejectsWith } from '../../support/assert-error.js';
import { hex } from '../../support/fixtures/exchanges.js';
import {
  ACKNOWLEDGED,
  DONE,
  listenerOf,
  opticalStage,
  type OpticalStage,
  REFUSED,
} from '../../support/meter/optical-script.js';

const DATA = Uint8Array.of(1, 2, 3, 4);
const OTHER_DATA = Uint8Array.of(9, 9, 9, 9);
const MEP_ANSWER = hex('00 0F 00 00 04 11 06 15 EE 01 02 03 04 05 06 07 08');

const read = ({ clock, session }: OpticalStage, count = 4): Promise<Uint8Array> =>
  clock.run(session.read(28, 0, count));
const isRead = ({ service }: OpticalRequest): boolean => service === 'partial-read';
const reads = ({ meter }: OpticalStage): number => meter.requests.filter(isRead).length;
const sessions = ({ meter }: OpticalStage): number =>
  meter.services.filter((service) => service === 'identification').length;

/** Answers reads with `play`; `nth` counts them from 1. */
function onRead({ meter }: OpticalStage, play: (nth: number, send: (...parts: Uint8Array[]) => void) => boolean): void {
  let nth = 0;
  meter.onPacket = (request) =>
    isRead(request) &&
    play(++nth, (...parts) => {
      meter.transport.send(...parts);
    });
}

const spoilt = (packet: Uint8Array): Uint8Array => {
  const bytes = packet.slice();
  bytes[bytes.length - 4]! ^= 0x10;
  return bytes;
};

describe('Optical link: packets that get lost', () => {
  it('repeats a packet after NAK, and soon after no response when it is the first', async () => {
    for (const [reply, atLeast, atMost] of [
      [REFUSED, 100, 300],
      [new Uint8Array(0), 500, 800],
    ] as const) {
      const stage = await opticalStage();
      stage.meter.onPacket = () => {
        if (stage.meter.requests.length > 1) return false;
        if (reply.length > 0) stage.meter.transport.send(reply);
        return true;
      };
      assert.deepEqual(await read(stage), DATA);
      const [first, second] = stage.meter.transport.written;
      assert.equal(toHex(second!), toHex(first!));
      const took = stage.clock.now() - 9 * 2;
      assert.ok(took >= atLeast && took <= atMost, `${took} ms`);
    }
  });

  it('leaves a head more time once it has missed a packet', async () => {
    const stage = await opticalStage();
    const sendingsIn = async (): Promise<number> => {
      const before = stage.clock.now();
      await read(stage);
      return stage.clock.now() - before;
    };
    const quick = await sendingsIn();
    let missed = 0;
    stage.meter.onPacket = (request) => isRead(request) && missed++ === 0;
    await read(stage);
    assert.equal(missed, 2);
    const gentle = await sendingsIn();
    assert.ok(gentle >= quick + 18 && gentle <= quick + 80, `${quick} ms, then ${gentle} ms`);
  });

  it('sends four times in all, then reports no response', async () => {
    const stage = await opticalStage();
    const times: number[] = [];
    stage.meter.onPacket = () => {
      times.push(stage.clock.now());
      return true;
    };
    const error = await rejectsWith(read(stage), 'optical-silence');
    assert.equal(error.status, undefined);
    assert.deepEqual(times.slice(0, 4), [0, 600, 2_700, 4_800]);
    assert.equal(stage.session.counters.timeouts, 4);
    assert.equal(stage.session.counters.retries, 3);
  });

  it('reports that light makes no sense when it does not', async () => {
    const stage = await opticalStage();
    stage.meter.onPacket = () => {
      stage.meter.transport.send(hex('FF 00 55 AA'));
      return true;
    };
    const error = await rejectsWith(read(stage), 'optical-noise');
    assert.equal(toHex(error.raw!.subarray(0, 4)), 'FF 00 55 AA');
  });

  it('asks with NAK for an answer that came garbled, once the line is quiet', async () => {
    const stage = await opticalStage();
    let packet = new Uint8Array(0);
    let isSpoilt = true;
    const { meter } = stage;
    const send = meter.transport.reply;
    meter.transport.reply = (bytes, port) => {
      if (toHex(bytes) === '15') port.send(packet);
      else send(bytes, port);
    };
    onRead(stage, (_nth, reply) => {
      [packet] = meter.packets(encodeReadAnswer(DATA)) as [Uint8Array<ArrayBuffer>];
      reply(ACKNOWLEDGED, isSpoilt ? spoilt(packet) : packet);
      isSpoilt = false;
      return true;
    });
    assert.deepEqual(await read(stage), DATA);
    assert.equal(meter.transport.written.filter((bytes) => toHex(bytes) === '15').length, 1);
    assert.equal(stage.session.counters.rejectedAnswers, 1);
    assert.equal(reads(stage), 1);
  });

  it('gives a packet 500 ms from one byte to the next, and its end as long as it comes', async () => {
    const stage = await opticalStage();
    onRead(stage, (_nth, send) => {
      const [packet] = stage.meter.packets(encodeReadAnswer(DATA));
      send(ACKNOWLEDGED);
      packet!.forEach((byte, index) =>
        stage.clock.after(4_900 + index * 60, () => {
          send(Uint8Array.of(byte));
        }),
      );
      return true;
    });
    assert.deepEqual(await read(stage), DATA);
    assert.equal(stage.session.counters.retries, 0);
  });

  it('takes a meter that refuses every packet for one that sees us badly', async () => {
    const stage = await opticalStage();
    stage.meter.onPacket = () => {
      stage.meter.transport.send(REFUSED);
      return true;
    };
    await rejectsWith(read(stage), 'optical-noise');
  });

  it('does not take true answers for noise when others never come', async () => {
    const stage = await opticalStage();
    onRead(stage, () => true);
    await rejectsWith(read(stage), 'optical-silence');
  });

  it('begins a new session when an acknowledged request is never answered', async () => {
    const stage = await opticalStage();
    onRead(stage, (nth, send) => {
      if (nth === 1) send(ACKNOWLEDGED);
      return nth === 1;
    });
    assert.deepEqual(await read(stage), DATA);
    assert.equal(sessions(stage), 2);
  });
});

describe('Optical link: packets that are not what they seem', () => {
  it('uses a repeated packet once, and acknowledges it each time', async () => {
    const stage = await opticalStage();
    onRead(stage, (nth, send) => {
      const [packet] = stage.meter.packets(encodeReadAnswer(nth === 1 ? DATA : OTHER_DATA));
      send(ACKNOWLEDGED, packet!, packet!);
      return true;
    });
    assert.deepEqual(await read(stage), DATA);
    assert.deepEqual(await read(stage), OTHER_DATA);
    await stage.clock.advance(5_000);
    assert.equal(sessions(stage), 1);
    assert.equal(stage.meter.singles.length, stage.meter.requests.length + 2);
  });

  it('never takes the answer to an earlier request for that to this one', async () => {
    const stage = await opticalStage();
    let late: Uint8Array | undefined;
    onRead(stage, (nth, send) => {
      if (nth === 1) {
        // Acknowledged, but answered only after the next request.
        [late] = stage.meter.packets(encodeReadAnswer(OTHER_DATA));
        send(ACKNOWLEDGED);
      } else if (nth === 2) {
        send(late!, ACKNOWLEDGED, ...stage.meter.packets(encodeReadAnswer(DATA)));
      }
      return nth < 3;
    });
    const first = stage.session.read(28, 0, 4);
    assert.deepEqual(await stage.clock.run(first), DATA);
    assert.deepEqual(await read(stage), DATA);
  });

  it('trusts no response with an unchanged toggle, and starts again', async () => {
    const stage = await opticalStage();
    onRead(stage, (nth, send) => {
      if (nth !== 2) return false;
      const [packet] = stage.meter.packets(encodeReadAnswer(OTHER_DATA));
      packet![2]! ^= 0x20;
      const isToggled = packet![2] === 0x20;
      const data = packet!.slice(6, -2);
      const sealed = { isMultiPacket: false, isFirst: false, toggle: isToggled, sequence: 0, data };
      send(ACKNOWLEDGED, encodePacket(sealed));
      return true;
    });
    assert.deepEqual(await read(stage), DATA);
    assert.deepEqual(await read(stage), DATA);
    assert.equal(sessions(stage), 2);
  });

  it('reads from a meter that never toggles', async () => {
    const stage = await opticalStage();
    stage.meter.toggles = false;
    assert.deepEqual(await read(stage), DATA);
    assert.deepEqual(await read(stage), DATA);
    assert.equal(sessions(stage), 1);
  });

  it('accepts a message with the toggle of the request in all its packets', async () => {
    const stage = await opticalStage();
    const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
    stage.meter.onPacket = (request, { toggle }) => {
      const { transport, granted } = stage.meter;
      const answer = stage.meter.usualAnswer(request) ?? encodeReadAnswer(bytes);
      const packets = packetsOf(answer, granted.packetSize, granted.packetCount, toggle)!;
      transport.send(ACKNOWLEDGED, ...packets.map((packet) => encodePacket({ ...packet, toggle })));
      return true;
    };
    assert.deepEqual(await read(stage, 100), bytes);
    assert.equal(sessions(stage), 1);
  });

  it('refuses responses with packets out of order', async () => {
    for (const order of [[1, 0], [0, 0], [0, 2], [1]] as const) {
      const stage = await opticalStage();
      stage.meter.granted = { packetSize: 32, packetCount: 3, baudRate: 9_600 };
      const bytes = Uint8Array.from({ length: 60 }, (_, index) => index);
      onRead(stage, (nth, send) => {
        const packets = stage.meter.packets(encodeReadAnswer(bytes));
        send(ACKNOWLEDGED, ...(nth === 1 ? order.map((index) => packets[index]!) : packets));
        return true;
      });
      assert.deepEqual(await stage.clock.run(stage.session.read(28, 0, 60)), bytes);
      assert.equal(sessions(stage), 2, order.join());
    }
  });

  it('drops a short answer to an earlier session before its own identification', async () => {
    const stage = await opticalStage();
    const { meter } = stage;
    meter.onPacket = ({ service }) => {
      if (service === 'identification') meter.transport.send(ACKNOWLEDGED, ...meter.packets(DONE));
      return false;
    };
    assert.deepEqual(await read(stage), DATA);
    assert.equal(sessions(stage), 1);
  });

  it('acknowledges an old packet before its own acknowledgement, and uses the new one', async () => {
    const stage = await opticalStage();
    let last = new Uint8Array(0);
    onRead(stage, (nth, send) => {
      const [packet] = stage.meter.packets(encodeReadAnswer(nth === 1 ? OTHER_DATA : DATA));
      send(last, ACKNOWLEDGED, packet!);
      last = Uint8Array.from(packet!);
      return true;
    });
    assert.deepEqual(await read(stage), OTHER_DATA);
    assert.deepEqual(await read(stage), DATA);
    assert.equal(sessions(stage), 1);
  });

  it('skips what a meter sends to its MEP client through the same diode', async () => {
    const stage = await opticalStage();
    const { meter, clock } = stage;
    const send = meter.transport.send.bind(meter.transport);
    meter.transport.send = (...parts) => {
      send(MEP_ANSWER, ...parts);
      clock.after(5, () => {
        send(MEP_ANSWER);
      });
    };
    assert.deepEqual(await read(stage), DATA);
    assert.deepEqual(await read(stage), DATA);
    assert.ok(stage.session.counters.discardedBytes > 0);
  });
});

describe('Optical link: a head that sees its own light', () => {
  /** Every sent byte is echoed before the meter's answer. */
  function reflect({ meter }: OpticalStage, isOn: () => boolean = () => true): void {
    const reply = meter.transport.reply;
    meter.transport.reply = (bytes, port) => {
      if (isOn()) port.send(bytes);
      reply(bytes, port);
    };
  }

  it('works all the same, and counts it', async () => {
    const stage = await opticalStage();
    reflect(stage);
    for (let poll = 0; poll < 5; poll++) {
      assert.deepEqual(await read(stage), DATA);
      await stage.clock.advance(7_000);
    }
    const { retries, timeouts, echoes } = stage.session.counters;
    assert.deepEqual({ retries, timeouts }, { retries: 0, timeouts: 0 });
    assert.equal(echoes, stage.meter.requests.length);
  });

  it('goes on when the reflection ends, and when it begins', async () => {
    const stage = await opticalStage();
    let isOn = true;
    reflect(stage, () => isOn);
    for (let poll = 0; poll < 6; poll++) {
      isOn = poll % 2 === 0;
      assert.deepEqual(await read(stage), DATA);
      await stage.clock.advance(500);
    }
  });

  it('reports that only its own echo comes back', async () => {
    const stage = await opticalStage();
    reflect(stage);
    stage.meter.onPacket = () => true;
    const error = await rejectsWith(read(stage), 'optical-silence');
    assert.match(error.message, /own light/);
  });

  it('is distinguished from a meter that garbles', async () => {
    const stage = await opticalStage();
    stage.meter.transport.reply = (bytes, port) => {
      port.send(spoilt(concatBytes(bytes, Uint8Array.of(0, 0))));
    };
    await rejectsWith(read(stage), 'optical-noise');
  });
});

describe('Optical session: its end', () => {
  const terminated = ({ meter }: OpticalStage): boolean => meter.services.at(-1) === 'terminate';

  it('terminates the session when a request is cancelled, without delaying the caller', async () => {
    const stage = await opticalStage();
    const { clock, session, meter } = stage;
    meter.answer = () => undefined;
    const controller = new AbortController();
    const cancelled = session.read(28, 0, 4, { signal: controller.signal });
    cancelled.catch(() => undefined);
    await clock.advance(500);
    const at = clock.now();
    controller.abort();
    await rejectsWith(cancelled, 'cancelled');
    assert.equal(clock.now(), at);
    await clock.advance(2_000);
    assert.ok(terminated(stage));
    meter.answer = () => encodeReadAnswer(DATA);
    assert.deepEqual(await read(stage), DATA);
    await rejectsWith(session.read(28, 0, 4, { signal: controller.signal }), 'cancelled');
  });

  it('terminates the session on close, in the middle of a response too', async () => {
    const stage = await opticalStage();
    const { clock, session, meter } = stage;
    await read(stage);
    await clock.run(session.close());
    assert.ok(terminated(stage));
    assert.equal(meter.transport.isOpen, false);

    await session.open(listenerOf(stage));
    meter.answer = () => undefined;
    const broken = session.read(28, 0, 4);
    const queued = session.read(28, 0, 4);
    for (const promise of [broken, queued]) promise.catch(() => undefined);
    await clock.advance(500);
    await clock.run(session.close());
    await rejectsWith(broken, 'connection-closed');
    await rejectsWith(queued, 'connection-closed');
    await rejectsWith(session.read(28, 0, 4), 'connection-closed');
    assert.ok(terminated(stage));
    assert.equal(clock.pendingTimers, 0);
  });

  it('terminates the session on close, in the middle of its own termination too', async () => {
    const stage = await opticalStage();
    await read(stage);
    let isHeld = true;
    stage.meter.onPacket = ({ service }) => service === 'logoff' && isHeld;
    await stage.clock.advance(1_600);
    isHeld = false;
    await stage.clock.run(stage.session.close());
    assert.ok(terminated(stage));
    assert.equal(stage.clock.pendingTimers, 0);
  });

  it('terminates the session on close of a meter that acknowledges slowly', async () => {
    const stage = await opticalStage();
    await read(stage);
    stage.meter.onPacket = () => true;
    await stage.clock.run(stage.session.close());
    assert.ok(terminated(stage));
  });

  it('waits no longer than a moment for a meter that is silent', async () => {
    const stage = await opticalStage();
    await read(stage);
    stage.meter.onPacket = () => true;
    const at = stage.clock.now();
    await stage.clock.run(stage.session.close());
    assert.ok(stage.clock.now() - at <= 1_500);
    assert.equal(stage.clock.pendingTimers, 0);
  });

  it('ends with the adapter: reports connection-lost, and the next open starts again', async () => {
    const stage = await opticalStage();
    const { clock, session, meter } = stage;
    await read(stage);
    meter.answer = () => undefined;
    const lost = session.read(28, 0, 4);
    clock.after(100, () => {
      meter.transport.lose();
    });
    await rejectsWith(clock.run(lost), 'connection-lost');
    assert.deepEqual(stage.closed, ['connection-lost']);
    assert.equal(clock.pendingTimers, 0);
    await rejectsWith(session.read(28, 0, 4), 'connection-lost');
    meter.answer = () => encodeReadAnswer(DATA);
    await session.open(listenerOf(stage));
    assert.deepEqual(await read(stage), DATA);
    assert.equal(sessions(stage), 2);
  });

  it('terminates nothing when there was no session', async () => {
    const stage = await opticalStage();
    await stage.clock.run(stage.session.close());
    assert.equal(stage.meter.transport.written.length, 0);
  });

  it('comes after whatever went wrong', async () => {
    const stage = await opticalStage();
    stage.meter.answer = () => hex('00 00 09 01');
    await rejectsWith(read(stage), 'inconsistent-answer');
    await stage.clock.advance(5_000);
    assert.ok(terminated(stage));
    assert.equal(stage.clock.pendingTimers, 0);
  });
});
