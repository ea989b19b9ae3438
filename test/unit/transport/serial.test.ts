import assert from 'node:assert/strict';
import {
  type SerialBinding,
  type SerialBindingPort,
  type SerialOptions,
  serialTransport,
} from '../../../src/transport/index.js';
import { rejectsWith, throwsWith } from '../../support/assert-error.js';
import { ascii, EventLog } from '../../support/line/event-log.js';
import { FakeClock } from '../../support/fake-clock.js';

/** A port of the operating system in the form of serialport's binding, with the modem lines that a pseudo-terminal lacks. */
class FakePort implements SerialBinding, SerialBindingPort {
  readonly calls: string[] = [];
  options: unknown;
  isOpen = false;
  openError: Error | undefined;
  setError: Error | undefined;
  drainError: Error | undefined;
  /** Lets a pending `open` continue. */
  release: (() => void) | undefined;
  holdsOpen = false;
  #read:
    { resolve: (result: { bytesRead: number }) => void; reject: (error: Error) => void; buffer: Buffer } | undefined;

  async open(options: unknown): Promise<SerialBindingPort> {
    this.options = options;
    if (this.holdsOpen) await new Promise<void>((resolve) => (this.release = resolve));
    if (this.openError) throw this.openError;
    this.isOpen = true;
    this.calls.push('open');
    return this;
  }

  read(buffer: Buffer): Promise<{ bytesRead: number }> {
    return new Promise((resolve, reject) => (this.#read = { resolve, reject, buffer }));
  }

  async write(buffer: Buffer): Promise<void> {
    await Promise.resolve();
    this.calls.push(`write ${buffer.toString('latin1')}`);
  }

  async drain(): Promise<void> {
    await Promise.resolve();
    if (this.drainError) throw this.drainError;
    this.calls.push('drain');
  }

  async set({ dtr, rts }: { dtr: boolean; rts: boolean }): Promise<void> {
    await Promise.resolve();
    if (this.setError) throw this.setError;
    this.calls.push(`dtr ${dtr ? 1 : 0} rts ${rts ? 1 : 0}`);
  }

  async close(): Promise<void> {
    await Promise.resolve();
    this.isOpen = false;
    this.calls.push('close');
    this.#read?.reject(new Error('Canceled'));
  }

  receive(text: string): void {
    const { buffer, resolve } = this.#read!;
    resolve({ bytesRead: buffer.write(text, 'latin1') });
  }

  vanish(text: string): void {
    this.#read!.reject(new Error(text));
  }
}

describe('serialTransport', () => {
  const path = '/dev/ttyUSB0';

  function make(options: Partial<SerialOptions> = {}) {
    const port = new FakePort();
    const clock = new FakeClock();
    const transport = serialTransport({ path, binding: port, clock, ...options });
    return { port, clock, transport, log: new EventLog() };
  }

  it('opens at 9600 8N1, locked, with both lines up', async () => {
    const { port, clock, transport, log } = make();
    assert.equal(transport.description, '/dev/ttyUSB0 (9600 baud)');
    await transport.open(log);
    assert.deepEqual(port.options, {
      path,
      baudRate: 9600,
      dataBits: 8,
      parity: 'none',
      stopBits: 1,
      lock: true,
      hupcl: true,
    });
    assert.deepEqual(port.calls, ['open', 'dtr 1 rts 1']);
    await transport.close();
    await transport.close();
    assert.deepEqual(port.calls.slice(2), ['close']);
    assert.equal(clock.pendingTimers, 0);
  });

  it('sets the lines as asked, and leaves them when both are to be left', async () => {
    const cases = [
      [{ dtr: 'off', rts: 'on' }, ['dtr 0 rts 1']],
      [{ dtr: 'on', rts: 'off' }, ['dtr 1 rts 0']],
      [{ dtr: 'leave', rts: 'off' }, ['dtr 1 rts 0']],
      [{ dtr: 'leave', rts: 'leave' }, []],
    ] as const;
    for (const [lines, expected] of cases) {
      const { port, transport, log } = make(lines);
      await transport.open(log);
      assert.deepEqual(port.calls, ['open', ...expected]);
      await transport.close();
    }
  });

  it('drops the lines that are on for the time asked for, and raises them again', async () => {
    const { port, clock, transport, log } = make({ rts: 'off' });
    await transport.open(log);
    port.calls.length = 0;
    const cycle = transport.cyclePower!(1_000);
    const write = transport.write(ascii('after'));
    await clock.advance(999);
    assert.deepEqual(port.calls, ['dtr 0 rts 0']);
    await clock.advance(1);
    await Promise.all([cycle, write]);
    assert.deepEqual(port.calls, ['dtr 0 rts 0', 'dtr 1 rts 0', 'write after', 'drain']);
    await transport.close();
  });

  it('has no power to cycle where no line is on or none exists', async () => {
    for (const lines of [
      { dtr: 'off', rts: 'off' },
      { dtr: 'leave', rts: 'leave' },
    ] as const) {
      const { port, transport, log } = make(lines);
      await transport.open(log);
      port.calls.length = 0;
      await transport.cyclePower!(1_000);
      assert.deepEqual(port.calls, []);
      await transport.close();
    }
    const { port, transport, log } = make();
    port.setError = new Error('Error: Inappropriate ioctl for device, cannot set');
    await transport.open(log);
    await transport.cyclePower!(1_000);
    await transport.close();
    assert.deepEqual(log.errors, []);
    await rejectsWith(transport.cyclePower!(1_000), 'connection-closed');
  });

  it('ends a power cycle that a close overtakes', async () => {
    const { port, clock, transport, log } = make();
    await transport.open(log);
    const cycle = rejectsWith(transport.cyclePower!(60_000), 'connection-closed');
    await clock.advance(10);
    await transport.close();
    await cycle;
    assert.equal(clock.pendingTimers, 0);
    assert.deepEqual(port.calls, ['open', 'dtr 1 rts 1', 'dtr 0 rts 0', 'close']);
  });

  it('gives the reason why a port cannot be opened, in the words of every system', async () => {
    const cases = [
      ['Error: No such file or directory, cannot open /dev/ttyUSB0', 'port-missing'],
      ['Error: No such device or address, cannot open /dev/ttyUSB0', 'port-missing'],
      ['Error: Not a directory, cannot open /dev/ttyUSB0/x', 'port-missing'],
      ['Opening COM9: File not found', 'port-missing'],
      ['Error Resource temporarily unavailable Cannot lock port', 'port-busy'],
      ['Error: Device or resource busy, cannot open /dev/ttyUSB0', 'port-busy'],
      ['Error: Resource busy, cannot open /dev/tty.usbserial', 'port-busy'],
      ['Opening COM3: Access denied', 'port-busy'],
      ['Error: Permission denied, cannot open /dev/ttyUSB0', 'port-denied'],
      ['Error: Inappropriate ioctl for device setting custom baud rate of 9600', 'port-failed'],
      ['Error: Input/output error, cannot open /dev/ttyS3', 'port-failed'],
    ] as const;
    for (const [text, code] of cases) {
      const { port, clock, transport, log } = make();
      port.openError = new Error(text);
      const error = await rejectsWith(transport.open(log), code);
      assert.deepEqual(error.values, { port: path });
      assert.equal(error.cause, port.openError);
      assert.deepEqual([log.errors, clock.pendingTimers], [[], 0]);
    }
  });

  it('closes a port when setting its modem lines fails for a reason that matters', async () => {
    const { port, transport, log } = make();
    port.setError = new Error('Error: Input/output error, cannot set');
    await rejectsWith(transport.open(log), 'port-failed');
    await transport.close();
    assert.equal(port.isOpen, false);
    port.setError = undefined;
    await transport.open(log);
    await transport.close();
  });

  it('closes what opens only after a close or a cancel, and opens again after that', async () => {
    const { port, transport, log } = make();
    port.holdsOpen = true;
    const opening = rejectsWith(transport.open(log), 'connection-closed');
    await Promise.resolve();
    let isClosed = false;
    const closing = transport.close().then(() => (isClosed = true));
    await opening;
    assert.equal(isClosed, false, 'the port is still being opened by the system');
    port.release!();
    await closing;
    assert.deepEqual(port.calls, ['open', 'close']);

    const controller = new AbortController();
    const second = rejectsWith(transport.open(log, controller.signal), 'cancelled');
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await second;
    const hold = port.release!;
    port.holdsOpen = false;
    const third = transport.open(log);
    hold();
    await third;
    assert.deepEqual(port.calls.slice(2), ['open', 'close', 'open', 'dtr 1 rts 1'], 'one after the other');
    assert.equal(port.isOpen, true);
    await transport.close();
    assert.deepEqual(log.errors, []);
  });

  it('reports a failed read, once, and nothing after that', async () => {
    const { port, clock, transport, log } = make();
    await transport.open(log);
    port.receive('hello');
    await log.until(({ text }) => text === 'hello');
    assert.equal(log.chunks[0]?.constructor, Uint8Array);
    port.vanish('bad file descriptor');
    await log.until(({ errors }) => errors.length > 0);
    assert.equal(log.errors[0]?.code, 'connection-lost');
    await rejectsWith(transport.write(ascii('x')), 'connection-closed');
    await transport.close();
    await clock.advance(60_000);
    assert.deepEqual([log.errors.length, clock.pendingTimers, port.isOpen], [1, 0, false]);
  });

  it('notices a port that vanished between two reads', async () => {
    const { port, clock, transport, log } = make();
    await transport.open(log);
    await clock.advance(60_000);
    assert.deepEqual(log.errors, []);
    port.drainError = new Error('Error: Input/output error, cannot drain');
    await clock.advance(2_000);
    assert.deepEqual(
      log.errors.map(({ code }) => code),
      ['connection-lost'],
    );
    await transport.close();
    assert.equal(clock.pendingTimers, 0);
  });

  it('writes one after the other, and loses the line with a write that fails', async () => {
    const { port, transport, log } = make({ dtr: 'leave', rts: 'leave' });
    await transport.open(log);
    const bytes = ascii('1');
    const first = transport.write(bytes);
    bytes.fill(0x30);
    await Promise.all([first, transport.write(ascii('2'))]);
    assert.deepEqual(port.calls, ['open', 'write 1', 'drain', 'write 2', 'drain']);
    port.drainError = new Error('EIO: i/o error, write');
    await rejectsWith(transport.write(ascii('3')), 'connection-lost');
    assert.equal(log.errors.length, 1);
    await transport.close();
  });

  it('keeps what arrives during a close to itself', async () => {
    const { port, transport, log } = make();
    await transport.open(log);
    const closing = transport.close();
    port.receive('late');
    await closing;
    assert.equal(log.text, '');
  });

  it('waits, at most a second, until a port that it closed is released', async () => {
    const { port, clock, transport, log } = make();
    await transport.open(log);
    await transport.close();
    port.openError = new Error('Error Resource temporarily unavailable Cannot lock port');
    const opening = transport.open(log);
    await clock.advance(500);
    port.openError = undefined;
    await clock.advance(100);
    await opening;
    await transport.close();
    port.openError = new Error('Error Resource temporarily unavailable Cannot lock port');
    const refused = rejectsWith(transport.open(log), 'port-busy');
    await clock.advance(1_100);
    await refused;
    assert.equal(clock.pendingTimers, 0);
    const late = transport.open(log);
    await rejectsWith(late, 'port-busy');
    assert.equal(clock.pendingTimers, 0, 'not waited for later on');
  });

  it('refuses settings that cannot be right, and a second user', async () => {
    const noPath = throwsWith(() => serialTransport({ path: ' ' }), 'bad-setting');
    assert.deepEqual(noPath.values, { setting: 'port' });
    for (const baudRate of [0, -1, 9600.5, NaN]) {
      const error = throwsWith(() => serialTransport({ path, baudRate }), 'bad-setting');
      assert.deepEqual(error.values, { setting: 'baudRate' });
    }
    const { transport, log } = make();
    await transport.open(log);
    await rejectsWith(transport.open(log), 'port-busy');
    await transport.close();
  });
});
