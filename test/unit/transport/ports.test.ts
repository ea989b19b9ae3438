import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSerialPort, listPorts } from '../../../src/transport/index.js';
import { isNoDevice } from '../../../src/transport/device.js';

const NO_PORTS = { deviceDirectory: '/nowhere', list: () => Promise.resolve([]) };

describe('listPorts', () => {
  let dev = '';
  const noUdev = () => Promise.reject(new Error('spawn udevadm ENOENT'));

  beforeEach(async () => {
    dev = await mkdtemp(join(tmpdir(), 'ports-'));
  });
  afterEach(() => rm(dev, { recursive: true }));

  async function devices(...names: string[]): Promise<void> {
    for (const name of names) await writeFile(join(dev, name), '');
  }
  async function links(directory: string, targets: Record<string, string>): Promise<void> {
    await mkdir(join(dev, directory), { recursive: true });
    for (const [name, to] of Object.entries(targets)) await symlink(to, join(dev, directory, name));
  }
  const path = (...parts: string[]) => join(dev, ...parts);

  it('gives lasting names first, then listed ports, then the rest; each port once', async () => {
    await devices('ttyUSB0', 'ttyUSB1', 'ttyUSB10', 'ttyACM0', 'ttyAMA0', 'ttyS0', 'ttyS1', 'tty0', 'null');
    await links('serial/by-id', {
      'usb-FTDI_FT232R_USB_UART_A10K5XYZ-if00-port0': '../../ttyUSB1',
      'usb-FTDI_Dual_RS232-if01-port0': '../../ttyUSB10',
    });
    await links('.', { serial0: 'ttyAMA0' });
    const list = () =>
      Promise.resolve([
        { path: path('ttyS0') },
        { path: path('ttyACM0'), manufacturer: 'Prolific', serialNumber: undefined },
        { path: path('ttyUSB1'), manufacturer: 'FTDI', serialNumber: 'A10K5XYZ' },
      ]);
    assert.deepEqual(await listPorts({ deviceDirectory: dev, list }), [
      { path: path('serial/by-id/usb-FTDI_Dual_RS232-if01-port0'), label: 'FTDI Dual RS232 #2 (ttyUSB10)' },
      {
        path: path('serial/by-id/usb-FTDI_FT232R_USB_UART_A10K5XYZ-if00-port0'),
        label: 'FTDI FT232R USB UART A10K5XYZ (ttyUSB1)',
        manufacturer: 'FTDI',
        serialNumber: 'A10K5XYZ',
      },
      { path: path('serial0'), label: 'serial0 (ttyAMA0)' },
      { path: path('ttyACM0'), label: 'Prolific (ttyACM0)', manufacturer: 'Prolific' },
      { path: path('ttyS0'), label: path('ttyS0') },
      { path: path('ttyUSB0'), label: path('ttyUSB0') },
    ]);
  });

  it('finds the devices by itself where the system cannot list them', async () => {
    await devices('ttyUSB0', 'ttyUSB2', 'ttyUSB11', 'ttyS7');
    const ports = await listPorts({ deviceDirectory: dev, list: noUdev });
    assert.deepEqual(
      ports.map((port) => port.path),
      [path('ttyUSB0'), path('ttyUSB2'), path('ttyUSB11')],
    );
  });

  it('gives the list as it is where there are no device files', async () => {
    const list = () => Promise.resolve([{ path: 'COM10' }, { path: 'COM3', manufacturer: 'FTDI', serialNumber: 'A1' }]);
    assert.deepEqual(await listPorts({ deviceDirectory: path('none'), list }), [
      { path: 'COM3', label: 'FTDI A1 (COM3)', manufacturer: 'FTDI', serialNumber: 'A1' },
      { path: 'COM10', label: 'COM10' },
    ]);
  });

  it('skips a link with a missing adapter, and never rejects', async () => {
    await links('serial/by-id', { 'usb-Gone_Adapter-if00-port0': '../../ttyUSB9' });
    const [port] = await listPorts({ deviceDirectory: dev, list: noUdev });
    assert.equal(port?.path, path('serial/by-id/usb-Gone_Adapter-if00-port0'));
    assert.deepEqual(await listPorts({ deviceDirectory: path('none'), list: noUdev }), []);
    assert.ok(Array.isArray(await listPorts()));
  });
});

describe('isSerialPort', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ports-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('is not for files, pipes, directories, memory, consoles or foreign terminals', async () => {
    const pipe = join(directory, 'pipe');
    const file = join(directory, 'file');
    execFileSync('mkfifo', [pipe]);
    writeFileSync(file, '');
    for (const path of [
      pipe,
      file,
      directory,
      '/etc/passwd',
      '/nowhere',
      '/dev/../etc/x',
      '/dev/null',
      '/dev/tty',
      'x',
      '',
    ]) {
      assert.equal(await isSerialPort(path, NO_PORTS), false, path);
    }
    assert.deepEqual([pipe, file, directory, '/dev/null', '/nowhere'].map(isNoDevice), [
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('is for a device listed under any name, and for one that may be plugged in', async () => {
    const link = join(directory, 'meter');
    symlinkSync('/dev/zero', link);
    assert.equal(await isSerialPort(link, { ...NO_PORTS, list: () => Promise.resolve([{ path: '/dev/zero' }]) }), true);
    assert.equal(await isSerialPort(link, NO_PORTS), false);
    assert.equal(await isSerialPort('/dev/ttyUSB77', NO_PORTS), true);
    assert.equal(await isSerialPort('/dev/serial/by-id/usb-none', NO_PORTS), true);
  });
});
