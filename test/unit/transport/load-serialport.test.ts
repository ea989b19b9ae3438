import assert from 'node:assert/strict';
import { loadSerialPort, serialTransport, serialUnavailable } from '../../../src/transport/serial.js';
import { rejectsWith } from '../../support/assert-error.js';
import { EventLog } from '../../support/line/event-log.js';

const FAILURES: readonly (readonly [string, string])[] = [
  [
    'has no build for this machine',
    'No native build was found for platform=linux arch=riscv64\n    loaded from: /data/x\n',
  ],
  ['is built for another C library', 'Error loading shared library ld-linux-x86-64.so.2: No such file or directory'],
  ['may not be loaded', "Cannot find module '@serialport/bindings-cpp'"],
];

describe('A native part of serialport that', () => {
  for (const [title, message] of FAILURES) {
    it(`${title} is named as such`, async () => {
      const load = () => Promise.reject(new Error(message));
      const error = await rejectsWith(loadSerialPort(load), 'serial-unavailable');
      assert.ok(error.message.endsWith(message.split('\n')[0]!));
      assert.doesNotMatch(error.message, /\/data\//);
      assert.equal((await serialUnavailable(load))?.code, 'serial-unavailable');
    });

    it(`${title} fails the opening of a port with that code`, async () => {
      const loadBinding = () => loadSerialPort(() => Promise.reject(new Error(message))).then(({ binding }) => binding);
      const transport = serialTransport({ path: '/dev/ttyUSB0', loadBinding });
      await rejectsWith(transport.open(new EventLog()), 'serial-unavailable');
    });
  }

  it('runs is no reason to complain', async () => {
    assert.equal(await serialUnavailable(), undefined);
  });
});
