import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, normalize } from 'node:path';
import { loadSerialPort } from './serial.js';
import { printable } from '../texts.js';

/** A serial port that a user can choose. */
export interface PortInfo {
  /** The path to open; the name that stays with the adapter, where there is one. */
  readonly path: string;
  /** For people: `FTDI FT232R USB UART A10K5XYZ (ttyUSB0)` */
  readonly label: string;
  readonly manufacturer?: string;
  readonly serialNumber?: string;
}

/** @inline */
export interface PortSources {
  /** Where devices are; default `/dev`. */
  readonly deviceDirectory?: string;
  /** The system's list of ports; default: serialport's list. May reject. */
  readonly list?: () => Promise<readonly ListedPort[]>;
}

/** @inline */
export interface ListedPort {
  readonly path: string;
  readonly manufacturer?: string | undefined;
  readonly serialNumber?: string | undefined;
}

/** Adapters by number, the serial ports of small computers, and the first of a PC; not the 31 that a PC may not have. */
const DEVICE_NAME = /^tty(USB|ACM|AMA)\d+$|^ttyS0$/;
/** Names that Raspberry Pi OS gives the pins' port, whichever device it is. */
const STABLE_NAME = /^serial\d$/;

/**
 * The serial ports of this machine: stable names first (`/dev/serial/by-id`, `/dev/serial0`), then the system's list, then
 * unlisted device files (a container without udev). Each port once. Never rejects.
 */
export async function listPorts(sources: PortSources = {}): Promise<PortInfo[]> {
  const directory = sources.deviceDirectory ?? '/dev';
  const listed = await listQuietly(sources.list ?? systemList);
  const details = new Map<string, ListedPort>();
  for (const port of listed) details.set(await target(port.path), port);

  const byId = join(directory, 'serial', 'by-id');
  const devices = await names(directory);
  const candidates = [
    ...(await names(byId)).map((name) => ({ path: join(byId, name), label: labelOfId(name) })),
    ...devices.filter((name) => STABLE_NAME.test(name)).map((name) => ({ path: join(directory, name), label: name })),
    ...[...listed].sort(byUse).map(({ path }) => ({ path, label: undefined })),
    ...devices
      .filter((name) => DEVICE_NAME.test(name))
      .map((name) => ({ path: join(directory, name), label: undefined })),
  ];
  const ports = new Map<string, PortInfo>();
  for (const { path, label } of candidates) {
    const device = await target(path);
    if (!ports.has(device)) ports.set(device, describe(path, device, label, details.get(device)));
  }
  return [...ports.values()];
}

const WINDOWS_PORT = /^(?:\\\\\.\\)?COM\d+$/i;
/** Terminal devices, without the consoles of a screen (`tty`, `tty1`). */
const TERMINAL = /^\/dev\/(?:tty(?!\d*$)[\w.-]+|cu[\w.-]+|rfcomm\d+|pts\/\d+)$/;
/** A user's terminal: only a link that was made on purpose leads to a serial port there. */
const SESSION_TERMINAL = /^\/dev\/(?:pts\/|ttys\d)/;

/**
 * Whether a path from an untrusted caller may be opened as a serial port: a listed port, or a terminal device. A path below
 * /dev where nothing exists may be, so that it is reported as missing; the presence of other files is not revealed.
 */
export async function isSerialPort(path: string, sources: PortSources = {}): Promise<boolean> {
  if (process.platform === 'win32') return WINDOWS_PORT.test(path);
  if (!path.startsWith('/')) return false;
  const named = normalize(path);
  let device: string;
  try {
    device = await realpath(path);
    if (!(await stat(device)).isCharacterDevice()) return false;
  } catch {
    return named.startsWith('/dev/');
  }
  if (SESSION_TERMINAL.test(named)) return false;
  if (TERMINAL.test(device)) return true;
  const listed = await listPorts(sources);
  return (await Promise.all(listed.map((port) => target(port.path)))).includes(device);
}

function describe(path: string, device: string, label: string | undefined, details: ListedPort | undefined): PortInfo {
  const { manufacturer, serialNumber } = details ?? {};
  const maker = [manufacturer, serialNumber].filter(Boolean).join(' ');
  const name = label ?? maker;
  return {
    path,
    label: printable(name === '' ? path : `${name} (${basename(device)})`),
    ...(manufacturer ? { manufacturer } : {}),
    ...(serialNumber ? { serialNumber } : {}),
  };
}

/** `usb-FTDI_FT232R_USB_UART_A10K5XYZ-if01-port0` -> `FTDI FT232R USB UART A10K5XYZ #2`: the second port of an adapter. */
function labelOfId(name: string): string {
  const [, base = name, unit, port] = /^(?:usb-)?(.*?)(?:-if([0-9a-f]{2}))?(?:-port(\d+))?$/.exec(name) ?? [];
  const number = Math.max(Number.parseInt(unit ?? '0', 16), Number(port ?? 0)) + 1;
  return base.replaceAll('_', ' ').trim() + (number > 1 ? ` #${number}` : '');
}

/** Ports with a description before bare ones, each kind by number. */
function byUse(left: ListedPort, right: ListedPort): number {
  const known = Number(Boolean(right.manufacturer)) - Number(Boolean(left.manufacturer));
  return known !== 0 ? known : left.path.localeCompare(right.path, 'en', { numeric: true });
}

async function listQuietly(list: () => Promise<readonly ListedPort[]>): Promise<readonly ListedPort[]> {
  try {
    return await list();
  } catch {
    return [];
  }
}

async function systemList(): Promise<readonly ListedPort[]> {
  return (await loadSerialPort()).list();
}

/** The names in a directory, by number; none when it cannot be read. */
async function names(directory: string): Promise<string[]> {
  try {
    const found = await readdir(directory);
    return found.sort((left, right) => left.localeCompare(right, 'en', { numeric: true }));
  } catch {
    return [];
  }
}

/** The device a link points at; the path itself where there is none. */
async function target(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path;
  }
}
