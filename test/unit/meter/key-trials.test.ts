import assert from 'node:assert/strict';
import { digestSecurity } from '../../../src/mep/security.js';
import { MepSession } from '../../../src/mep/session.js';
import { Meter, type MeterState } from '../../../src/meter/index.js';
import { rejectsWith } from '../../support/assert-error.js';
import { FakeClock } from '../../support/fake-clock.js';
import { answerTo, ScriptedTransport } from '../../support/line/scripted-transport.js';

const KEY = new Uint8Array(16).fill(0x01);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BARE = Uint8Array.of(0x00, 0x01, 0x0b);

interface Stage {
  readonly clock: FakeClock;
  readonly port: ScriptedTransport;
  readonly meter: Meter;
  readonly states: MeterState[];
  /** The time of each request. */
  readonly times: number[];
}

/** A port that refuses each request with `refusal`. */
function stage(refusal: (message: Uint8Array) => Uint8Array): Stage {
  const clock = new FakeClock();
  const port = new ScriptedTransport();
  const times: number[] = [];
  port.reply = (message) => {
    times.push(clock.now());
    port.send(refusal(message));
  };
  const link = new MepSession({ transport: port, security: digestSecurity(KEY), clock });
  const meter = new Meter({ link, clock, random: () => 0.5 });
  const states: MeterState[] = [];
  meter.onStateChange((state) => states.push(state));
  meter.open();
  return { clock, port, meter, states, times };
}

describe('A key that was rejected before it ever worked', () => {
  it('is tried again by itself after two refusals without a signature', async () => {
    const { clock, port, meter, states, times } = stage(() => BARE);
    await rejectsWith(clock.run(meter.readTable('BT00')), 'key-rejected');
    assert.equal(times.length, 2);
    await clock.advance(4 * MINUTE);
    await rejectsWith(clock.run(meter.readTable('BT00')), 'key-rejected');
    assert.equal(times.length, 2, 'no poll sends the key again');
    port.reply = (message) => {
      times.push(clock.now());
      port.send(answerTo(message, KEY, Uint8Array.of(0x03)));
    };
    await clock.advance(2 * MINUTE);
    assert.equal(meter.state, 'online');
    assert.deepEqual(states, ['connecting', 'key-rejected', 'online']);
  });

  it('is tried rarely, once each time, and stays rejected meanwhile', async () => {
    const { clock, meter, states, times } = stage(() => BARE);
    for (let hour = 0; hour < 24; hour++) {
      await clock.advance(HOUR);
      await rejectsWith(clock.run(meter.readTable('BT00')), 'key-rejected');
    }
    assert.ok(times.length > 4 && times.length <= 12, `${times.length} in a day`);
    const pauses = times.slice(2).map((at, index) => at - times[index + 1]!);
    for (const [index, pauseMs] of pauses.slice(1).entries()) assert.ok(pauseMs >= pauses[index]!, pauses.join());
    const after = times.length;
    await clock.advance(10 * DAY);
    assert.ok(times.length - after <= 41, `${times.length - after} in ten days`);
    assert.deepEqual(states, ['connecting', 'key-rejected']);
    await clock.run(meter.close());
    assert.equal(clock.pendingTimers, 0);
  });

  it('is not sent again once a refusal was signed, whatever time passes', async () => {
    const signed = (message: Uint8Array): Uint8Array => answerTo(message, new Uint8Array(16), Uint8Array.of(0x0b));
    for (const isFirstBare of [false, true]) {
      const { clock, port, meter, states, times } = stage(signed);
      if (isFirstBare) {
        port.reply = (message) => {
          times.push(clock.now());
          port.send(times.length > 2 ? signed(message) : BARE);
        };
      }
      await clock.advance(HOUR);
      const sent = times.length;
      assert.equal(sent, isFirstBare ? 3 : 2);
      for (let hour = 0; hour < 48; hour++) {
        await clock.advance(HOUR);
        await rejectsWith(clock.run(meter.readTable('BT00')), 'key-rejected');
      }
      port.lose();
      await clock.advance(10 * DAY);
      assert.equal(times.length, sent);
      assert.deepEqual(states, ['connecting', 'key-rejected']);
      await clock.run(meter.close());
      assert.equal(clock.pendingTimers, 0);
    }
  });

  it('stays rejected when a trial is not answered, and is sent once in it', async () => {
    const { clock, port, meter, states, times } = stage(() => BARE);
    await clock.advance(MINUTE);
    port.reply = () => times.push(clock.now());
    await clock.advance(8 * MINUTE);
    const sent = (): number => times.length;
    assert.equal(sent(), 3);
    assert.equal(meter.state, 'key-rejected');
    await clock.advance(3 * HOUR);
    assert.ok(sent() <= 8, `${sent()}`);
    assert.deepEqual(states, ['connecting', 'key-rejected']);
  });

  it('is tried again though the port was lost meanwhile', async () => {
    const { clock, port, meter, times } = stage(() => BARE);
    await clock.advance(MINUTE);
    port.lose();
    await clock.advance(8 * MINUTE);
    assert.equal(times.length, 3);
    assert.equal(meter.state, 'key-rejected');
  });
});
