import { readFile, stat } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  KEY_FORMATS,
  type KeyFormat,
  MODEM_LINE_SETTINGS,
  type ModemLineSetting,
  type MeterSettings,
  printable,
  type Protocol,
  SECURITIES,
  type Security,
  SIMULATOR_PROFILES,
  type SimulatorProfile,
  TCP_PORT_LIMITS,
} from '../internal.js';
import { type Terminal } from './terminal.js';
import { CommandError, EXIT } from './texts.js';

/** The variable in which a key may be given. */
export const KEY_VARIABLE = 'NES_METER_KEY';
const GROUP_AND_OTHERS = 0o077;

export interface KeyOptions {
  readonly keyFile?: string;
  readonly keyFormat: KeyFormat;
}

export interface ConnectionOptions extends KeyOptions {
  readonly optical?: true;
  readonly security: Security;
  /** The key is the advanced one. */
  readonly advanced?: true;
  /** Least time from one table read to the next, in ms. */
  readonly pace?: number;
  readonly serial?: string;
  readonly baud: number;
  readonly dtr: ModemLineSetting;
  readonly rts: ModemLineSetting;
  readonly tcp?: string;
  readonly simulator?: SimulatorProfile | true;
}

/** A whole number as an option's value. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`It must be a whole number, ${range}.`);
  };
}

/** How the meter is reached and with which key; the same for every command that talks to one. */
export function addConnectionOptions(command: Command): Command {
  const simulator = new Option('--simulator [generation]', 'a simulated meter; it needs no key').choices(
    SIMULATOR_PROFILES,
  );
  return addKeyOptions(
    command
      .optionsGroup('Where the meter is (one of):')
      .addOption(
        new Option('--serial <path>', 'serial port; `nes-meter ports` lists them').conflicts(['tcp', 'simulator']),
      )
      .addOption(
        new Option('--tcp <host:port>', 'serial server that passes bytes on unchanged').conflicts(['simulator']),
      )
      .addOption(simulator)
      .optionsGroup('Which of its ports:')
      .option('--optical', 'the optical port, with its own key (RK); otherwise the MEP port')
      .optionsGroup('Serial port:')
      .option('--baud <rate>', 'bits per second', wholeNumber(300, 115_200), 9_600)
      .addOption(
        new Option('--dtr <state>', 'DTR line, which often feeds ENABLE').choices(MODEM_LINE_SETTINGS).default('on'),
      )
      .addOption(new Option('--rts <state>', 'RTS line, as DTR').choices(MODEM_LINE_SETTINGS).default('on')),
    `Key (otherwise from the variable ${KEY_VARIABLE}, or asked for):`,
  )
    .addOption(
      new Option('--security <kind>', 'how messages of the MEP port are protected')
        .choices(SECURITIES)
        .default('digest'),
    )
    .option('--advanced', 'the key is the advanced one (MAK); needed with TLS')
    .optionsGroup('Options:');
}

/** Where the key comes from. There is no option for the key itself: others could read it in the list of processes. */
export function addKeyOptions(command: Command, heading: string): Command {
  return command
    .optionsGroup(heading)
    .option('--key-file <file>', 'file that contains only the key')
    .addOption(new Option('--key-format <format>', 'how the key is written').choices(KEY_FORMATS).default('auto'));
}

/**
 * The settings of the connection, with the key.
 * @throws CommandError when no meter is named or a file cannot be read; UsageError `cancelled` from the question for the key.
 */
export async function meterSettings(options: ConnectionOptions, terminal: Terminal): Promise<MeterSettings> {
  const protocol = options.optical === true ? 'optical' : 'mep';
  const common = { protocol, security: options.security } as const;
  const { serial, tcp, simulator, baud, dtr, rts, keyFormat, pace } = options;
  if (simulator !== undefined) {
    // A simulated meter has its demo key; a key set for a real meter is not used for it.
    return {
      ...common,
      transport: 'simulator',
      profile: simulator === true ? 'gen3' : simulator,
      minIntervalMs: pace ?? 0,
    };
  }
  if (serial === undefined && tcp === undefined) {
    throw new CommandError('No meter was given. Use --serial PATH, --tcp HOST:PORT or --simulator.');
  }
  const place =
    serial !== undefined
      ? ({ transport: 'serial', port: serial, baudRate: baud, dtr, rts } as const)
      : ({ transport: 'tcp', ...hostAndPort(tcp ?? '') } as const);
  const key = (await givenKey(options, terminal)) ?? (await askedKey(protocol, terminal));
  return {
    ...common,
    ...place,
    keyFormat,
    ...(key !== undefined && (options.advanced === true ? { advancedKey: key } : { key })),
    ...(pace !== undefined && { minIntervalMs: pace }),
  };
}

/** The key from file or variable; undefined when neither is there. The file has precedence, since it is given explicitly. */
export async function givenKey(options: KeyOptions, terminal: Terminal): Promise<string | undefined> {
  if (options.keyFile !== undefined) {
    const key = (await readText(options.keyFile, EXIT.key)).trim();
    if (await isOpenToOthers(options.keyFile)) terminal.err(openToOthers(options.keyFile));
    return key;
  }
  const key = terminal.env[KEY_VARIABLE]?.trim();
  return key === '' ? undefined : key;
}

/** Windows has no file mode for other users, and a pipe no longer exists after reading. */
async function isOpenToOthers(file: string): Promise<boolean> {
  if (process.platform === 'win32') return false;
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() === true && (found.mode & GROUP_AND_OTHERS) !== 0;
}

function openToOthers(file: string): string {
  const name = printable(file);
  return `Warning: other users of this computer can read the key in ${name}. Protect it: chmod 600 ${name}\n`;
}

async function askedKey(protocol: Protocol, terminal: Terminal): Promise<string | undefined> {
  const keys = protocol === 'optical' ? 'RK' : 'MBK or MAK';
  return terminal.canAsk ? terminal.askHidden(`Key (${keys}; not shown): `) : undefined;
}

function hostAndPort(text: string): { host: string; tcpPort: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text.trim()) ?? [];
  const host = bracketed ?? plain;
  const tcpPort = Number(port);
  if (host === undefined || !(tcpPort >= 1 && tcpPort <= TCP_PORT_LIMITS.max)) {
    throw new CommandError('--tcp must be HOST:PORT, such as 192.168.1.20:2000 or [fd00::20]:2000.');
  }
  return { host, tcpPort };
}

/** @throws CommandError when the file cannot be read */
export async function readText(file: string, exitCode: CommandError['exitCode'] = EXIT.usage): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new CommandError(`The file ${file} cannot be read (${why}). Check its name and its permissions.`, exitCode);
  }
}

/** Where the meter is, for people. */
export function placeText(settings: MeterSettings): string {
  switch (settings.transport) {
    case 'serial':
      return `serial port ${settings.port ?? ''}, ${settings.baudRate ?? 0} baud`;
    case 'tcp':
      return `${settings.host ?? ''}, TCP port ${settings.tcpPort ?? 0}`;
    case 'simulator':
      return `simulated meter (${settings.profile ?? ''})`;
  }
}
