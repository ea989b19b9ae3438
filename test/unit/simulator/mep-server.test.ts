import assert from 'node:assert/strict';
import { encodeRequest } from '../../../src/c1218/services.js';
import { digestSecurity } from '../../../src/mep/security.js';
import { FaultInjector, type FaultRates } from '../../../src/simulator/faults.js';
import { type LineTiming, METER_TIMING, MepServer, NO_TIMING } from '../../../src/simulator/mep-server.js';
import { DEMO_KEY, SimulatedMeter } from '../../../src/simulator/simulated-meter.js';
import { FakeClock } from '../../support/fake-clock.js';

const SECURITY = digestSecurity(new TextEncoder().encode(DEMO_KEY));

/** A server, and everything it sent, with times. */
function serve(timing: Partial<LineTiming> = {}, faults: FaultRates = {}) {
  const clock = new FakeClock();
  const meter = new SimulatedMeter({ clock });
  const sent: { at: number; bytes: Uint8Array }[] = [];
  const server = new MepServer({
    meter,
    clock,
    timing: { ...METER_TIMING, ...timing },
    faults: new FaultInjector(faults),
    send: (bytes) => sent.push({ at: clock.now(), bytes }),
  });
  let ahead = 0;
  const request = (count: number, table = 23): Uint8Array =>
    SECURITY.seal(encodeRequest({ service: 'partial-read', table, offset: 0, count }), meter.port.sequence + ahead++)
      .message;
  const times = (): number[] => sent.map(({ at }) => at);
  const messages = (): number => sent.length;
  return { clock, meter, server, sent, request, times, messages };
}

describe('simulator: pace of the MEP line', () => {
  it('takes a request in single bytes', async () => {
    const { clock, server, sent, request } = serve();
    for (const byte of request(8)) {
      await clock.advance(49);
      server.receive(Uint8Array.of(byte));
    }
    await clock.advance(1_000);
    assert.equal(sent.length, 1);
    assert.deepEqual(sent[0]!.bytes.subarray(0, 5), Uint8Array.of(0, 19, 0, 0, 8));
  });

  it('gives a request up after 50 ms of silence in it, and takes the next one', async () => {
    const { clock, meter, server, sent, request } = serve();
    const message = request(8);
    server.receive(message.subarray(0, 9));
    await clock.advance(51);
    server.receive(message.subarray(9));
    await clock.advance(200);
    assert.equal(sent.length, 0);
    assert.deepEqual(meter.counters, { requests: 0, reads: 0, writes: 0, rejected: 0 });
    server.receive(message);
    await clock.advance(200);
    assert.equal(sent.length, 1);
  });

  it('skips an impossible length up to the next pause', async () => {
    const { clock, server, sent, request } = serve();
    for (const length of [
      [0, 0],
      [1, 0xdd],
      [0xff, 0xff],
    ]) {
      server.receive(Uint8Array.from([...length, 1, 2, 3]));
      await clock.advance(60);
    }
    server.receive(request(8));
    await clock.advance(200);
    assert.equal(sent.length, 1);
  });

  it('answers after its delay, and takes one request in 100 ms', async () => {
    const { clock, server, times, request } = serve({ answerDelayMs: 15 });
    server.receive(request(8));
    server.receive(request(8));
    server.receive(request(8));
    await clock.advance(1_000);
    assert.deepEqual(times(), [15, 115, 215]);
    server.receive(request(8));
    await clock.advance(1_000);
    assert.equal(times()[3], 1_015, 'no wait when there was none before');
  });

  it('has room for few waiting requests', async () => {
    const { clock, server, sent, request } = serve();
    for (let i = 0; i < 20; i++) server.receive(request(8));
    await clock.advance(10_000);
    assert.ok(sent.length >= 2 && sent.length <= 5, String(sent.length));
  });

  it('pauses 25 ms after each 117 bytes of an answer', async () => {
    const { clock, server, sent, times, request } = serve({ answerDelayMs: 0 });
    server.receive(request(220));
    await clock.advance(1_000);
    assert.deepEqual(times(), [0, 25]);
    assert.deepEqual(
      sent.map(({ bytes }) => bytes.length),
      [117, 2 + 3 + 220 + 8 - 117],
    );
  });

  it('takes the time of a serial line when given its rate', async () => {
    const { clock, server, times, request } = serve({ answerDelayMs: 10, baudRate: 9_600 });
    server.receive(request(220));
    await clock.advance(1_000);
    const byte = 10_000 / 9_600;
    assert.deepEqual(
      times().map((time) => Math.round(time * 1_000)),
      [10 + 117 * byte, 10 + 117 * byte + 25 + 116 * byte].map((time) => Math.round(time * 1_000)),
    );
  });

  it('sends an alert once a second while it is raised', async () => {
    const { clock, meter, sent, times } = serve();
    await clock.advance(5_000);
    assert.equal(sent.length, 0);
    meter.setAlert(true);
    await clock.advance(3_500);
    assert.deepEqual(times(), [5_000, 6_000, 7_000, 8_000]);
    assert.ok(sent.every(({ bytes }) => bytes.length === 2 && bytes[0] === 0 && bytes[1] === 0));
    meter.setAlert(false);
    await clock.advance(5_000);
    assert.equal(sent.length, 4);
  });

  it('delays the alert for a second after a request, and never splits a response', async () => {
    const { clock, meter, server, sent, request } = serve({ baudRate: 300 });
    meter.setAlert(true);
    await clock.advance(500);
    server.receive(request(220));
    await clock.advance(20_000);
    const kinds = sent.map(({ bytes }) => (bytes.length === 2 ? 'alert' : 'answer'));
    assert.deepEqual(kinds.slice(0, 4), ['alert', 'answer', 'answer', 'alert']);
    assert.ok(sent[1]!.at > 2_000, 'the answer takes longer than the interval of alerts');
    assert.equal(sent[4]!.at - sent[3]!.at, 1_000);
  });

  it('sends nothing without power, or when it is stuck', async () => {
    const { clock, meter, server, messages, request } = serve();
    meter.setAlert(true);
    meter.powerOff();
    server.receive(request(8));
    await clock.advance(3_000);
    meter.powerOn();
    meter.isStuck = true;
    server.receive(request(8));
    await clock.advance(3_000);
    assert.equal(messages(), 0);
    meter.isStuck = false;
    await clock.advance(3_000);
    assert.ok(messages() > 0);
  });

  it('leaves no timer and no listener behind', async () => {
    const { clock, meter, server, sent, request } = serve({ baudRate: 9_600 });
    meter.setAlert(true);
    server.receive(request(220));
    server.receive(request(220));
    await clock.advance(20);
    server.stop();
    assert.equal(clock.pendingTimers, 0);
    const before = sent.length;
    meter.setAlert(false);
    meter.setAlert(true);
    await clock.advance(5_000);
    assert.equal(sent.length, before);
  });

  it('keeps late answers back, one after the other', async () => {
    const { clock, server, times, request } = serve({ answerDelayMs: 0, segmentGapMs: 0 }, { delay: 1 });
    server.receive(request(8));
    server.receive(request(8));
    await clock.advance(5_000);
    const [first, second] = times();
    assert.ok(first! >= 50 && second! >= first! + 50, String(times()));
  });

  it('can do without any time at all', async () => {
    const { clock, server, times, request } = serve(NO_TIMING);
    server.receive(request(220));
    server.receive(request(220));
    await clock.advance(0);
    assert.deepEqual(times(), [0, 0, 0, 0]);
  });
});
