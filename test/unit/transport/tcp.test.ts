import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Clock, systemClock } from '../../../src/clock.js';
import { tcpTransport } from '../../../src/transport/index.js';
import { rejectsWith, throwsWith } from '../../support/assert-error.js';
import { ascii, EventLog } from '../../support/line/event-log.js';
import { FakeClock } from '../../support/fake-clock.js';

/** A bridge that records received bytes and sends the answers of the test. */
class Bridge {
  readonly sockets: Socket[] = [];
  received = '';
  readonly #server: Server;

  constructor(onHeard: (bridge: Bridge, socket: Socket) => void = () => undefined) {
    this.#server = createServer((socket) => {
      this.sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        this.received += bytes.toString('latin1');
        onHeard(this, socket);
      });
    });
  }

  async listen(host = '127.0.0.1'): Promise<number> {
    this.#server.listen(0, host);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async accepted(count = 1): Promise<void> {
    while (this.sockets.length < count) await once(this.#server, 'connection');
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const tcpHandles = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;

/** Runs everything that waits only for promises: no bytes are transferred, no connection opens. */
async function microtasks(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

/** Node releases the handle of a closed socket a few turns after its `close` event. */
async function settlesTo(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20 && !condition(); turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(condition(), process.getActiveResourcesInfo().join());
}

describe('tcpTransport', () => {
  it('carries bytes both ways as plain arrays of its user', async () => {
    const bridge = new Bridge((_, socket) => socket.write('answer'));
    const port = await bridge.listen();
    const transport = tcpTransport({ host: '127.0.0.1', port });
    assert.equal(transport.description, `127.0.0.1:${port}`);
    const log = new EventLog();
    await transport.open(log);
    await transport.write(ascii('question'));
    await log.until(({ text }) => text === 'answer');
    assert.equal(bridge.received, 'question');
    assert.equal(log.chunks[0]?.constructor, Uint8Array);
    await transport.close();
    await transport.close();
    assert.deepEqual(log.errors, []);
    await bridge.stop();
  });

  it('takes IPv6 addresses with and without brackets', async () => {
    const bridge = new Bridge();
    const port = await bridge.listen('::1');
    for (const host of ['::1', '[::1]']) {
      const transport = tcpTransport({ host, port });
      assert.equal(transport.description, `[::1]:${port}`);
      await transport.open(new EventLog());
      await transport.close();
    }
    await bridge.stop();
  });

  it('takes a name that has several addresses of which one answers', async () => {
    const bridge = new Bridge();
    const port = await bridge.listen();
    const transport = tcpTransport({ host: 'localhost', port });
    await transport.open(new EventLog());
    await transport.close();
    await bridge.stop();
  });

  it('distinguishes refused, unknown and unresponsive hosts', async () => {
    const bridge = new Bridge();
    const port = await bridge.listen();
    await bridge.stop();
    for (const host of ['127.0.0.1', 'localhost']) {
      const refused = await rejectsWith(tcpTransport({ host, port }).open(new EventLog()), 'host-refused');
      assert.deepEqual(refused.values, { host, port });
    }
    await rejectsWith(tcpTransport({ host: 'no-such-host.invalid', port }).open(new EventLog()), 'host-unreachable');

    const delays: number[] = [];
    const impatient: Clock = {
      ...systemClock,
      after: (delayMs, callback) => {
        delays.push(delayMs);
        queueMicrotask(callback);
        return () => undefined;
      },
    };
    const other = new Bridge();
    const slow = tcpTransport({
      host: '127.0.0.1',
      port: await other.listen(),
      connectTimeoutMs: 3_000,
      clock: impatient,
    });
    const late = await rejectsWith(slow.open(new EventLog()), 'host-unreachable');
    assert.match(late.message, /no answer within 3000 ms/);
    assert.deepEqual(delays, [3_000]);
    await slow.close();
    await other.stop();
  });

  it('reports when the other side hangs up, resets, or is gone for a write', async () => {
    const bridge = new Bridge();
    const port = await bridge.listen();
    const transport = tcpTransport({ host: '127.0.0.1', port });
    for (const end of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()]) {
      const log = new EventLog();
      await transport.open(log);
      await bridge.accepted();
      end(bridge.sockets.pop()!);
      await log.until(({ errors }) => errors.length > 0);
      assert.deepEqual(
        log.errors.map(({ code }) => code),
        ['connection-lost'],
      );
      await rejectsWith(transport.write(ascii('x')), 'connection-closed');
    }
    await bridge.stop();
  });

  it('notices a far end that begins with telnet, on each connection anew', async () => {
    const greetings = [[255, 251, 3, 255, 251, 1], [255], [255, 255, 3], [255, 251, 200], [69, 255, 251, 3]];
    let greeting: number[] = [];
    const bridge = new Bridge((_, socket) => {
      for (const byte of greeting) socket.write(Uint8Array.of(byte));
    });
    const transport = tcpTransport({ host: '127.0.0.1', port: await bridge.listen() });
    for (greeting of greetings) {
      const log = new EventLog();
      await transport.open(log);
      assert.equal(transport.isTelnet, false);
      await transport.write(ascii('?'));
      await log.until(({ text }) => text.length === greeting.length);
      assert.equal(transport.isTelnet, greeting === greetings[0], greeting.join());
      await transport.close();
    }
    await bridge.stop();
  });

  it('delivers what came before the hang-up', async () => {
    const bridge = new Bridge((_, socket) => socket.end('port in use'));
    const port = await bridge.listen();
    const transport = tcpTransport({ host: '127.0.0.1', port });
    const log = new EventLog();
    await transport.open(log);
    await transport.write(ascii('x'));
    await log.until(({ errors }) => errors.length > 0);
    assert.equal(log.text, 'port in use');
    await bridge.stop();
  });

  it('takes no response to several writes for a half-open line once, then waits longer', async () => {
    const bridge = new Bridge();
    const port = await bridge.listen();
    const clock = new FakeClock();
    const transport = tcpTransport({ host: '127.0.0.1', port, halfOpenAfterMs: 20_000, clock });

    const silentFor = async (expectedMs: number) => {
      const log = new EventLog();
      await transport.open(log);
      await transport.write(ascii('1'));
      await transport.write(ascii('2'));
      await clock.advance(expectedMs - 1);
      assert.deepEqual(log.errors, [], 'two writes prove nothing');
      await transport.write(ascii('3'));
      assert.deepEqual(log.errors, []);
      await clock.advance(1);
      assert.deepEqual(
        log.errors.map(({ code }) => code),
        ['connection-lost'],
      );
    };
    for (const expectedMs of [20_000, 40_000, 80_000, 160_000, 160_000]) await silentFor(expectedMs);

    const log = new EventLog();
    await transport.open(log);
    await bridge.accepted(6);
    for (let i = 0; i < 3; i++) await transport.write(ascii('?'));
    bridge.sockets.at(-1)!.write('!');
    await log.until(({ text }) => text === '!');
    assert.equal(clock.pendingTimers, 0, 'an answer ends the watch');
    await transport.close();
    await silentFor(20_000);

    await transport.open(log);
    for (let i = 0; i < 3; i++) await transport.write(ascii('?'));
    assert.equal(clock.pendingTimers, 1);
    await transport.close();
    assert.equal(clock.pendingTimers, 0);
    await bridge.stop();
  });

  it('suspects nothing when this check is off', async () => {
    const bridge = new Bridge();
    const port = await bridge.listen();
    const clock = new FakeClock();
    const transport = tcpTransport({ host: '127.0.0.1', port, halfOpenAfterMs: 0, clock });
    const log = new EventLog();
    await transport.open(log);
    for (let i = 0; i < 10; i++) await transport.write(ascii('?'));
    await clock.advance(3_600_000);
    assert.deepEqual(log.errors, []);
    await transport.close();
    await bridge.stop();
  });

  it('can be cancelled or closed while opening, and leaves nothing', async () => {
    const bridge = new Bridge();
    const port = await bridge.listen();
    const before = tcpHandles();
    const clock = new FakeClock();
    const transport = tcpTransport({ host: '127.0.0.1', port, clock });
    for (const isConnecting of [true, false]) {
      const controller = new AbortController();
      const first = rejectsWith(transport.open(new EventLog(), controller.signal), 'cancelled');
      if (isConnecting) await microtasks();
      assert.equal(clock.pendingTimers, isConnecting ? 1 : 0);
      controller.abort();
      await first;
      const second = rejectsWith(transport.open(new EventLog()), 'connection-closed');
      if (isConnecting) await microtasks();
      await Promise.all([transport.close(), second]);
      await rejectsWith(transport.open(new EventLog(), controller.signal), 'cancelled');
    }
    assert.equal(clock.pendingTimers, 0);
    await settlesTo(() => tcpHandles() <= before);
    const log = new EventLog();
    await transport.open(log);
    await transport.close();
    await bridge.stop();
  });

  it('opens and closes a hundred times without a handle left', async () => {
    const before = tcpHandles();
    const bridge = new Bridge((_, socket) => socket.write('x'));
    const port = await bridge.listen();
    const transport = tcpTransport({ host: '127.0.0.1', port });
    for (let i = 0; i < 100; i++) {
      const log = new EventLog();
      await transport.open(log);
      if (i % 2 === 0) void transport.write(ascii('question')).catch(() => undefined);
      await transport.close();
    }
    await bridge.stop();
    await settlesTo(() => tcpHandles() <= before);
  });

  it('rejects a write that the end of the line overtakes', async () => {
    const bridge = new Bridge();
    const port = await bridge.listen();
    const transport = tcpTransport({ host: '127.0.0.1', port });
    await transport.open(new EventLog());
    await bridge.accepted();
    bridge.sockets[0]!.pause();
    const writing = rejectsWith(transport.write(new Uint8Array(64 << 20)), 'connection-closed');
    await transport.close();
    await writing;
    await bridge.stop();
  });

  it('refuses settings that cannot be right', () => {
    assert.deepEqual(throwsWith(() => tcpTransport({ host: ' ', port: 1 }), 'bad-setting').values, { setting: 'host' });
    for (const port of [0, 65_536, 1.5, NaN]) {
      const error = throwsWith(() => tcpTransport({ host: 'bridge', port }), 'bad-setting');
      assert.deepEqual(error.values, { setting: 'tcpPort' });
    }
  });
});
