import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  DEMO_KEY,
  DEMO_OPTICAL_KEY,
  type Fault,
  type FaultRates,
  FAULTS,
  FIRST_PACKETS,
  OPTICAL_FAULTS,
  type OpticalBehaviour,
  opticalBehaviour,
  parseAccessKey,
  SECURITIES,
  type Security,
  SIMULATOR_PROFILES,
  type SimulationSettings,
  type SimulatorProfile,
  TCP_PORT_LIMITS,
} from '../internal.js';
import { addKeyOptions, KEY_VARIABLE, type KeyOptions, wholeNumber } from './options.js';
import { CommandError } from './texts.js';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_TCP_PORT = 2_000;
const MAX_BAUD_RATE = 115_200;
const MAX_SPEED = 100_000;

export interface SimulateOptions extends KeyOptions {
  readonly tcp?: string;
  readonly host?: string;
  readonly pty?: string;
  readonly from?: string;
  readonly optical?: true;
  readonly profile: SimulatorProfile;
  readonly serialNumber?: string;
  readonly seed: number;
  readonly speed: number;
  readonly baud: number;
  readonly security: Security;
  readonly wantsTls?: true;
  readonly alert?: true;
  readonly faults: string;
  readonly mbk?: string;
  readonly mak?: string;
  readonly rk?: string;
  readonly mk?: string;
  readonly packets?: string;
  readonly firstPacket?: (typeof FIRST_PACKETS)[number];
  readonly session?: string;
  readonly lockout?: string;
  readonly echo?: true;
}

/** Options of the optical port alone, by the name of their value. */
const OPTICAL_OPTIONS = {
  rk: '--rk',
  mk: '--mk',
  packets: '--packets',
  firstPacket: '--first-packet',
  session: '--session',
  lockout: '--lockout',
  echo: '--echo',
} as const satisfies Partial<Record<keyof SimulateOptions, string>>;

/** The options of `nes-meter simulate`, in groups. */
export function addSimulateOptions(command: Command): Command {
  command
    .optionsGroup('Where it listens:')
    .option('--tcp <[host:]port>', `TCP port; 0 for any free one (default ${DEFAULT_TCP_PORT}, unless --pty is given)`)
    .option('--host <address>', `address of the TCP port (default ${DEFAULT_HOST}; 0.0.0.0 for other machines)`)
    .option('--pty <path>', 'pseudo terminal, linked at this path (needs socat)')
    .option('--optical', 'the optical port of the meter; otherwise its MEP port')
    .optionsGroup('What it is:')
    .option('--from <file>', 'the meter of a dump, a report or a trace: its tables, and no others')
    .addOption(new Option('--profile <generation>', 'generation').choices(SIMULATOR_PROFILES).default('gen3'))
    .option('--serial, --serial-number <text>', 'serial number')
    .option('--seed <n>', 'seed of the simulated household', numberFrom(-0x80000000, 0x7fffffff), 1)
    .option('--speed <factor>', 'speed of the household, relative to the clock', numberFrom(0, MAX_SPEED), 1)
    .option('--baud <rate>', 'be as slow as a serial line of this rate; 0: no delay', wholeNumber(0, MAX_BAUD_RATE), 0)
    .addOption(
      new Option('--security <kind>', 'setting of the port; digest and rc4 are the same setting')
        .choices(SECURITIES)
        .default('digest'),
    )
    .option('--wants-tls', 'as --security tls; the optical port refuses everything then')
    .option('--alert', 'raise the alert, once a second')
    .option(
      '--faults <list>',
      `faults and their rates, such as drop=0.05,corrupt=0.1; any of ${FAULTS.join(', ')}; with --optical ` +
        `any of ${OPTICAL_FAULTS.join(', ')}`,
      '',
    );
  addKeyOptions(
    command,
    `Key of the meter (otherwise from the variable ${KEY_VARIABLE}, or ${DEMO_KEY}; optical port ${DEMO_OPTICAL_KEY}):`,
  )
    .option('--mbk <key>', 'the key of the MEP port; never give the key of a real meter here, others can read it')
    .option('--mak <key>', 'the key for advanced access (default: 16 bytes of 01)');
  return command
    .optionsGroup('The optical port:')
    .option('--rk <key>', 'the read-only key')
    .option('--mk <key>', 'the unique key, which may write')
    .option('--packets <limit>', 'most it grants: bytes per packet x packets, such as 64x2; none: no negotiation')
    .addOption(
      new Option('--first-packet <answer>', 'response to the first packet (default: as its generation)').choices(
        FIRST_PACKETS,
      ),
    )
    .option('--session <limit>', 'seconds until it cuts a session / seconds without any response then; none: never')
    .option('--lockout <limit>', 'wrong keys in a row that it allows / minutes without any response then; none: never')
    .option('--echo', 'the optical head receives its own light')
    .optionsGroup('Options:');
}

/**
 * The settings of a command line.
 * @param key content of the variable or of a key file: the MBK, or the RK of the optical port
 * @throws CommandError for options that exclude each other or have invalid values; SecurityError for a malformed key
 */
export function simulationSettings(options: SimulateOptions, key?: string): SimulationSettings {
  const isOptical = options.optical ?? false;
  for (const [name, flag] of Object.entries(OPTICAL_OPTIONS)) {
    if (!isOptical && name in options) throw new CommandError(`${flag} needs --optical.`);
  }
  const { profile, seed, speed, baud, pty } = options;
  const wantsTls = options.wantsTls === true || options.security === 'tls';
  const keyOf = (text: string | undefined): Uint8Array | undefined =>
    text === undefined ? undefined : parseAccessKey(text, options.keyFormat);
  return {
    profile,
    serial: options.serialNumber,
    seed,
    speed,
    baudRate: baud,
    isAlertRaised: options.alert ?? false,
    faults: faultRates(options.faults, isOptical ? OPTICAL_FAULTS : FAULTS),
    mbk: keyOf(options.mbk ?? (isOptical ? undefined : key)),
    mak: keyOf(options.mak),
    wantsTls,
    optical: isOptical ? opticalSettings(options, wantsTls, keyOf(options.rk ?? key), keyOf(options.mk)) : undefined,
    tcp: tcpPlace(options),
    pty,
  };
}

function tcpPlace({ tcp, host, pty }: SimulateOptions): SimulationSettings['tcp'] {
  if (tcp === undefined) return pty === undefined ? { host: host ?? DEFAULT_HOST, port: DEFAULT_TCP_PORT } : undefined;
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d+)$/.exec(tcp.trim()) ?? [];
  const port = Number(digits);
  if (!(port <= TCP_PORT_LIMITS.max)) {
    throw new CommandError(
      `--tcp must be a number from 0 to ${TCP_PORT_LIMITS.max}, or HOST:PORT such as 0.0.0.0:2000.`,
    );
  }
  const named = bracketed ?? plain;
  if (named !== undefined && host !== undefined)
    throw new CommandError('Give the address once: in --tcp, or in --host.');
  return { host: named ?? host ?? DEFAULT_HOST, port };
}

function opticalSettings(
  options: SimulateOptions,
  wantsTls: boolean,
  rk: Uint8Array | undefined,
  mk: Uint8Array | undefined,
): Partial<OpticalBehaviour> {
  const { keys, ...usual } = opticalBehaviour(options.profile);
  const packets = limitOf('--packets', options.packets, 'x', [64, 0x1fff], [1, 0xff]);
  const session = limitOf('--session', options.session, '/', [1, 0xffff], [0, 0xffff]);
  const lockout = limitOf('--lockout', options.lockout, '/', [0, 0xff], [1, 0xff]);
  return {
    keys: { ...keys, ...(rk && { RK: rk }), ...(mk && { MK: mk }) },
    firstPacket: options.firstPacket ?? usual.firstPacket,
    ...(packets !== undefined && { negotiation: packets && { packetSize: packets[0], packetCount: packets[1] } }),
    ...(session !== undefined && {
      denialOfService: session && { sessionMs: session[0] * 1_000, holdOffMs: session[1] * 1_000 },
    }),
    ...(lockout !== undefined && { lockout: lockout && { allowed: lockout[0], minutes: lockout[1] } }),
    echoes: options.echo ?? false,
    wantsTls,
  };
}

type Range = readonly [low: number, high: number];

/** Two numbers of an option; null for `none`, undefined when it is not given. */
function limitOf(
  flag: string,
  given: string | undefined,
  separator: string,
  first: Range,
  second: Range,
): [number, number] | null | undefined {
  if (given === undefined) return undefined;
  if (given === 'none') return null;
  const [left = '', right = ''] = given.split(separator);
  return [numberOf(flag, left, first), numberOf(flag, right, second)];
}

function numberOf(flag: string, text: string, [low, high]: Range): number {
  const value = numberIn(text, low, high);
  if (value === undefined) throw new CommandError(`${flag} must be a number from ${low} to ${high}.`);
  return value;
}

function numberIn(text: string, low: number, high: number): number | undefined {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return value >= low && value <= high ? value : undefined;
}

/** A number as an option's value, fractions included. */
function numberFrom(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = numberIn(text, low, high);
    if (value === undefined) throw new InvalidArgumentError(`It must be a number from ${low} to ${high}.`);
    return value;
  };
}

function faultRates(list: string, known: readonly Fault[]): FaultRates {
  const rates: Partial<Record<Fault, number>> = {};
  for (const entry of list.split(',').filter((one) => one.trim() !== '')) {
    const [name = '', rate = ''] = entry.split('=').map((side) => side.trim());
    const fault = known.find((one) => one === name);
    if (!fault) throw new CommandError(`--faults accepts ${known.join(', ')}; not ${name}.`);
    rates[fault] = numberOf(`--faults ${fault}`, rate, [0, 1]);
  }
  return rates;
}
